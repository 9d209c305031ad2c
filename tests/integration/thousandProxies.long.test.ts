/** A thousand lossy proxies in one process: each passes its datagrams on, and what they took is given back. */
import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { expectLedger, lossyProxy } from '../../harness/testing/index.ts';
import type { LossyProxy } from '../../harness/testing/index.ts';
import { maxDescriptors } from '../../src/files/descriptorLimit.ts';

const WANTED = 1000;
/** Descriptors of a proxy with a client: its port, the one to the server, and one in reserve for the next client; and a transport's own. */
const EACH = 5;
const OTHERS = 100;
const COUNT = Math.min(WANTED, Math.floor((maxDescriptors() - OTHERS) / EACH));
if (COUNT < WANTED)
  console.log(`ulimit -n is ${maxDescriptors()}: ${COUNT} proxies in the place of ${WANTED}`);

const PATIENCE_MS = 60_000;
const test = suite('a thousand lossy proxies');

/** Open files and sockets of this process, where the system tells them. */
const descriptors = (): number => {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
};

async function until(isDone: () => boolean): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!isDone()) {
    assert.ok(performance.now() < endMs, 'it takes too long');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Opens them, sends through each, and closes them. Returns how many descriptors they had. */
async function round(transport: 'auto' | 'node', count: number): Promise<number> {
  const server = createSocket('udp4', (word, { port, address }) => server.send(word, port, address));
  await once(server.bind(0, '127.0.0.1'), 'listening');
  const upstream = `127.0.0.1:${server.address().port}`;
  const client = createSocket('udp4');
  let answers = 0;
  client.on('message', () => (answers += 1));
  const before = descriptors();
  const proxies: LossyProxy[] = await Promise.all(
    Array.from({ length: count }, (_, k) =>
      lossyProxy({ upstream, seed: String(k), dropList: '2', transport }),
    ),
  );
  const open = descriptors() - before;
  assert.is(new Set(proxies.map(({ port }) => port)).size, count);
  // In small groups: the kernel would drop what comes all at once.
  for (let first = 0; first < count; first += 50) {
    const some = proxies.slice(first, first + 50);
    for (const { port, host } of some) client.send('x', port, host);
    await until(() => answers === first + some.length);
  }
  for (const proxy of proxies) {
    const [flow] = proxy.flows;
    assert.equal([flow?.up.arrived, flow?.down.forwarded], [1, 1]);
    expectLedger(proxy).toBalance();
  }
  const reports = await Promise.all(proxies.map((proxy) => proxy.close()));
  // What works for one works for all, however many are tried at a time.
  assert.is(new Set(reports.map(({ network }) => network.transport)).size, 1);
  client.close();
  server.close();
  return open;
}

/** On node, where each takes more time, fewer. */
const ROUNDS = [
  ['auto', COUNT],
  ['node', Math.min(COUNT, 300)],
] as const;

for (const [transport, count] of ROUNDS) {
  test(`each of ${count} passes on what is sent to it, and its descriptors are given back: ${transport}`, async () => {
    const before = descriptors();
    const open = await round(transport, count);
    assert.ok(before === 0 || open >= count);
    await until(() => descriptors() <= before);
  });
}

test('their memory is given back', () => {
  // In a process of its own, which may be told to collect garbage.
  const script = `
    const { lossyProxy } = await import(${JSON.stringify(join(import.meta.dirname, '../../harness/testing/index.ts'))});
    const open = async () => {
      const proxies = await Promise.all(Array.from({ length: ${Math.min(COUNT, 100)} }, (_, k) =>
        lossyProxy({ upstream: '127.0.0.1:9', seed: String(k) })));
      await Promise.all(proxies.map((proxy) => proxy.close()));
    };
    const bytes = () => { gc(); const { heapUsed, arrayBuffers } = process.memoryUsage(); return heapUsed + arrayBuffers; };
    const turn = () => new Promise((resolve) => setTimeout(resolve, 50));
    await open(); await turn();
    const first = bytes();
    await open(); await turn(); gc(); await turn();
    console.log(JSON.stringify([first, bytes()]));`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--expose-gc', '--import', 'tsx', '--input-type=module', '--eval', script],
    { encoding: 'utf8', timeout: PATIENCE_MS },
  );
  assert.equal([status, stderr], [0, '']);
  const [first, second] = JSON.parse(stdout) as [number, number];
  // A proxy has more than 100 kB: what is left of 100 is less than what twenty take.
  assert.ok(second - first < 2e6, `${first} bytes, then ${second}`);
});

test('with 256 open files the error names the limit', () => {
  const script = `
    const { lossyProxy } = await import(${JSON.stringify(join(import.meta.dirname, '../../harness/testing/index.ts'))});
    const opened = await Promise.allSettled(Array.from({ length: 300 }, () => lossyProxy({ upstream: '127.0.0.1:9' })));
    const refused = opened.filter(({ status }) => status === 'rejected').map(({ reason }) => reason);
    console.log(refused.length > 0 && refused.length < 300, [...new Set(refused.map(({ code }) => code))].join(), refused[0].message);
    for (const { value } of opened) await value?.close();`;
  const { stdout, stderr, status } = spawnSync(
    'bash',
    [
      '-c',
      'ulimit -n 256 && exec "$0" --import tsx --input-type=module --eval "$1"',
      process.execPath,
      script,
    ],
    { encoding: 'utf8', timeout: PATIENCE_MS },
  );
  assert.equal([status, stderr], [0, '']);
  assert.match(
    stdout,
    /^true too-many-open-files cannot listen on 127\.0\.0\.1:0: the limit of 256 open files and sockets is too low for this; raise it with ulimit -n 1024\n$/,
  );
});

test.run();
