/** What can be done to a proxy that runs on real sockets, of both transports, and what the journal says of it. */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readImpairment } from '../../../../harness/impairment/impairment.ts';
import { readKnobs } from '../../../../harness/impairment/knobs.ts';
import type { Knobs } from '../../../../harness/impairment/knobs.ts';
import { readProtocol } from '../../../../harness/protocols/allProtocols.ts';
import { startProxy } from '../../../../harness/proxy/startProxy.ts';
import type { ProxyRun, RunningProxy } from '../../../../harness/proxy/startProxy.ts';
import { NO_LOG } from '../../../../src/files/logFile.ts';
import { PATIENCE_MS, until } from '../../../integration/loopback.ts';
import { assertRefusal } from '../../../refusals.ts';
import { temporaryFolder } from '../../recording/tiny.ts';

const test = suite('a proxy that runs, and changes');
const folder = temporaryFolder();

async function open(onMessage: (payload: Buffer, port: number, socket: Socket) => void): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.on('message', (payload, { port }) => onMessage(payload, port, socket));
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return socket;
}

interface Bench {
  readonly proxy: RunningProxy;
  readonly server: Socket;
  /** The numbers that came back. */
  readonly got: number[];
  /** Sends the next numbers, and waits until the proxy has had their answers. */
  send(count: number): Promise<void>;
}

async function withProxy(
  down: Knobs,
  run: Partial<ProxyRun>,
  work: (bench: Bench) => Promise<void>,
): Promise<void> {
  const server = await open((payload, port, socket) => socket.send(payload, port, '127.0.0.1'));
  const got: number[] = [];
  const client = await open((payload) => void got.push(payload.readUInt32BE(0)));
  const proxy = await startProxy({
    server: { address: '127.0.0.1', port: server.address().port },
    host: '127.0.0.1',
    ports: [0],
    protocol: readProtocol('any', 'protocol'),
    impairment: readImpairment({ seed: '7', down }),
    maxFlows: 10,
    idleNs: 60e9,
    fatesDir: null,
    log: NO_LOG,
    ...run,
  });
  let sent = 0;
  const arrived = (): number => proxy.look().flows.reduce((total, flow) => total + flow.down.arrived, 0);
  const bench: Bench = {
    proxy,
    server,
    got,
    send: async (count) => {
      for (let k = 0; k < count; k += 1) {
        const payload = Buffer.alloc(8);
        sent += 1;
        payload.writeUInt32BE(sent);
        const before = arrived();
        client.send(payload, proxy.listening[0]?.port ?? 0, '127.0.0.1');
        await until(PATIENCE_MS, 'their answers', () => arrived() > before);
      }
    },
  };
  try {
    await work(bench);
  } finally {
    proxy.stop();
    await proxy.done;
    server.close();
    client.close();
  }
}

for (const transport of ['auto', 'node'] as const) {
  test(`a change holds for the next datagram, and is in both files: ${transport}`, async () => {
    const [journalPath, changesPath] = ['journal', 'changes'].map((name) =>
      join(folder, `${name}-${transport}`),
    );
    const lines: string[] = [];
    const run = { transport, journalPath, changesPath, journalled: (line: string) => void lines.push(line) };
    await withProxy({}, run as Partial<ProxyRun>, async ({ proxy, got, send }) => {
      await send(3);
      const applied = proxy.change({ ...proxy.conditions, down: readKnobs({ drop: '100%' }) });
      assert.equal([applied.number, applied.flows, proxy.epoch], [2, 1, 2]);
      await send(3);
      proxy.change({ ...proxy.conditions, down: readKnobs({}) });
      await send(2);
      await until(PATIENCE_MS, 'five answers', () => got.length === 5);
      assert.equal(got, [1, 2, 3, 7, 8]);
      assert.equal(proxy.epochs(), { lines, leftOut: 0 });
      assert.is(lines.length, 3);
      assert.match(lines[1] as string, /"down":\{"drop":"100%"\},"firstIndices":\[\[1,"down",1,4\]\]/);
    });
    const written = lines.map((line) => `${line}\n`).join('');
    assert.is(readFileSync(journalPath as string, 'utf8'), written);
    assert.is(readFileSync(changesPath as string, 'utf8'), written);
  });
}

test('a flow is closed, ports are shut and opened, new flows go elsewhere; after the end nothing changes', async () => {
  const other = await open((payload, port, socket) => {
    payload.writeUInt32BE(payload.readUInt32BE(0) + 1000);
    socket.send(payload, port, '127.0.0.1');
  });
  let ended: RunningProxy | undefined;
  await withProxy({}, {}, async ({ proxy, got, send }) => {
    ended = proxy;
    await send(1);
    assert.equal([proxy.closeFlow(1), proxy.closeFlow(1), proxy.closeFlow(9)], [true, false, false]);
    await send(1);
    assert.equal(
      proxy.look().flows.map(({ flow }) => flow),
      [1, 2],
    );
    await proxy.setListening(false);
    await proxy.setListening(true);
    await send(1);
    const upstream = { address: '127.0.0.1', port: other.address().port };
    proxy.setUpstream(upstream);
    assert.equal(proxy.newFlowsTo, upstream);
    proxy.closeFlow(2);
    await send(1);
    await until(PATIENCE_MS, 'four answers', () => got.length === 4);
    assert.equal(got, [1, 2, 3, 1004]);
    const actions = proxy
      .epochs()
      .lines.slice(1)
      .map((line) => (JSON.parse(line) as { action: string }).action);
    assert.equal(actions, ['close', 'unlisten', 'listen', 'upstream', 'close']);
  });
  other.close();
  const proxy = ended as RunningProxy;
  await assertRefusal(() => proxy.change(proxy.conditions), 'conflict | change');
});

test('a look has the flows of its moment, and fates of when they are read: nothing is worked out before', async () => {
  await withProxy({}, { keepFates: true }, async ({ proxy, send }) => {
    const look = proxy.look();
    await send(1);
    assert.equal([look.flows.length, look.fates.length], [0, 2]);
  });
});

test('without a change there is no file of changes', async () => {
  const changesPath = join(folder, 'none');
  await withProxy({}, { changesPath }, async ({ send }) => send(1));
  assert.throws(() => readFileSync(changesPath), /ENOENT/);
});

test.run();
