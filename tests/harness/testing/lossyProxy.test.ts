/** A lossy proxy in a test: its options, its figures at any time, its assertions. */
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { expectLedger, expectLost, lossyMatchers, lossyProxy } from '../../../harness/testing/index.ts';
import type { LossyProxy, LossyProxyOptions } from '../../../harness/testing/index.ts';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import { Schedule } from '../../../harness/impairment/schedule.ts';
import { assertRefusal, thrownBy } from '../../refusals.ts';
import { temporaryFolder } from '../recording/tiny.ts';

const folder = temporaryFolder();
const PATIENCE_MS = 20_000;
const COUNT = 200;
/** Counted by the server as it gets them. */
const test = suite('a lossy proxy in a test');

interface Echo {
  readonly port: number;
  readonly socket: Socket;
}

async function startEcho(): Promise<Echo> {
  const socket = createSocket('udp4');
  socket.on('message', (payload, { port, address }) => socket.send(payload, port, address));
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return { socket, port: socket.address().port };
}

/** Sends so many datagrams one by one, waits until the proxy has seen their answers, and returns what came back. */
async function ask(proxy: LossyProxy, count: number): Promise<number[]> {
  const socket = createSocket('udp4');
  const got: number[] = [];
  socket.on('message', (payload) => got.push(payload.readUInt16BE(0)));
  const arrivedDown = (): number => proxy.flows.reduce((total, { down }) => total + down.arrived, 0);
  const before = arrivedDown();
  const until = async (isDone: () => boolean): Promise<void> => {
    const endMs = performance.now() + PATIENCE_MS;
    while (!isDone()) {
      assert.ok(performance.now() < endMs, 'it takes too long');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  for (let k = 1; k <= count; k += 1) {
    const payload = Buffer.alloc(20);
    payload.writeUInt16BE(k);
    await new Promise((resolve) => socket.send(payload, proxy.port, proxy.host, resolve));
    await until(() => arrivedDown() === before + k);
  }
  const delivered = (): number => proxy.flows.reduce((total, { down }) => total + down.forwarded, 0);
  await until(
    () => got.length >= delivered() - before || proxy.ledger().some(({ held_at_end: held }) => held > 0),
  );
  await new Promise((resolve) => setTimeout(resolve, 20));
  socket.close();
  return got;
}

async function behind(
  options: Omit<LossyProxyOptions, 'upstream'>,
  work: (proxy: LossyProxy) => Promise<void>,
) {
  const echo = await startEcho();
  const proxy = await lossyProxy({ upstream: `localhost:${echo.port}`, ...options });
  try {
    await work(proxy);
  } finally {
    await proxy.close();
    echo.socket.close();
  }
}

/** The indices that the schedule drops, drawn by the schedule itself. */
function droppedBy(seed: string, drop: string, count: number): number[] {
  const schedule = new Schedule(readKnobs({ drop }), { seed, flow: 1, direction: 'down' });
  const indices = Array.from({ length: count }, (_, k) => k + 1);
  return indices.filter((index) => schedule.dropCause[schedule.at(index)] !== 0);
}

for (const transport of ['auto', 'node'] as const) {
  test(`drops what the schedule says, says so, and balances at any time: ${transport}`, async () => {
    await behind({ seed: '7', drop: '20%', transport }, async (proxy) => {
      const got = await ask(proxy, COUNT);
      const dropped = droppedBy('7', '20%', COUNT);
      assert.ok(dropped.length > 20 && dropped.length < 60);
      assert.equal(
        got,
        Array.from({ length: COUNT }, (_, k) => k + 1).filter((index) => !dropped.includes(index)),
      );
      expectLedger(proxy).toBalance();
      expectLost(proxy, { atLeast: dropped.length, atMost: dropped.length });
      assert.equal(
        proxy
          .fates()
          .filter(({ drop }) => drop !== null)
          .map(({ direction, index }) => `${direction} ${index}`),
        dropped.map((index) => `down ${index}`),
      );
      const { flows } = proxy;
      assert.equal([flows.length, flows[0]?.up.arrived, flows[0]?.down.arrived], [1, COUNT, COUNT]);
    });
  });
}

test('what waits in the proxy is held, not unexplained', async () => {
  await behind({ delay: '10s' }, async (proxy) => {
    await ask(proxy, 5);
    const row = proxy.ledger().find(({ direction }) => direction === 'down');
    assert.equal([row?.sent, row?.delivered, row?.held_at_end, row?.unexplained], [5, 0, 5, 0]);
    expectLedger(proxy).toBalance();
  });
});

test('a failed assertion names what was lost, the seed and the command', async () => {
  await behind({ seed: 'red', dropList: '2,4', direction: 'up' }, async (proxy) => {
    const socket = createSocket('udp4');
    for (let k = 0; k < 5; k += 1)
      await new Promise((resolve) => socket.send('x', proxy.port, proxy.host, resolve));
    while ((proxy.flows[0]?.up.arrived ?? 0) < 5) await new Promise((resolve) => setTimeout(resolve, 2));
    socket.close();
    const cause = await thrownBy(() => expectLost(proxy, { atMost: 1 }));
    const { message } = cause as Error;
    assert.is((cause as Error).name, 'AssertionError');
    assert.match(
      message,
      /expected at most 1 datagrams to be lost, got 2: flow 1 up no\. 2 \(list\), flow 1 up no\. 4 \(list\)/,
    );
    assert.match(message, /seed "red"/);
    assert.match(
      message,
      /npx matchstream proxy --upstream localhost:\d+ --protocol any --seed red --drop-list 2,4 --direction up/,
    );
    const matched = lossyMatchers.toHaveLost(proxy, { atMost: 1 });
    assert.equal([matched.pass, matched.message()], [false, message]);
    assert.is(lossyMatchers.toBalance(proxy).pass, true);
  });
});

test('a ledger that does not balance is told row by row', () => {
  const row = {
    flow: 1,
    direction: 'down',
    client: null,
    sent: 5,
    duplicated: 0,
    dropped: 1,
    kernel_drops_proxy: 0,
    kernel_drops_client: null,
    kernel_drop_events: 0,
    refused: 0,
    held_at_end: 0,
    delivered: 3,
    unexplained: 1,
    late_p50_us: 'none',
    late_p99_us: 'none',
    late_max_us: 'none',
  } as const;
  const asked = {
    seed: '1',
    ledger: () => [row],
    fates: () => [],
    showAgain: () => ['npx matchstream proxy'],
  };
  assert.throws(
    () => expectLedger(asked).toBalance(),
    /flow 1 down: 5 sent \+ 0 duplicated = 3 delivered \+ 1 dropped .* 1 unexplained/,
  );
});

test('the same seed drops the same, and its report has it', async () => {
  const seen: number[][] = [];
  for (const name of ['one', 'two']) {
    await behind({ seed: '3', drop: '10%', protocol: 'field:u16be@0=1' }, async (proxy) => {
      seen.push(await ask(proxy, COUNT));
      const path = join(folder, name);
      const { verdict } = await proxy.report(path);
      assert.is(verdict.kind, 'clean', verdict.sentence);
      for (const file of ['comparison.csv', 'ledger.csv', 'run.json', 'fates/fates-1-down.jsonl'])
        assert.ok(existsSync(join(path, file)), file);
      expectLedger(proxy).toBalance();
    });
  }
  assert.equal(seen[0], seen[1]);
  const fates = (name: string): string =>
    readFileSync(join(folder, name, 'fates/fates-1-down.jsonl'), 'utf8');
  assert.is(fates('one'), fates('two'));
});

test('a preset, a scenario file and knobs of one direction are read', async () => {
  const path = join(folder, 'scenario.json');
  writeFileSync(path, JSON.stringify({ down: { drop: '100%' }, up: {} }));
  await behind({ scenario: path, down: { drop: '0%' } }, async (proxy) => {
    assert.equal(await ask(proxy, 3), [1, 2, 3]);
  });
  await behind({ preset: 'wifi', direction: 'both' }, async (proxy) => {
    assert.match(proxy.showAgain()[0] as string, /--direction both/);
  });
});

const FACE = new URL('../../../harness/testing/index.ts', import.meta.url).href;

/** What a process prints that runs this code with a proxy. */
function run(code: string): string {
  const script = `
    const { lossyProxy } = await import(${JSON.stringify(FACE)});
    const proxy = await lossyProxy({ upstream: '127.0.0.1:9', drop: '5%' });
    ${code}`;
  const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    timeout: PATIENCE_MS,
  });
  assert.equal([status, stderr], [0, '']);
  return stdout.trim();
}

test('a proxy that nobody closed keeps no process alive, and closing it waits for its end', () => {
  assert.is(run("console.log('done');"), 'done');
  assert.is(run('const { flows } = await proxy.close(); console.log(flows.length);'), '0');
});

const wrong: readonly (readonly [object, string])[] = [
  [{}, 'missing | lossyProxy: upstream'],
  [{ upstream: '127.0.0.1:1', drpo: '5%' }, 'unknown-key | lossyProxy'],
  [{ upstream: '127.0.0.1:1', drop: '500%' }, 'value-range | lossyProxy: drop'],
  [{ upstream: '127.0.0.1:1', drop: 0.05 }, 'value-format | lossyProxy: drop'],
  [{ upstream: '127.0.0.1:1', down: { drpo: '5%' } }, 'unknown-key | lossyProxy: down'],
  [{ upstream: '127.0.0.1:1', down: '5%' }, 'value-format | lossyProxy: down'],
  [{ upstream: '127.0.0.1:1', direction: 'left' }, 'unknown-choice | lossyProxy: direction'],
  [
    { upstream: '127.0.0.1:1', preset: 'wifi', scenario: 'x.json' },
    'conflict | lossyProxy: preset and scenario',
  ],
  [
    { upstream: '127.0.0.1:1', scenario: join(folder, 'none.json') },
    `file-unreadable | lossyProxy: scenario ${join(folder, 'none.json')}`,
  ],
  [{ upstream: 'no.such.host.invalid:1' }, 'host-unknown | lossyProxy: upstream'],
];
for (const [options, code] of wrong) {
  test(`refuses ${JSON.stringify(options).replaceAll(folder, '')}`, async () => {
    await assertRefusal(() => lossyProxy(options as LossyProxyOptions), code);
  });
}

test('a server that is not there is told', async () => {
  const gone = await startEcho();
  gone.socket.close();
  let tell = (_line: string): void => undefined;
  const told = new Promise<string>((resolve) => (tell = resolve));
  const proxy = await lossyProxy({ upstream: `127.0.0.1:${gone.port}`, notice: (line) => tell(line) });
  const client = createSocket('udp4');
  // A refusal is read with the next datagram, at the latest.
  const again = setInterval(() => client.send('x', proxy.port, proxy.host), 20);
  assert.match(await told, /127\.0\.0\.1:\d+ refuses datagrams \(ICMP\)/);
  clearInterval(again);
  client.close();
  await proxy.close();
});

const NOT_AWAITED = Promise.resolve() as never;
const wrongCalls: readonly [string, () => unknown, string, RegExp][] = [
  ['a ledger of a promise', () => expectLedger(NOT_AWAITED), 'value-format | expectLedger', /awaited/],
  ['losses of a promise', () => expectLost(NOT_AWAITED, {}), 'value-format | expectLost', /awaited/],
  [
    'a matcher of a promise',
    () => lossyMatchers.toBalance(NOT_AWAITED),
    'value-format | toBalance',
    /awaited/,
  ],
  [
    'losses without bounds',
    () => expectLost({ ledger: () => [] } as never, undefined as never),
    'missing | expectLost: bounds',
    /such as \{ atMost: 3 \}/,
  ],
];
for (const [what, call, code, words] of wrongCalls) {
  test(`an assertion refuses ${what}`, async () => {
    await assertRefusal(call, code);
    assert.match(String(await thrownBy(call)), words);
  });
}

test('closed twice at once it lets out what is delayed all the same', async () => {
  const echo = await startEcho();
  const arrived: number[] = [];
  echo.socket.on('message', (payload) => arrived.push(payload.readUInt16BE(0)));
  const upstream = `127.0.0.1:${echo.port}`;
  const proxy = await lossyProxy({ upstream, delay: '500ms', direction: 'up', notice: () => undefined });
  const client = createSocket('udp4');
  // A test that fails ends all the same.
  for (const socket of [client, echo.socket]) socket.unref();
  for (let k = 1; k <= 3; k += 1) client.send(Buffer.from([0, k]), proxy.port, proxy.host);
  const endMs = performance.now() + PATIENCE_MS;
  while ((proxy.flows[0]?.up.arrived ?? 0) < 3) {
    assert.ok(performance.now() < endMs, 'it takes too long');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const path = join(folder, 'closed-twice');
  const [first, second, model] = await Promise.all([proxy.close(), proxy.close(), proxy.report(path)]);
  assert.is(first, second);
  assert.is(first, await proxy.close());
  assert.equal([first.flows[0]?.up.forwarded, model.verdict.kind], [3, 'clean']);
  while (arrived.length < 3) {
    assert.ok(performance.now() < endMs, 'it takes too long');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  assert.equal(arrived, [1, 2, 3]);
  client.close();
  echo.socket.close();
});

test.run();
