/** What a session says of itself while it runs. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { plainSession } from '../../../bench/plainSession.ts';
import { readImpairment } from '../../../harness/impairment/impairment.ts';
import { runSession } from '../../../harness/session/session.ts';
import type { Mode } from '../../../harness/session/startTask.ts';
import type { Look, Progress, Reading } from '../../../src/base/progress.ts';
import { startTimer } from '../../../src/net/timer.ts';

const test = suite('a session that is looked at');

const MESSAGES = 60;

/** Runs a session and looks at it every few milliseconds: the steps it named, and what they said. */
async function watched(mode: Mode): Promise<{ readonly steps: string[]; readonly readings: Reading[] }> {
  const steps: string[] = [];
  const readings: Reading[] = [];
  const open = new Set<Look>();
  const progress: Progress = {
    begin: (doing, look) => {
      steps.push(doing);
      open.add(look);
      return () => open.delete(look);
    },
  };
  let callOff = (): void => undefined;
  const lookAgain = (): void => {
    for (const look of open) {
      const reading = look();
      if (reading !== null) readings.push(reading);
    }
    callOff = startTimer(lookAgain, 10);
  };
  lookAgain();
  try {
    await runSession({
      ...plainSession({ messages: MESSAGES, intervalNs: 10e6, datagramBytes: 1200 }),
      warmUp: false,
      mode,
      clients: 2,
      impairment: readImpairment({ seed: '1', down: { drop: '100%' } }),
      streamLimitMs: 60_000,
      progress,
    });
  } finally {
    callOff();
  }
  assert.is(open.size, 0, 'every step has ended');
  return { steps, readings };
}

for (const mode of ['in-process', 'processes'] as const) {
  test(`${mode}: it starts, then streams, and says how far it is, to how many, and what was dropped`, async () => {
    const { steps, readings } = await watched(mode);
    assert.equal(steps, ['starting', 'streaming']);
    assert.ok(readings.length > 2, `${readings.length} readings`);
    const done = readings.map((reading) => reading.done);
    assert.equal(
      done,
      done.toSorted((a, b) => a - b),
    );
    assert.ok(readings.every(({ of, unit }) => of === MESSAGES && unit === 'datagrams'));
    assert.ok(readings.some(({ counts }) => counts['clients'] === 2));
    assert.ok(readings.some(({ counts }) => (counts['dropped'] ?? 0) > 0));
    assert.ok(readings.every(({ counts }) => (counts['dropped'] ?? 0) <= 2 * MESSAGES));
  });
}

test.run();
