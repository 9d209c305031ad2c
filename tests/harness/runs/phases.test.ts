/** Replays whose conditions change on the way, judged like any other: exact counts, times and fates of every phase. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import type { Judgement } from '../../../harness/judge/judge.ts';
import { naiveFates } from '../impairment/naiveSchedule.ts';
import type { NaiveFate } from '../impairment/naiveSchedule.ts';
import { countFaults } from '../judge/faults.ts';
import { COUNT, FIRST, INTERVAL_NS, THREE, filesIn, folder, judgeAny, replay } from './phased.ts';

const test = suite('replays with phases');

const valueOf = ({ comparison }: Judgement, metric: string, client = 1): number | null | undefined =>
  comparison.find((row) => row.metric === metric && row.client === client)?.measured as number | undefined;

const fatesOf = (client: number): readonly NaiveFate[] =>
  naiveFates(
    `7/${client}/down`,
    [
      { number: 1, firstIndex: 1, config: readKnobs(FIRST) },
      { number: 2, firstIndex: 101, config: readKnobs(THREE[0]?.down ?? {}) },
      { number: 3, firstIndex: 301, config: readKnobs(THREE[1]?.down ?? {}) },
    ],
    COUNT,
    (index) => (index - 1) * INTERVAL_NS,
  );

test('three phases: counts by the definition, and every figure as expected', async () => {
  const judgement = await replay(FIRST, THREE, { fatesDir: join(folder, 'virtual') });
  assert.is(countFaults(judgement.comparison, judgement.ledger), 0);
  assert.equal(judgement.remarks.filter((remark) => remark.startsWith('the conditions change')).length, 1);
  for (const client of [1, 2]) {
    const fates = fatesOf(client);
    const passed = fates.filter(({ cause }) => cause === 'none');
    const damaged = passed.filter(({ corrupt }) => corrupt >= 0);
    assert.is(valueOf(judgement, 'lost', client), COUNT - passed.length + damaged.length);
    assert.is(
      valueOf(judgement, 'duplicates', client),
      passed.filter(({ corrupt, copies }) => corrupt < 0 && copies > 0).length,
    );
    const dropped = (cause: string): number | undefined =>
      judgement.causes.find((row) => row.client === client && row.cause === cause)?.count;
    for (const cause of ['independent', 'burst', 'exact'])
      assert.is(dropped(cause) ?? 0, fates.filter((one) => one.cause === cause).length, cause);
  }
  // A quarter of blocks of 50 that begin with the phase: 60 in 300.
  assert.is(fatesOf(1).filter(({ cause }) => cause === 'exact').length, 60);
  // Each fate file has the keys of its phase.
  const lines = (filesIn(join(folder, 'virtual'))['fates-1-down.jsonl'] ?? '').trimEnd().split('\n');
  assert.is(lines.length, COUNT);
  assert.ok([1, 100, 101, 300].every((index) => lines[index - 1]?.includes('"delayUs":')));
  assert.ok(
    [301, 600].every(
      (index) => !lines[index - 1]?.includes('"delayUs":') && lines[index - 1]?.includes('"corrupt":'),
    ),
  );
  lines.forEach((line, k) =>
    assert.is(
      (JSON.parse(line) as { drop: string | null }).drop ?? 'none',
      fatesOf(1)[k]?.cause,
      `index ${k + 1}`,
    ),
  );
});

test('any settings in any order: every count, order and time is that of the definition, exactly', () =>
  judgeAny(11, 3));

test('clients at one link go through the phases by the stream, and the link changes once', async () => {
  const link = { rate: '120kbit', queue: '4', shared: true };
  const judgement = await replay(link, [
    { atNs: 1e9, down: { ...link, rate: '900kbit', drop: '5%' } },
    { atNs: 3e9, down: { ...link, queue: '1', delay: '5ms' } },
  ]);
  assert.is(countFaults(judgement.comparison, judgement.ledger), 0);
  assert.ok(judgement.ledger.every(({ dropped }) => (dropped ?? 0) > 0));
  assert.ok(judgement.comparison.every(({ metric, verdict }) => metric !== 'lost' || verdict === 'match'));
});

test('configured figures are sums over the phases, as far as they are', async () => {
  const { comparison } = await replay({ drop: '10%' }, [
    { atNs: 3e9, down: { drop: '30%', duplicate: '10%' } },
  ]);
  const configured = (metric: string): number | null | undefined =>
    comparison.find((row) => row.metric === metric && row.client === 1)?.configured as number | null;
  // 300 at 10 %, and 300 at 30 %.
  assert.is(Math.round(configured('lost') ?? 0), 120);
  assert.is(configured('sent'), 600);
  assert.is(Math.round((configured('loss_ratio') ?? 0) * 1000), 200);
  assert.is(configured('duplicates') ?? null, null);
  assert.is(configured('loss_periods') ?? null, null);
  assert.is(configured('reordered'), 0);
});

test.run();
