import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runVirtualSession, runVirtualSessionInTurns } from '../../../harness/runner/virtualSession.ts';
import { BankSource } from '../../../src/stream/bankSource.ts';

const test = suite('a virtual session');

const plan = (messages: number) => ({
  clients: 2,
  source: new BankSource('bank', messages, 1e6, 768),
  speed: 1,
  impairment: null,
  check: false,
  tmaxNs: 1e9,
  quantumNs: 10e6,
});

test('in turns it comes to the same as at once', async () => {
  const atOnce = runVirtualSession(plan(500));
  assert.is(atOnce.clients[1]?.report.statistics.received, 500);
  assert.equal(await runVirtualSessionInTurns(plan(500), null), atOnce);
  assert.equal(await runVirtualSessionInTurns(plan(500), new AbortController().signal), atOnce);
});

test('ended before it begins, it has nothing to report', async () => {
  const reason = new Error('interrupted');
  const aborted = AbortSignal.abort(reason);
  assert.is(await runVirtualSessionInTurns(plan(5), aborted).catch((cause: unknown) => cause), reason);
});

test('ended long before its end, it reports a shorter stream that is whole', async () => {
  const controller = new AbortController();
  const observe = (_client: number, count: number | null): void => {
    if (count === 100) controller.abort(new Error('interrupted'));
  };
  const running = runVirtualSessionInTurns({ ...plan(1e9), observe }, controller.signal);
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
  const controller = new AbortController();
  let arrived = 0;
  const observe = (): void => {
    arrived += 1;
    // Both clients have all five: no datagram is left to be cut off.
    if (arrived === 10) controller.abort(new Error('interrupted'));
  };
  const { server, clients } = await runVirtualSessionInTurns({ ...plan(5), observe }, controller.signal);
  assert.is(server.report.lastCount, 5);
  assert.equal(
    clients.map(({ report }) => [report.reason, report.statistics.received]),
    [
      ['end of stream', 5],
      ['end of stream', 5],
    ],
  );
});

test.run();
