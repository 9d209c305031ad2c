/** A session that a signal ended: judged as far as it went, on the virtual clock. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UNIMPAIRED } from '../../../harness/impairment/impairment.ts';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import { judgeSession, shortenedTo } from '../../../harness/judge/judge.ts';
import type { PlannedStream } from '../../../harness/judge/judge.ts';
import { endOf, interruptedLine, untilInterrupted } from '../../../harness/runs/interruption.ts';
import type { JudgedSession } from '../../../harness/runs/sessionReport.ts';
import { runVirtualSession } from '../../../harness/session/virtualSession.ts';
import type { VirtualResult } from '../../../harness/session/virtualSession.ts';
import { InterruptedError } from '../../../src/base/errors.ts';
import { EndingSource } from '../session/endingSource.ts';
import { countFaults } from '../judge/faults.ts';

const PLANNED = 100_000_000;
const INTERVAL_NS = 1e6;
const SIZE_BYTES = 768;
/** The last of these is far beyond wherever the stream may be ended. */
const KNOBS = readKnobs({ dropList: '3,7-9,99999999', duplicateList: '5' });

const STREAM: PlannedStream = {
  lastCount: PLANNED,
  intervalUs: INTERVAL_NS / 1e3,
  sizeBytes: () => SIZE_BYTES,
  sendNs: (count) => (count - 1) * INTERVAL_NS,
  mediaTimeNs: (count) => (count - 1) * INTERVAL_NS,
};

/** Two clients behind the proxy, ended some time after the hundredth datagram. */
function runEnded(): Promise<VirtualResult> {
  const source = new EndingSource(PLANNED, 100, new InterruptedError('SIGINT'));
  return runVirtualSession({
    clients: 2,
    source,
    speed: 1,
    impairment: { ...UNIMPAIRED, seed: '7', down: KNOBS },
    check: false,
    tmaxNs: 1e9,
    signal: source.signal,
  });
}

const test = suite('an interrupted session');

test('is judged as the shorter stream it was: every figure known, every datagram accounted for', async () => {
  const result = await runEnded();
  const { lastCount } = result.server.report;
  assert.ok(lastCount > 9 && lastCount < PLANNED, `ended at ${lastCount}`);
  assert.equal(shortenedTo(result, STREAM), { lastCount, of: PLANNED });
  const { comparison, ledger, remarks } = judgeSession(result, STREAM, KNOBS, '7', 'exact');
  assert.is(countFaults(comparison, ledger), 0);
  assert.equal(
    ledger.map(({ client, sent, dropped, duplicated, delivered, unexplained }) => [
      client,
      sent,
      dropped,
      duplicated,
      delivered,
      unexplained,
    ]),
    [
      [1, lastCount, 4, 1, lastCount - 3, 0],
      [2, lastCount, 4, 1, lastCount - 3, 0],
    ],
  );
  const rows = comparison.filter(({ metric }) => metric === 'lost' || metric === 'sent');
  assert.equal(
    rows.map(({ client, metric, expected, measured, verdict }) => [
      client,
      metric,
      expected,
      measured,
      verdict,
    ]),
    [
      [1, 'sent', lastCount, lastCount, 'match'],
      [1, 'lost', 4, 4, 'match'],
      [2, 'sent', lastCount, lastCount, 'match'],
      [2, 'lost', 4, 4, 'match'],
    ],
  );
  assert.equal(remarks, []);
});

test('leaves out a client that gave no report, and names it', async () => {
  const result = await runEnded();
  const clients = result.clients.filter(({ client }) => client === 2);
  const { ledger, remarks } = judgeSession({ ...result, clients }, STREAM, KNOBS, '7', 'exact');
  assert.equal(
    ledger.map(({ client, unexplained }) => [client, unexplained]),
    [[2, 0]],
  );
  assert.equal(remarks, ['client 1 gave no report, and is left out']);
});

test('holds a client that had to be told to leave against nothing', async () => {
  const result = await runEnded();
  const clients = result.clients.map((each) =>
    each.client === 1 ? { ...each, report: { ...each.report, reason: 'interrupted' as const } } : each,
  );
  const { comparison, ledger, remarks } = judgeSession({ ...result, clients }, STREAM, KNOBS, '7', 'exact');
  assert.is(countFaults(comparison, ledger), 0);
  const verdicts = new Set(comparison.filter(({ client }) => client === 1).map(({ verdict }) => verdict));
  assert.equal([...verdicts], ['not measured']);
  assert.equal(remarks, ['client 1: interrupted, so nothing is measured']);
});

test('that had come to the end of its stream is a whole one', async () => {
  const result = await runEnded();
  const { lastCount } = result.server.report;
  assert.is(shortenedTo(result, { ...STREAM, lastCount }), null);
  assert.is(shortenedTo({ ...result, interrupted: false }, STREAM), null);
});

test.run();

const telling = suite('what an interrupted run says');

const sessionOf = (shortened: JudgedSession['shortened']): JudgedSession =>
  ({ shortened }) as unknown as JudgedSession;
const aborted = AbortSignal.abort(new InterruptedError('SIGTERM'));

telling('is how far it came, and by what', async () => {
  const end = await endOf(Promise.resolve(sessionOf({ lastCount: 412, of: 1864 })), aborted);
  assert.is(end.interrupted, 'SIGTERM');
  assert.is(
    interruptedLine({ ...end, interrupted: 'SIGTERM' }, 'the replay'),
    'interrupted by SIGTERM after 412 of 1864 datagrams: what is above is of the part that ran',
  );
});

telling('is that there was nothing, where there was nothing', async () => {
  const end = await endOf(Promise.reject(new InterruptedError('SIGHUP')), aborted);
  assert.equal(end, { session: null, interrupted: 'SIGHUP' });
  assert.is(
    interruptedLine({ session: null, interrupted: 'SIGHUP' }, 'the replay'),
    'interrupted by SIGHUP before the replay had a datagram to judge',
  );
});

telling('is nothing for a session that came to its end all the same', async () => {
  const whole = sessionOf(null);
  assert.equal(await endOf(Promise.resolve(whole), aborted), { session: whole, interrupted: null });
});

telling('hides no failure', async () => {
  const failure = new Error('by itself');
  assert.is(await endOf(Promise.reject(failure), aborted).catch((cause: unknown) => cause), failure);
  assert.is(await untilInterrupted(Promise.reject(failure)).catch((cause: unknown) => cause), failure);
  assert.is(await untilInterrupted(Promise.reject(new InterruptedError('SIGINT'))), 'SIGINT');
  assert.is(await untilInterrupted(Promise.resolve()), null);
});

telling.run();
