import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fitArrivals } from '../../../harness/fit/fit.ts';
import { buildFitCommand } from '../../../harness/cli/fitCommand.ts';
import { formatFits } from '../../../harness/fit/fitReport.ts';
import { assertRefusal } from '../../refusals.ts';
import { temporaryFolder } from '../recording/tiny.ts';

const HEADER = 'client,arrival_ns,count,bytes\n';
const path = join(temporaryFolder(), 'arrivals.csv');
const put = (content: string | Uint8Array): string => {
  writeFileSync(path, content);
  return path;
};
const rows = (...all: readonly (readonly [client: number, count: number])[]): string =>
  HEADER + all.map(([client, count], k) => `${client},${k * 1000},${count},200\n`).join('');

/** Two clients, interleaved, with a duplicate and a late one: client 1 is ..x.xx., client 2 (from 4 on) .x.. */
const TWO = rows([1, 1], [2, 4], [1, 2], [1, 7], [1, 4], [2, 6], [1, 4], [2, 7]);

const reading = suite('an arrivals file is fitted');

reading('each client on its own, then all pooled', async () => {
  const { fits, lastIsGiven } = await fitArrivals(put(TWO));
  assert.is(lastIsGiven, false);
  assert.equal(
    fits.map((fit) => [fit.client, fit.first, fit.last, fit.datagrams, fit.lost, fit.p?.value, fit.r?.value]),
    [
      [1, 1, 7, 7, 3, 2 / 3, 2 / 3],
      [2, 4, 7, 4, 1, 1 / 2, 1],
      ['all', null, null, 11, 4, 3 / 5, 3 / 4],
    ],
  );
});

reading('one client alone, up to a last count that shows losses at the end', async () => {
  const { fits, lastIsGiven } = await fitArrivals(put(TWO), 1, 10);
  assert.is(lastIsGiven, true);
  assert.equal(
    fits.map((fit) => [fit.client, fit.last, fit.datagrams, fit.lost, fit.goodToBad, fit.badToBad]),
    [[1, 10, 10, 6, 3, 3]],
  );
});

reading('gzip, carriage returns, a missing last line end and long times change nothing', async () => {
  const expected = (await fitArrivals(put(TWO))).fits;
  for (const content of [
    gzipSync(TWO),
    TWO.replaceAll('\n', '\r\n'),
    TWO.trimEnd(),
    TWO.replaceAll('000,', '000000000000000,'),
  ]) {
    assert.equal((await fitArrivals(put(content))).fits, expected);
  }
});

reading('a corrupted datagram, which has no count, is lost', async () => {
  const [header, ...lines] = TWO.split('\n');
  const corrupted = [
    header,
    '1,5000,,200',
    ...lines.slice(0, 3),
    '2,7000,,200',
    '3,7000,,200',
    ...lines.slice(3),
  ];
  assert.equal((await fitArrivals(put(corrupted.join('\n')))).fits, (await fitArrivals(put(TWO))).fits);
});

reading('a file longer than a piece of reading is read whole', async () => {
  const count = 40_000;
  const all = Array.from({ length: count }, (_, k) => [1, k + 1] as const).filter(([, n]) => n % 10 !== 0);
  const { fits } = await fitArrivals(put(rows(...all)), undefined, count);
  assert.equal([fits[0]?.datagrams, fits[0]?.lost, fits[0]?.badToBad], [count, count / 10, 0]);
});

reading.run();

const refusing = suite('bad input is one line that names the file and the line');

for (const [what, content, line] of [
  ['an empty file', '', 1],
  ['no header', '1,0,1,200\n', 1],
  ['another header', 'client,count\n', 1],
  ['only a header', HEADER, 2],
  ['a cell too few', `${HEADER}1,0,1,200\n1,0,2\n`, 3],
  ['a cell too many', `${HEADER}1,0,1,200,\n`, 2],
  ['an empty line', `${HEADER}\n1,0,1,200\n`, 2],
  ['a word', `${HEADER}1,0,first,200\n`, 2],
  ['a count of 0', `${HEADER}1,0,0,200\n`, 2],
  ['nothing but corrupted datagrams', `${HEADER}1,0,,200\n`, 3],
  ['an empty cell', `${HEADER}1,,1,200\n`, 2],
  ['a minus', `${HEADER}1,0,1,-200\n`, 2],
  ['a number without end', `${HEADER}1,0,${'9'.repeat(400)},1\n`, 2],
  ['count 0', `${HEADER}1,0,0,200\n`, 2],
  ['a count too high', `${HEADER}1,0,2147483649,200\n`, 2],
  ['a client too high', `${HEADER}2147483649,0,1,200\n`, 2],
  ['control characters', `${HEADER}1,0,\u001B[2J,200\n`, 2],
  ['a line without end', HEADER + '1'.repeat(900_000), 2],
] as const) {
  refusing(`${what} is refused`, async () => {
    await assertRefusal(() => fitArrivals(put(content)), `file-format | ${path}, line ${line}`);
  });
}

refusing('a damaged gzip file is refused', async () => {
  await assertRefusal(
    () => fitArrivals(put(gzipSync(TWO).subarray(0, 40))),
    `file-format | ${path}, line 1`,
    'gzip',
  );
});

refusing('a file that is not there is refused', async () => {
  await assertRefusal(() => fitArrivals(`${path}.none`), `file-unreadable | ${path}.none`);
});

refusing('a bad line of a client that was not asked for is refused all the same', async () => {
  await assertRefusal(
    () => fitArrivals(put(`${TWO}2,0,zero,1\n`), 1),
    `file-format | ${path}, line 10`,
    'count',
  );
});

refusing('a client that is not there and a last count that was passed are refused', async () => {
  await assertRefusal(() => fitArrivals(put(TWO), 7), 'value-range | --client', 'from 1 to 2');
  await assertRefusal(() => fitArrivals(put(TWO), undefined, 6), 'value-range | --last', '7');
});

refusing.run();

const printing = suite('the report is a short table and the flags');

const printed = async (content: string, last?: number): Promise<string> =>
  formatFits(await fitArrivals(put(content), undefined, last));

printing('where everything is lost after the first, a run has no end', async () => {
  assert.match(await printed(rows([1, 1]), 3), /\n--drop 100% +\(mean loss 100%, mean run without end\)\n/);
});

printing('a line a client, a line for all, and what replays them', async () => {
  // 20 runs of ten arrivals and five losses, twice: 399 in 3 of ten transitions.
  const bursts = (client: number) =>
    Array.from({ length: 300 }, (_, k) => [client, k + 1] as const).filter(([, n]) => (n - 1) % 15 < 10);
  const text = await printed(rows(...bursts(1), ...bursts(2)), 300);
  const lines = text.split('\n');
  assert.match(lines[0] as string, /^client +datagrams +lost +loss +P +R/);
  assert.match(lines[1] as string, /^1 +300 +100 +33\.33% +10% \[/);
  assert.match(lines[3] as string, /^all +600 +200 +33\.33% +10% \[.*--drop-burst 10%,19\.1919%$/);
  assert.match(text, /all clients pooled:\n {2}loss runs +chi-square .*not geometric\n/);
  assert.match(text, /independent loss +likelihood ratio .*: rejected, Gilbert is preferred\n/);
  assert.match(text, /\n--drop-burst 10%,19\.1919% {4}\(mean loss 34\.26%, mean run 5\.211\)\n$/);
});

printing('no loss at all says so', async () => {
  const text = await printed(rows([1, 1], [1, 2], [1, 3]));
  assert.match(
    text,
    /nothing was lost: P = 0 \(at most 84\.19%\); R is undefined; replay it without a loss flag\n$/,
  );
});

printing('one arrival says no more than that', async () => {
  const text = await printed(rows([1, 5]));
  assert.match(text, /nothing was lost: R is undefined; replay it without a loss flag\n$/);
});

printing('everything lost after the first says that no flag replays it', async () => {
  const text = await printed(rows([1, 1], [1, 2], [1, 3]), 500);
  assert.match(text, /the 497 losses stand at the end and never end: R cannot be told from 0/);
  assert.not.match(text, /--drop/);
});

printing('the command prints the same, or every figure as JSON', async () => {
  put(TWO);
  const chunks: string[] = [];
  const write = process.stdout.write;
  const run = async (...argv: string[]): Promise<string> => {
    chunks.length = 0;
    process.stdout.write = (chunk: string | Uint8Array) => chunks.push(String(chunk)) > 0;
    try {
      await buildFitCommand().parseAsync([path, ...argv], { from: 'user' });
    } finally {
      process.stdout.write = write;
    }
    return chunks.join('');
  };
  assert.is(await run(), await printed(TWO));
  assert.is(await run('--client', '1', '--last', '10'), formatFits(await fitArrivals(path, 1, 10)));
  assert.equal(JSON.parse(await run('--json')), await fitArrivals(path));
  await assertRefusal(() => run('--last', '0'), 'value-range | --last');
  await assertRefusal(() => run('--client', 'x'), 'value-format | --client');
});

printing.run();
