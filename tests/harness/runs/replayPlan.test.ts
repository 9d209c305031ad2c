import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readImpairment } from '../../../harness/impairment/impairment.ts';
import { replayRecording } from '../../../harness/runs/replay.ts';
import { NO_PROGRESS } from '../../../src/base/progress.ts';
import { completePlan } from '../../../harness/runs/replayPlan.ts';

const test = suite('a replay needs a recording and an impairment, and no more');

const given = {
  path: join(import.meta.dirname, '../../../recordings/match-42.jsonl'),
  impairment: readImpairment({ seed: '7', down: { drop: '10%' } }),
};

test('everything else has its default, and what is given wins', () => {
  assert.equal(completePlan({ ...given, clients: 2 }), {
    ...given,
    run: 'replay',
    scenario: 'flags',
    clock: 'real',
    mode: 'processes',
    transport: 'auto',
    pacing: 'hybrid',
    clients: 2,
    intervalNs: null,
    speed: 1,
    tmaxNs: 1e9,
    flow: 1,
    recover: false,
    noise: null,
    arrivalsPath: null,
    columns: false,
    fatesDir: null,
    capturePath: null,
    logsDir: null,
    debugLog: false,
    signal: null,
    endWhen: null,
    progress: NO_PROGRESS,
    watch: null,
  });
});

test('it runs so, the same each time', async () => {
  const { identity, judgement } = await replayRecording({ ...given, clock: 'virtual' });
  assert.is(identity.run, 'replay');
  assert.is(identity.scenario, 'flags');
  assert.equal(
    judgement.ledger.map(({ client, unexplained }) => [client, unexplained]),
    [
      [1, 0],
      [2, 0],
      [3, 0],
    ],
  );
  assert.equal((await replayRecording({ ...given, clock: 'virtual' })).judgement, judgement);
});

test.run();
