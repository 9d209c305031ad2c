import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UNIMPAIRED } from '../../harness/impairment/impairment.ts';
import type { Impairment } from '../../harness/impairment/impairment.ts';
import { anyProgram } from '../../harness/protocols/any.ts';
import { matchstream } from '../../harness/protocols/matchstream.ts';
import type { ImpairmentConfig } from '../../harness/impairment/config.ts';
import { readKnobs } from '../../harness/impairment/knobs.ts';
import { Schedule } from '../../harness/impairment/schedule.ts';
import type { Direction } from '../../harness/impairment/schedule.ts';
import { expectedDelivery } from '../../harness/expected/expectedArrivals.ts';
import { touchedBy } from '../../harness/proxy/path/bounds.ts';
import { startProxy } from '../../harness/proxy/startProxy.ts';
import type { ProxiedFlow, ProxyRun } from '../../harness/proxy/startProxy.ts';
import { EnvironmentError } from '../../src/base/errors.ts';
import type { Peer } from '../../src/net/batch.ts';
import { MonotonicClock } from '../../src/net/clock.ts';
import { KeptLog, MS, PATIENCE_MS, Plain, matchSource, serve, until, watch, within } from './loopback.ts';

const test = suite('the proxy on real sockets');

const proxyRun = (
  server: Peer,
  impairment: Partial<Impairment> = {},
  more: Partial<ProxyRun> = {},
): ProxyRun => ({
  server,
  host: '127.0.0.1',
  ports: [0],
  protocol: anyProgram,
  // Longer than a busy machine holds up the process: where a bound strikes, the order is not the scheduled one.
  impairment: { ...UNIMPAIRED, seed: '42', holdMaxNs: 5000 * MS, ...impairment },
  fatesDir: null,
  maxFlows: 8,
  idleNs: 60_000 * MS,
  transport: 'node',
  clock: new MonotonicClock(),
  log: new KeptLog(),
  ...more,
});

/** What a schedule of drops and copies leaves of texts. */
function survivors(config: ImpairmentConfig, direction: Direction, texts: readonly string[]): string[] {
  const schedule = new Schedule(config, { seed: '42', flow: 1, direction });
  return texts.flatMap((text, k) => {
    const row = schedule.at(k + 1);
    const copies = schedule.dropCause[row] === 0 ? 1 + (schedule.copies[row] as number) : 0;
    return Array.from({ length: copies }, () => text);
  });
}

const linesOf = (path: string): string[] => readFileSync(path, 'utf8').trimEnd().split('\n');

test('a plain echo is impaired both ways as scheduled, and the fate files say so', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'proxy-'));
  const server = await Plain.open();
  const client = await Plain.open();
  server.socket.on('message', (bytes, { address, port }) => server.socket.send(bytes, port, address));
  const down = readKnobs({ drop: '10%', duplicate: '10%' });
  const up = readKnobs({ drop: '20%', duplicate: '5%' });
  const proxy = await startProxy(proxyRun(server.local, { down, up }, { fatesDir: dir }));
  try {
    const sent = Array.from({ length: 300 }, (_, k) => `hello ${k + 1}`);
    const upward = survivors(up, 'up', sent);
    const back = survivors(down, 'down', upward);
    for (const text of sent) await client.send(proxy.listening[0] as Peer, text);
    await until(PATIENCE_MS, 'the echoes', () => client.heard.length >= back.length);
    proxy.stop();
    const report = await within(PATIENCE_MS, 'the end', proxy.done);
    assert.equal(
      server.heard.map((bytes) => bytes.toString()),
      upward,
    );
    assert.equal(
      client.heard.map((bytes) => bytes.toString()),
      back,
    );
    assert.ok(client.from.every(({ port }) => port === proxy.listening[0]?.port));
    const [flow] = report.flows;
    assert.is(flow?.up.arrived, 300);
    assert.is(flow?.down.arrived, upward.length);
    assert.is(flow?.down.forwarded, back.length);
    assert.equal(readdirSync(dir).toSorted(), ['fates-1-down.jsonl', 'fates-1-up.jsonl']);
    const fates = linesOf(join(dir, 'fates-1-up.jsonl'));
    assert.is(fates.length, 300);
    assert.is(
      fates.filter((line) => line.includes('"drop":"independent"')).length,
      flow?.up.droppedByCause[3],
    );
  } finally {
    proxy.stop();
    await Promise.all([server.close(), client.close()]);
    rmSync(dir, { recursive: true });
  }
});

test('a match arrives in the scheduled order, and every datagram is accounted for', async () => {
  const knobs = readKnobs({ drop: '10%', duplicate: '10%', reorder: '10%', reorderDistance: '1..20' });
  const dir = mkdtempSync(join(tmpdir(), 'proxy-'));
  const { server } = await serve({ source: matchSource({ messages: 400, intervalNs: 0.5 * MS }) });
  const proxy = await startProxy(
    proxyRun(server.local, { down: knobs, up: knobs }, { protocol: matchstream, fatesDir: dir }),
  );
  try {
    const counts: number[] = [];
    const { client } = await watch(proxy.listening[0] as Peer, {
      observeDatagram: (count) => counts.push(count),
    });
    const report = await within(PATIENCE_MS, 'the client', client.done);
    const served = await within(PATIENCE_MS, 'the server', server.done);
    proxy.stop();
    const proxied = await within(PATIENCE_MS, 'the proxy', proxy.done);

    const schedule = new Schedule(knobs, { seed: '42', flow: 1, direction: 'down' });
    const stream = { firstCount: 1, lastCount: 400, sizeBytes: () => 1, sendNs: () => 0 };
    const expected = expectedDelivery(stream, schedule, { keepOrder: true, rate: null });
    assert.is(report.reason, 'end of stream');
    assert.equal(counts, [...expected.arrivals.counts]);
    const down = proxied.flows[0]?.down;
    assert.is(served.clients[0]?.sent, 400);
    assert.is(down?.arrived, 400);
    assert.is(down?.duplicated, expected.account.duplicated);
    assert.is(
      down?.droppedByCause.reduce((a, b) => a + b, 0),
      expected.account.dropped,
    );
    assert.is(down?.forwarded, report.statistics.received);
    assert.not(touchedBy((proxied.flows[0] as ProxiedFlow).down.struck).order);
    assert.equal(readdirSync(dir), ['fates-1-down.jsonl']);
    assert.is(linesOf(join(dir, 'fates-1-down.jsonl')).length, 400);
  } finally {
    proxy.stop();
    server.stop();
    rmSync(dir, { recursive: true });
  }
});

test('delays by media time give the scheduled order on a real clock', async () => {
  const knobs = readKnobs({ delay: '10ms', jitter: '5ms', reorder: '5%' });
  const { server } = await serve({ source: matchSource({ messages: 300, intervalNs: MS }) });
  const proxy = await startProxy(proxyRun(server.local, { down: knobs }, { protocol: matchstream }));
  try {
    const counts: number[] = [];
    const { client } = await watch(proxy.listening[0] as Peer, {
      observeDatagram: (count) => counts.push(count),
    });
    await within(PATIENCE_MS, 'the client', client.done);
    proxy.stop();
    const proxied = await within(PATIENCE_MS, 'the proxy', proxy.done);
    const schedule = new Schedule(knobs, { seed: '42', flow: 1, direction: 'down' });
    const stream = {
      firstCount: 1,
      lastCount: 300,
      sizeBytes: () => 1,
      sendNs: (count: number) => count * MS,
    };
    const { counts: expected } = expectedDelivery(stream, schedule, {
      keepOrder: false,
      rate: null,
    }).arrivals;
    assert.not(touchedBy((proxied.flows[0] as ProxiedFlow).down.struck).order);
    assert.equal(counts, [...expected]);
  } finally {
    proxy.stop();
    server.stop();
  }
});

test('a port that is taken is an environment error', async () => {
  const taken = await Plain.open();
  let caught: unknown;
  const server = { address: '127.0.0.1', port: 9 };
  await startProxy(proxyRun(server, {}, { ports: [0, taken.local.port] })).catch((cause: unknown) => {
    caught = cause;
  });
  await taken.close();
  assert.instance(caught, EnvironmentError);
});

test('a folder for fate files that cannot be made is an environment error, at once', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'proxy-'));
  writeFileSync(join(dir, 'taken'), '');
  let caught: unknown;
  await startProxy(
    proxyRun({ address: '127.0.0.1', port: 9 }, {}, { fatesDir: join(dir, 'taken', 'deeper') }),
  ).catch((cause: unknown) => {
    caught = cause;
  });
  rmSync(dir, { recursive: true });
  assert.instance(caught, EnvironmentError);
});

test('stopping sends what is still delayed', async () => {
  const server = await Plain.open();
  const client = await Plain.open();
  const up = readKnobs({ delay: '150ms' });
  const proxy = await startProxy(proxyRun(server.local, { up }));
  for (let k = 0; k < 10; k += 1) await client.send(proxy.listening[0] as Peer, `late ${k}`);
  // Whatever has arrived before the stop is let out; the socket may not have been read yet.
  await new Promise((resolve) => setTimeout(resolve, 50));
  // A process that was held up runs its timers first, and reads its sockets then.
  await new Promise((resolve) => setImmediate(resolve));
  proxy.stop();
  const report = await within(PATIENCE_MS, 'the end', proxy.done);
  await until(PATIENCE_MS, 'what was delayed', () => server.heard.length === 10);
  assert.is(report.flows[0]?.up.forwarded, 10);
  assert.is(report.flows[0]?.up.heldAtEnd, 0);
  await Promise.all([server.close(), client.close()]);
});

test.run();
