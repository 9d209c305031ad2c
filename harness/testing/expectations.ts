/**
 * Assertions about a lossy proxy, for any test runner.
 */
import { AssertionError } from 'node:assert';
import * as check from '../../src/base/arguments.ts';
import { judgeBalance, judgeLost } from './judgeProxy.ts';
import type { Asked, Bounds, Judged } from './judgeProxy.ts';

const BOUNDS = check.shape({
  atLeast: check.optional(check.whole(0)),
  atMost: check.optional(check.whole(0)),
});

const ASKED = check.method('a lossy proxy, awaited, or a simulation', 'ledger');

/** @throws UsageError for what is none, or no bounds */
function checkAsked(call: string, proxy: unknown, bounds: unknown): void {
  ASKED(proxy, call);
  if (!check.isObject(bounds)) check.refuseValue(`${call}: bounds`, 'bounds such as { atMost: 3 }', bounds);
  BOUNDS(bounds, `${call}: bounds`);
}

/** @throws AssertionError with what was expected, the seed and the command that shows it again */
function assertJudged({ pass, message }: Judged, from: (...values: never[]) => unknown): void {
  if (!pass) throw new AssertionError({ message, stackStartFn: from });
}

/** `expectLedger(proxy).toBalance()`: every datagram that entered the proxy is accounted for. */
export function expectLedger(proxy: Asked): { toBalance(): void } {
  ASKED(proxy, 'expectLedger');
  return {
    toBalance: function toBalance(): void {
      assertJudged(judgeBalance(proxy), toBalance);
    },
  };
}

/** `expectLost(proxy, { atMost: 3 })`: the proxy dropped no more, of all flows and both directions. */
export function expectLost(proxy: Asked, bounds: Bounds): void {
  checkAsked('expectLost', proxy, bounds);
  assertJudged(judgeLost(proxy, bounds), expectLost);
}

/** For vitest's and jest's `expect.extend(lossyMatchers)`: `expect(proxy).toBalance()`, `expect(proxy).toHaveLost({ atMost: 3 })`. */
export const lossyMatchers = {
  toBalance: (proxy: Asked): { pass: boolean; message: () => string } => {
    ASKED(proxy, 'toBalance');
    return told(judgeBalance(proxy));
  },
  toHaveLost: (proxy: Asked, bounds: Bounds): { pass: boolean; message: () => string } => {
    checkAsked('toHaveLost', proxy, bounds);
    return told(judgeLost(proxy, bounds));
  },
};

const told = ({ pass, message }: Judged): { pass: boolean; message: () => string } => ({
  pass,
  message: () => message,
});
