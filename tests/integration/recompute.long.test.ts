/** What a run leaves behind is enough to work its figures out again, without its code. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { inFolder, readRows, run } from './program.ts';

const test = suite('from the raw data of a replay');

const RECORDING = join(import.meta.dirname, '../../recordings/match-7-check.jsonl');
/** A stream of 0.5 s whose datagrams carry a check. */
const ARGS = ['replay', RECORDING, '--seed', '3', '--clients', '2', '--tmax', '100ms', '--no-control'];
const KNOBS = [
  '--drop',
  '5%',
  '--duplicate',
  '20%',
  '--corrupt',
  '20%',
  '--delay',
  '20ms',
  '--jitter',
  '9ms',
];

for (const clock of ['virtual', 'real']) {
  test(`anybody can work out what was delivered, corrupted and delayed: ${clock} clock`, async () => {
    await inFolder(async (folder) => {
      const how = clock === 'virtual' ? [...ARGS.slice(0, -1), '--clock', clock] : ARGS;
      const { code, stderr } = await run([...how, ...KNOBS, '--arrivals', 'a.csv', '--report', 'r'], folder);
      assert.is(code, 0, stderr);
      const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
      const planned = new Map(
        readFileSync(RECORDING, 'utf8')
          .split('\n')
          .filter((line) => line.startsWith('{"n":'))
          .map((line) => JSON.parse(line) as { n: number; t: number })
          .map(({ n, t }) => [n, t]),
      );
      const { streamStartNs } = JSON.parse(read('r/environment.json')) as { streamStartNs: number };
      const comparison = readRows(read('r/comparison.csv'));
      for (const account of readRows(read('r/ledger.csv'))) {
        const { client } = account;
        const measured = (metric: string): number =>
          Number(
            comparison.find((row) => row['client'] === client && row['metric'] === metric)?.['measured'],
          );
        const arrivals = readRows(read('a.csv')).filter((row) => row['client'] === client);
        const corrupted = arrivals.filter((row) => row['count'] === '');
        assert.ok(corrupted.length > 0);
        assert.is(`${arrivals.length}`, account['delivered']);
        assert.is(corrupted.length, measured('corrupted'));
        assert.is(arrivals.length - corrupted.length, measured('received'));
        const firsts = new Map<number, number>();
        for (const { count, arrival_ns } of arrivals) {
          if (count === '' || firsts.has(Number(count))) continue;
          firsts.set(
            Number(count),
            Number(arrival_ns) - streamStartNs - (planned.get(Number(count)) as number),
          );
        }
        assert.is(planned.size - firsts.size, measured('lost'));
        const mostUs = Math.max(...firsts.values()) / 1e3;
        // An arrival is written in whole nanoseconds.
        assert.ok(Math.abs(mostUs - measured('delay_max_us')) <= 0.002, `${mostUs} us`);
        assert.ok(mostUs > 20_000 && mostUs < 10e6, `${mostUs} us`);
      }
    });
  });
}

test.run();
