import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assertTooFew, assertWorkedOrTooFew, runWith } from './fewDescriptors.ts';
import { inFolder, run } from './program.ts';

const test = suite('the tour where few files may be open');

/** The commands of the readme's tour, each in a few moments. */
const TOUR = [
  'live --clients 3 --seed 42 --interval 1ms --report live',
  'live --clients 50 --seed 42 --interval 1ms --mode in-process --report crowd',
  'record --seed season-1 --interval 1ms --out season.jsonl.gz',
  'replay good.jsonl --drop 5% --seed 7 --clock virtual --fates fates --report virtual',
  'replay good.jsonl --drop 5% --seed 7 --no-control --report real',
  "replay good.jsonl --drop 50% --seed 7 --clock virtual --expect 'lost<=0' --shrink",
  'bench --intervals 10ms --duration 100ms --no-micro --report bench',
  'server --seed 42 --interval 1ms --wait-for 0 --port 0',
  'run --short --report run',
];

for (const limit of [32, 64]) {
  test(`with ${limit}, each command does its work or says that the limit is too low`, () =>
    inFolder(async (folder) => {
      if (process.platform === 'win32') return;
      assert.is((await run(['record', '--seed', '1', '--out', 'good.jsonl'], folder)).code, 0);
      for (const line of TOUR) {
        const ended = await runWith(limit, line, folder);
        // An expectation that is not met is no failure of the machine.
        if (limit === 32) assertTooFew(ended, limit);
        else if (ended.code !== 1) assertWorkedOrTooFew(ended, limit);
      }
    }));
}

test('with 256, everything works, three processes and the main job, too', () =>
  inFolder(async (folder) => {
    if (process.platform === 'win32') return;
    assert.is((await run(['record', '--seed', '1', '--out', 'good.jsonl'], folder)).code, 0);
    for (const line of TOUR.filter((one) => !one.includes('--shrink'))) {
      const { code, stderr } = await runWith(256, line, folder);
      assert.is(code, 0, `${line}: ${stderr}`);
    }
  }));

test.run();
