/** A proxy whose event loop is held up for longer than `--idle`: what waits in its sockets belongs to the flow that stands. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { resolveTransport } from '../../bench/suites.ts';
import { readImpairment } from '../../harness/impairment/impairment.ts';
import { anyProgram } from '../../harness/protocols/any.ts';
import { startProxy } from '../../harness/proxy/startProxy.ts';
import { KeptLog, MS, PATIENCE_MS, within } from './loopback.ts';

const test = suite('a proxy that was held up');

/** An echo server and a client in a process of their own: one datagram at first, ten when it is told to, and the answers. */
const ENDS = `
const { createSocket } = require('node:dgram');
const echo = createSocket('udp4');
const client = createSocket('udp4');
echo.on('message', (bytes, { port, address }) => echo.send(bytes, port, address));
let heard = 0;
client.on('message', () => process.send({ heard: (heard += 1) }));
echo.bind(0, '127.0.0.1', () => process.send({ port: echo.address().port }));
process.on('message', ({ port, afterMs }) => {
  client.send('first', port, '127.0.0.1');
  setTimeout(() => { for (let k = 0; k < 10; k += 1) client.send('more', port, '127.0.0.1'); }, afterMs);
});
process.on('disconnect', () => process.exit(0));
`;

const IDLE_MS = 1000;

for (const transport of new Set(['node', await resolveTransport('auto')] as const)) {
  test(`reads its sockets before it takes a flow for idle: ${transport}`, async () => {
    const ends = spawn(process.execPath, ['-e', ENDS], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    try {
      const [{ port }] = (await once(ends, 'message')) as [{ port: number }];
      const proxy = await startProxy({
        server: { address: '127.0.0.1', port },
        host: '127.0.0.1',
        ports: [0],
        protocol: anyProgram,
        impairment: readImpairment({ seed: '7' }),
        fatesDir: null,
        maxFlows: 8,
        idleNs: IDLE_MS * MS,
        sweepNs: 100 * MS,
        transport,
        log: new KeptLog(),
      });
      let heard = 0;
      const all = new Promise<void>((resolve) => {
        ends.on('message', (message: { heard: number }) => {
          heard = message.heard;
          if (heard === 11) resolve();
        });
      });
      const first = once(ends, 'message');
      ends.send({ port: proxy.listening[0]?.port, afterMs: IDLE_MS / 2 });
      await first;
      // Nothing runs here, no timer and no socket.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3 * IDLE_MS);
      await within(PATIENCE_MS, 'all answers', all);
      proxy.stop();
      const { flows, ignored } = await within(PATIENCE_MS, 'the end', proxy.done);
      assert.equal(
        flows.map(({ flow, up, down }) => [flow, up.forwarded, down.forwarded]),
        [[1, 11, 11]],
      );
      assert.equal([ignored.tooLate, ignored.flowsFull], [0, 0]);
    } finally {
      ends.kill('SIGKILL');
    }
  });
}

test.run();
