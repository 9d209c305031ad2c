/** The golden recordings: what a seed means may not change unnoticed. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fateLine } from '../../harness/impairment/fates.ts';
import { readKnobs } from '../../harness/impairment/knobs.ts';
import { Schedule } from '../../harness/impairment/schedule.ts';
import { scheduleOver } from '../../harness/impairment/scheduleOver.ts';
import { naiveFates } from '../harness/impairment/naiveSchedule.ts';
import { buildRecordCommand } from '../../harness/cli/recordCommand.ts';

const test = suite('golden recordings');

const ROOT = join(import.meta.dirname, '..', '..');
const FOLDER = join(ROOT, 'recordings');
const readme = readFileSync(join(FOLDER, 'README.md'), 'utf8');

/** The text of a recording; what is promised of a compressed one is its text, too. */
function textOf(path: string): Buffer {
  const bytes = readFileSync(path);
  return path.endsWith('.gz') ? gunzipSync(bytes) : bytes;
}

/** Every command that the page shows, as arguments of `record`, with the file it makes. */
const commands = Array.from(readme.matchAll(/^ {4}matchstream record (.*)$/gm), (match) => {
  const args = (match[1] as string).split(' ');
  return { name: basename(args.at(-1) as string), args: args.slice(0, -1) };
});

const recordings = readdirSync(FOLDER).filter((name) => name !== 'README.md');

test('the page tells the story, the command and the hash of every recording, and of no other', () => {
  assert.ok(recordings.length >= 4);
  assert.equal(commands.map(({ name }) => name).toSorted(), recordings.toSorted());
  for (const name of recordings) {
    assert.match(readme, new RegExp(`^\\| \\[${name}\\]\\(${name}\\) \\| .{40,} \\| \\d+ \\|$`, 'm'));
    assert.match(readme, new RegExp(`^\\| ${name} \\| \`[0-9a-f]{64}\` \\|$`, 'm'));
  }
});

test('each command makes its recording again, byte for byte', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'matchstream-'));
  try {
    for (const { name, args } of commands) {
      const out = join(folder, name);
      assert.is(args.at(-1), '--out');
      await buildRecordCommand().parseAsync([...args, out], { from: 'user' });
      assert.ok(
        textOf(out).equals(textOf(join(FOLDER, name))),
        `${name} is not what "matchstream record ${args.join(' ')}" makes now`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the footer has the SHA-256 of all lines before it, and so has the page', () => {
  for (const name of recordings) {
    const bytes = textOf(join(FOLDER, name));
    const footerAt = bytes.lastIndexOf('\n', bytes.length - 2) + 1;
    const sha256 = createHash('sha256').update(bytes.subarray(0, footerAt)).digest('hex');
    const frames = bytes.subarray(0, footerAt).toString('utf8').split('\n').length - 2;
    assert.is(bytes.subarray(footerAt).toString('utf8'), `{"frames":${frames},"sha256":"${sha256}"}\n`);
    assert.ok(readme.includes(`| ${name} | \`${sha256}\` |`), `the page has another hash for ${name}`);
    assert.ok(readme.includes(`| ${frames} |\n`), `the page has another number of datagrams for ${name}`);
  }
});

test('no recording is larger than 150 kB', () => {
  for (const name of recordings) assert.ok(readFileSync(join(FOLDER, name)).length < 150_000, name);
});

test.run();

const fates = suite('golden fates');

/** As `matchstream replay RECORDING --clients 1 --seed 7` with these knobs writes them with `--fates`. */
const GOLDEN_FATES = {
  'match-42': { drop: '10%', reorder: '10%', duplicate: '5%', delay: '20ms', jitter: '5ms' },
  'match-7-check': { dropBurst: '5%,30%', outage: '200ms..250ms', corrupt: '10%', reorderList: '17:3,25:1' },
} as const;
type Golden = keyof typeof GOLDEN_FATES;

const framesOf = (name: Golden): { t: number; d: string }[] =>
  textOf(join(FOLDER, `${name}.jsonl`))
    .toString('utf8')
    .split('\n')
    .slice(1, -2)
    .map((line) => JSON.parse(line) as { t: number; d: string });

function decide(name: Golden): string {
  const frames = framesOf(name);
  const frame = (index: number) => frames[index - 1] as { t: number; d: string };
  const key = { seed: '7', flow: 1, direction: 'down' } as const;
  const schedule = new Schedule(readKnobs(GOLDEN_FATES[name]), key, (index) => frame(index).t);
  return frames.map((_, k) => `${fateLine(schedule, k + 1, Buffer.byteLength(frame(k + 1).d))}\n`).join('');
}

for (const name of Object.keys(GOLDEN_FATES) as Golden[]) {
  fates(`seed 7 decides about every datagram of ${name} what it decided in version 0.1.0`, () => {
    const golden = readFileSync(join(import.meta.dirname, `${name}.fates-1-down.jsonl`), 'utf8');
    assert.is(decide(name), golden);
  });

  fates(`asked twice about ${name}, it decides the same`, () => {
    assert.is(decide(name), decide(name));
  });
}

/** Of a stream of 52 whose settings change twice: a chain begins anew, a block does, and a draw stays that of its index. */
const PHASES = [
  { number: 1, firstIndex: 1, knobs: { dropBurst: '10%,30%', duplicate: '20%' } },
  {
    number: 2,
    firstIndex: 18,
    knobs: { dropBurst: '20%,30%', duplicate: '20%', delay: '20ms', jitter: '5ms' },
  },
  { number: 3, firstIndex: 33, knobs: { dropExact: '30%/10', duplicate: '20%', corrupt: '10%' } },
];

fates('seed 7 decides about a stream with phases what it decided in version 0.1.0', () => {
  const golden = readFileSync(join(import.meta.dirname, 'phases.fates-1-down.jsonl'), 'utf8');
  const epochs = PHASES.map(({ knobs, ...epoch }) => ({ ...epoch, config: readKnobs(knobs) }));
  const schedule = scheduleOver(epochs, { seed: '7', flow: 1, direction: 'down' });
  const lines = Array.from({ length: 52 }, (_, k) => fateLine(schedule, k + 1, 100));
  assert.equal(lines, golden.trimEnd().split('\n'));
  // By the definition, too, one index after the other.
  const causes = naiveFates('7/1/down', epochs, 52, () => Number.NaN).map(({ cause }) => cause);
  assert.equal(
    lines.map((line) => (JSON.parse(line) as { drop: string | null }).drop ?? 'none'),
    causes,
  );
});

fates.run();
