import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildFitCommand } from '../../../harness/cli/fitCommand.ts';
import { fitArrivals } from '../../../harness/fit/fit.ts';
import { fittedScenario } from '../../../harness/fit/fittedScenario.ts';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import { readScenario } from '../../../harness/impairment/scenario.ts';
import { assertRefusal } from '../../refusals.ts';
import { temporaryFolder } from '../recording/tiny.ts';

const test = suite('what was fitted, as a scenario');
const folder = temporaryFolder();

/** A proxy's list: runs of so many arrivals and so many losses by turns, 40 of each, in the named directions. */
function listOf(
  name: string,
  runs: Readonly<Record<string, readonly [arrived: number, lost: number]>>,
): string {
  const path = join(folder, name);
  let text = 'flow,direction,stream,at,time_ns,index,repeat,bytes,altered\n';
  for (const [direction, [arrived, lost]] of Object.entries(runs)) {
    for (let index = 1; index <= 40 * (arrived + lost); index += 1) {
      text += `1,${direction},1,entry,0,${index},1,9,0\n`;
      if ((index - 1) % (arrived + lost) < arrived) text += `1,${direction},1,exit,0,${index},1,9,0\n`;
    }
  }
  writeFileSync(path, text);
  return path;
}

test('each direction has its own model, and a scenario is read as the flags are', async () => {
  const report = await fitArrivals(listOf('both.csv', { down: [20, 4], up: [9, 1] }));
  const { text, notes } = fittedScenario(report);
  const scenario = readScenario(text, 'fitted.json');
  assert.equal(notes, []);
  assert.is(scenario.name, 'both');
  assert.is(
    scenario.description,
    'fitted to both.csv: 160 of 960 datagrams lost on the way down, 40 of 400 datagrams lost on the way up',
  );
  for (const direction of ['down', 'up'] as const)
    assert.equal(readKnobs(scenario[direction]).drop, report.fits[report.results[direction] as number]?.drop);
  assert.equal(Object.keys(scenario.down), ['dropBurst']);
});

test('a direction of which nothing is known is said to be missing, and one without losses is plain', async () => {
  const { text, notes } = fittedScenario(await fitArrivals(listOf('one.csv', { up: [9, 0] })));
  assert.equal(JSON.parse(text), {
    name: 'one',
    description: 'fitted to one.csv: 0 of 360 datagrams lost on the way up',
    down: {},
    up: {},
  });
  assert.is(notes.length, 1);
  assert.match(notes[0] as string, /way down/);
});

test('losses that never end are in no scenario, and that is said', async () => {
  const path = join(folder, 'end.csv');
  const arrivals = Array.from({ length: 300 }, (_, k) => `1,0,${k + 1},9\n`).join('');
  writeFileSync(path, `client,arrival_ns,count,bytes\n${arrivals}`);
  const { text, notes } = fittedScenario(await fitArrivals(path, undefined, 400));
  assert.equal((JSON.parse(text) as { down: object }).down, {});
  assert.is(notes.filter((note) => note.includes('never end')).length, 1);
});

test('the command writes it, and replaces nothing', async () => {
  const path = listOf('written.csv', { down: [20, 4] });
  const out = join(folder, 'net.json');
  const fit = (): Promise<unknown> =>
    buildFitCommand().exitOverride().parseAsync([path, '--out', out, '--json'], { from: 'user' });
  await fit();
  assert.is(readScenario(readFileSync(out, 'utf8'), out).name, 'written');
  await assertRefusal(fit, 'output-taken | --out');
});

test.run();
