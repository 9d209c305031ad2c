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

test('in turns it can be ended, before it begins and long before its end', async () => {
  const reason = new Error('interrupted');
  const aborted = AbortSignal.abort(reason);
  assert.is(await runVirtualSessionInTurns(plan(5), aborted).catch((cause: unknown) => cause), reason);
  const controller = new AbortController();
  const running = runVirtualSessionInTurns(plan(1e9), controller.signal).catch((cause: unknown) => cause);
  setImmediate(() => controller.abort(reason));
  assert.is(await running, reason);
});

test.run();
