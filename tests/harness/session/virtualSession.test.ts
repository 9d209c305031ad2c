import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { keepAliveFor, runVirtualSession } from '../../../harness/session/virtualSession.ts';
import { readImpairment } from '../../../harness/impairment/impairment.ts';
import { BankSource } from '../../../src/stream/bankSource.ts';
import { EndingSource } from './endingSource.ts';

const test = suite('a virtual session');

const plan = (messages: number) => ({
  clients: 2,
  source: new BankSource('bank', messages, 1e6, 768),
  speed: 1,
  impairment: null,
  check: false,
  tmaxNs: 1e9,
});

test('two runs are equal in everything', async () => {
  const once = await runVirtualSession(plan(500));
  assert.is(once.clients[1]?.report.statistics.received, 500);
  assert.equal(await runVirtualSession(plan(500)), once);
  assert.equal(await runVirtualSession({ ...plan(500), signal: new AbortController().signal }), once);
});

test('the plan of a session on sockets gives the same, and no process, log or time limit', async () => {
  const logsDir = join(tmpdir(), `matchstream-no-logs-${process.pid}`);
  const result = await runVirtualSession({
    ...plan(500),
    source: { kind: 'bank', messages: 500, intervalNs: 1e6, datagramSizeBytes: 768 },
    mode: 'processes',
    transport: 'linux',
    pacing: 'busy',
    warmUp: true,
    measureStalls: true,
    logsDir,
    debugLog: true,
    streamLimitMs: 0,
  });
  assert.equal(result, await runVirtualSession(plan(500)));
  assert.not(existsSync(logsDir));
});

test('ended before it begins, it has nothing to report', async () => {
  const reason = new Error('interrupted');
  const running = runVirtualSession({ ...plan(5), signal: AbortSignal.abort(reason) });
  assert.is(await running.catch((cause: unknown) => cause), reason);
});

test('ended long before its end, it reports a shorter stream that is whole', async () => {
  const source = new EndingSource(1e9, 100, new Error('interrupted'));
  const running = runVirtualSession({ ...plan(1), source, signal: source.signal });
  const { server, clients, interrupted } = await running;
  assert.ok(interrupted);
  const { lastCount } = server.report;
  assert.ok(lastCount >= 100 && lastCount < 1e9, `${lastCount}`);
  for (const { report } of clients) {
    assert.is(report.reason, 'end of stream');
    const { sent, received, lost } = report.statistics;
    assert.equal([sent, received, lost], [lastCount, lastCount, 0]);
  }
});

test('interrupted when the stream was over, it is whole', async () => {
  // Both clients have all five as soon as the last is sent: no datagram is left to be cut off.
  const source = new EndingSource(5, 5, new Error('interrupted'));
  const { server, clients } = await runVirtualSession({ ...plan(5), source, signal: source.signal });
  assert.is(server.report.lastCount, 5);
  assert.equal(
    clients.map(({ report }) => [report.reason, report.statistics.received]),
    [
      ['end of stream', 5],
      ['end of stream', 5],
    ],
  );
});

test('what breaks in one part ends the session with that', async () => {
  const source = new BankSource('bank', 100, 1e6, 768);
  source.append = (): never => {
    throw new Error('a broken source');
  };
  const failure = await runVirtualSession({ ...plan(5), source, impairment: delayed }).catch(
    (cause: unknown) => cause,
  );
  assert.is((failure as Error).message, 'a broken source');
});

const DAY_NS = 24 * 3600e9;

/** `total` messages, all of them `gapNs` apart. */
const spread = (total: number, gapNs: number) => new BankSource('bank', total, gapNs, 768);

const delayed = readImpairment({ seed: '1', down: { delay: '5ms', jitter: '2ms' } });

test('time in which nothing happens is jumped over: 104 days are some thousand steps', async () => {
  for (const impairment of [null, delayed]) {
    const { steps, clients, server } = await runVirtualSession({
      ...plan(2),
      clients: 3,
      source: spread(2, 104 * DAY_NS),
      impairment,
    });
    for (const { report } of clients) {
      assert.is(report.reason, 'end of stream');
      assert.is(report.statistics.received, 2);
      // One after the first, so many seconds later: the jitter is far below the rounding.
      assert.ok(Math.abs((report.statistics.throughput_pps as number) * 104 * 86_400 - 1) < 1e-6);
    }
    assert.is(server.report.lastCount, 2);
    assert.ok(steps < 10_000, `${steps} steps`);
  }
});

test('so they are where a message comes every hour of them', async () => {
  const { steps, clients } = await runVirtualSession({
    ...plan(2),
    clients: 1,
    source: spread(2496, 3600e9),
  });
  assert.is(clients[0]?.report.statistics.received, 2496);
  assert.ok(steps < 10_000, `${steps} steps`);
});

test('a session of up to a day keeps its alives: one a second', () => {
  const period = (total: number, speed: number, more: { tmaxNs?: number } = {}): number =>
    keepAliveFor({ source: spread(total, 3600e9), speed, tmaxNs: 1e9, impairment: null, ...more });
  assert.is(period(25, 1), 1e9);
  assert.is(period(26, 1), 180e9);
  // At half the speed 13 hours are 26; flat out everything takes no time.
  assert.is(period(14, 0.5), 187.2e9);
  assert.is(period(1000, 0), 1e9);
  assert.is(period(0, 1), 1e9);
  assert.is(period(2, 1e-6), (2 ** 31 - 1) * 1e6);
  assert.is(period(1, 1, { tmaxNs: DAY_NS }), 1e9);
  assert.is(period(1, 1, { tmaxNs: 50 * DAY_NS }), 8640e9);
});

test('who listens for months after the end is a step or two', async () => {
  const { steps, clients } = await runVirtualSession({
    ...plan(20),
    tmaxNs: 104 * DAY_NS,
    impairment: delayed,
  });
  for (const { report } of clients) assert.is(report.statistics.received, 20);
  assert.ok(steps < 10_000, `${steps} steps`);
});

test('the longest period that the protocol carries is one that clients live by', async () => {
  const { clients, steps } = await runVirtualSession({
    ...plan(2),
    source: spread(2, 104 * DAY_NS),
    speed: 0.01,
    impairment: readImpairment({ seed: '1', down: { reorderList: '1:1' } }),
  });
  for (const { report } of clients) assert.is(report.statistics.received, 2);
  assert.ok(steps < 10_000, `${steps} steps`);
});

test.run();
