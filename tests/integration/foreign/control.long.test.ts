/** What toxics do on UDP, asked for over HTTP and measured by sockperf and socat, which know nothing of them. */
import { createSocket } from 'node:dgram';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runToEnd } from '../../../bench/peers/peerProcess.ts';
import { freePort } from '../../../bench/peers/ports.ts';
import { pause } from '../../net/arrivals.ts';
import { PATIENCE_MS, until } from '../loopback.ts';
import { ended, inFolder, printed, start } from '../program.ts';
import { claimsAbout, startListening } from './foreign.ts';

const test = suite('toxics on UDP, measured by others');
const measured = claimsAbout(test, 'sockperf', 'sockperf');
const relayed = claimsAbout(test, 'socat', 'socat');

interface Api {
  ask(method: string, path: string, body?: object): Promise<unknown>;
  toxic(type: string, attributes: object, stream?: string): Promise<void>;
}

/** Runs `work` with a proxy `p` on a port before a server's port. */
async function controlled(
  folder: string,
  serverPort: number,
  work: (port: number, api: Api) => Promise<void>,
): Promise<void> {
  const program = start(['control', '127.0.0.1:0', '--log', 'none', '--seed', '7'], folder);
  const end = ended(program);
  const [, url = ''] = await printed(program, /page on (http:\S+)\//);
  const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${url}${path}`, { method, ...(body && { body: JSON.stringify(body) }) });
    const text = await response.text();
    assert.ok(response.ok, text);
    return text === '' ? null : (JSON.parse(text) as unknown);
  };
  try {
    const made = await ask('POST', '/proxies', {
      name: 'p',
      listen: '127.0.0.1:0',
      upstream: `127.0.0.1:${serverPort}`,
    });
    const port = Number((made as { listen: string }).listen.split(':')[1]);
    await work(port, {
      ask,
      toxic: async (type, attributes, stream = 'upstream') => {
        await ask('POST', '/proxies/p/toxics', { type, stream, attributes });
      },
    });
  } finally {
    program.kill('SIGTERM');
    assert.is((await end).code, 0);
  }
}

/** The shortest way there and back halved, microseconds, as sockperf has it. */
async function shortestUs(port: number): Promise<number> {
  const args = `ping-pong -i 127.0.0.1 -p ${port} -t 1 --mps 50`.split(' ');
  const text = await runToEnd({ file: 'sockperf', args, limitMs: PATIENCE_MS });
  const [, shortest] = /<MIN> observation = *([\d.]+)/.exec(text) ?? [];
  assert.ok(shortest !== undefined, text);
  return Number(shortest);
}

async function withSockperf(
  work: (port: number, api: Api, served: () => Promise<number>) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    const serverPort = await freePort();
    const args = ['server', '-i', '127.0.0.1', '-p', String(serverPort)];
    const server = await startListening('sockperf', args, 'udp', serverPort);
    let isStopped = false;
    const served = async (): Promise<number> => {
      isStopped = true;
      await server.stop('SIGINT');
      const [, total] = /Total (\d+) messages received/.exec(server.stdout + server.stderr) ?? [];
      return Number(total);
    };
    try {
      await controlled(folder, serverPort, (port, api) => work(port, api, served));
    } finally {
      if (!isStopped) await server.stop('SIGINT');
    }
  });
}

measured('latency, which several add up to, is on every way there and back', () =>
  withSockperf(async (port, { toxic, ask }) => {
    await toxic('latency', { latency: 30 });
    await toxic('latency', { latency: 20 }, 'downstream');
    // Half of the way there and back.
    assert.ok((await shortestUs(port)) >= 25_000);
    await ask('POST', '/proxies/p/toxics', {
      type: 'latency',
      name: 'more',
      stream: 'upstream',
      attributes: { latency: 50 },
    });
    assert.ok((await shortestUs(port)) >= 50_000);
    await ask('POST', '/reset');
    assert.ok((await shortestUs(port)) < 25_000);
  }),
);

measured('bandwidth lets its rate through, and its queue', () =>
  withSockperf(async (port, { toxic }, served) => {
    // 100 kB a second of datagrams of 1000 bytes, of which ten times as many are sent, for a second.
    await toxic('bandwidth', { rate: 100, queue: 10 });
    const args = `throughput -i 127.0.0.1 -p ${port} -t 1 -m 1000 --mps 1000`.split(' ');
    await runToEnd({ file: 'sockperf', args, limitMs: PATIENCE_MS });
    await pause(300);
    const passed = await served();
    // A second's worth, the queue, and what was sent to warm up and to end; a sender that was held up sends longer.
    assert.ok(passed >= 80 && passed < 500, `${passed} passed`);
  }),
);

/** What a receiver that only writes down has got, while it runs. */
async function withReceiver(
  work: (
    port: number,
    api: Api,
    received: () => number,
    send: (datagrams: number) => Promise<void>,
  ) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    const serverPort = await freePort();
    const out = join(folder, 'out');
    writeFileSync(out, '');
    const args = ['-u', `UDP4-RECV:${serverPort},bind=127.0.0.1`, `OPEN:${out},append`];
    const server = await startListening('socat', args, 'udp', serverPort);
    const send = async (port: number, datagrams: number): Promise<void> => {
      const input = join(folder, 'input');
      writeFileSync(input, Buffer.alloc(datagrams * 1000, 'x'));
      const sending = ['-u', '-b', '1000', `OPEN:${input}`, `UDP4-SENDTO:127.0.0.1:${port}`];
      await runToEnd({ file: 'socat', args: sending, limitMs: PATIENCE_MS });
    };
    try {
      await controlled(folder, serverPort, (port, api) =>
        work(
          port,
          api,
          () => readFileSync(out).length,
          (datagrams) => send(port, datagrams),
        ),
      );
    } finally {
      await server.stop('SIGTERM').catch(() => undefined);
    }
  });
}

/** Waits until the proxy has counted so many that came, and what it let through can have been written. */
async function arrivals({ ask }: Api, wanted: number): Promise<void> {
  const count = async (): Promise<number> => {
    const flows = (await ask('GET', '/flows')) as readonly { readonly up: { readonly arrived: number } }[];
    return flows.reduce((sum, { up }) => sum + up.arrived, 0);
  };
  const endMs = performance.now() + PATIENCE_MS;
  while ((await count()) < wanted) {
    assert.ok(performance.now() < endMs, `${await count()} of ${wanted} arrived`);
    await pause(20);
  }
}

relayed('limit_data lets so many bytes of a flow through, and then nothing', () =>
  withReceiver(async (_port, api, received, send) => {
    await api.toxic('limit_data', { bytes: 10_000 });
    await send(50);
    await arrivals(api, 50);
    await until(PATIENCE_MS, 'the first ones', () => received() >= 10_000);
    // The next client has a flow, and so a limit, of its own.
    await send(50);
    await arrivals(api, 100);
    await until(PATIENCE_MS, 'those of the next', () => received() >= 20_000);
    await api.ask('POST', '/reset');
    await send(5);
    await until(PATIENCE_MS, 'those behind it', () => received() >= 25_000);
    assert.is(received(), 25_000);
  }),
);

relayed('timeout loses everything, and closes the flow after its time', () =>
  withReceiver(async (_port, api, received, send) => {
    await api.toxic('timeout', { timeout: 200 });
    await send(20);
    await arrivals(api, 20);
    const isClosed = async (): Promise<boolean> =>
      ((await api.ask('GET', '/flows')) as readonly { readonly open: boolean }[]).every(({ open }) => !open);
    const endMs = performance.now() + PATIENCE_MS;
    while (!(await isClosed())) {
      assert.ok(performance.now() < endMs, 'the flow is open');
      await pause(20);
    }
    assert.is(received(), 0);
    await api.ask('DELETE', '/proxies/p/toxics/timeout_upstream');
    await send(5);
    await until(PATIENCE_MS, 'those behind it', () => received() >= 5000);
    assert.is(received(), 5000);
  }),
);

relayed('a drop toxic of half of the flows loses what its seed says, and what it does not touch passes', () =>
  withReceiver(async (_port, api, received, send) => {
    await api.ask('POST', '/proxies/p/toxics', {
      type: 'drop',
      stream: 'upstream',
      toxicity: 0.5,
      attributes: { drop: '100%' },
    });
    // Each run of socat is a client, and so a flow.
    for (let k = 1; k <= 10; k += 1) {
      await send(1);
      await arrivals(api, k);
    }
    const flows = (await api.ask('GET', '/flows')) as readonly {
      readonly up: { readonly dropped: number };
    }[];
    const passing = flows.filter(({ up }) => up.dropped === 0).length;
    assert.ok(passing > 0 && passing < 10, `${passing} of 10`);
    await until(PATIENCE_MS, 'those that pass', () => received() >= passing * 1000);
    assert.is(received(), passing * 1000);
  }),
);

relayed('reset_peer has the server see a new port, and a proxy that is down refuses', () =>
  inFolder(async (folder) => {
    const serverPort = await freePort();
    // It answers with the port that it sees.
    const args = [`UDP4-RECVFROM:${serverPort},bind=127.0.0.1,fork`, 'SYSTEM:echo $SOCAT_PEERPORT'];
    const server = await startListening('socat', args, 'udp', serverPort);
    const client = createSocket('udp4');
    // A port that is closed refuses.
    client.on('error', () => undefined);
    const answers: string[] = [];
    client.on('message', (bytes) => answers.push(bytes.toString().trim()));
    /** Asks again and again until there is an answer that will do. */
    const asked = async (port: number, isRight: (answer: string) => boolean): Promise<string> => {
      answers.length = 0;
      const endMs = performance.now() + PATIENCE_MS;
      for (;;) {
        const answer = answers.find(isRight);
        if (answer !== undefined) return answer;
        assert.ok(performance.now() < endMs, `got ${answers.join(' ')}`);
        client.send('x\n', port, '127.0.0.1');
        await pause(100);
      }
    };
    const any = (answer: string): boolean => /^\d+$/.test(answer);
    try {
      await controlled(folder, serverPort, async (port, { ask, toxic }) => {
        const first = await asked(port, any);
        assert.is(await asked(port, any), first, 'the same client, the same port');
        await toxic('reset_peer', { timeout: 0 });
        await asked(port, (answer) => any(answer) && answer !== first);
        await ask('PATCH', '/proxies/p', { enabled: false });
        const refusal = await runToEnd({
          file: 'bash',
          args: ['-c', `echo x | socat -t 2 - UDP4:127.0.0.1:${port} 2>&1 || true`],
          limitMs: PATIENCE_MS,
        });
        assert.match(refusal, /refused/i);
        await ask('PATCH', '/proxies/p', { enabled: true });
        await asked(port, any);
      });
    } finally {
      client.close();
      await server.stop('SIGTERM').catch(() => undefined);
    }
  }),
);

test.run();
