/** The capture of a replay on the virtual clock: fates, delays and flipped bits, recounted from it alone. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildReplayCommand } from '../../../harness/cli/replayCommand.ts';
import { openRecording } from '../../../harness/recording/reader.ts';
import { readRows } from '../../integration/program.ts';
import { readRunCapture } from '../recording/capture/runCapture.ts';
import type { CapturedPacket } from '../recording/capture/runCapture.ts';
import { temporaryFolder } from '../recording/tiny.ts';

const test = suite('the capture of a replay');

const RECORDING = join(import.meta.dirname, '../../../recordings/match-42.jsonl');
const CHECKED = join(import.meta.dirname, '../../../recordings/match-7-check.jsonl');
const folder = temporaryFolder();
let serial = 0;

interface Replayed {
  readonly dir: string;
  readonly path: string;
}

/** Replays on the virtual clock, with fate files, a report and a capture in a folder of its own. */
async function replay(options: string, recording = RECORDING): Promise<Replayed> {
  const dir = join(folder, `${(serial += 1)}`);
  mkdirSync(dir);
  const path = join(dir, 'run.pcapng');
  const { write } = process.stdout;
  process.stdout.write = (): boolean => true;
  try {
    const outputs = ['--report', join(dir, 'report'), '--fates', join(dir, 'fates'), '--capture', path];
    const words = [recording, '--clock', 'virtual', ...options.split(' '), ...outputs];
    await buildReplayCommand().parseAsync(words, { from: 'user' });
  } finally {
    process.stdout.write = write;
    process.exitCode = 0;
  }
  return { dir, path };
}

/** A line of a fate file. */
interface FateLine {
  readonly index: number;
  readonly drop: string | null;
  readonly copies: number;
  readonly hold: number;
  readonly corrupt?: number | null;
  readonly delayUs?: number | null;
  readonly queueDropped?: number;
}

const fatesOf = (dir: string, flow: number): FateLine[] =>
  readFileSync(join(dir, 'fates', `fates-${flow}-down.jsonl`), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as FateLine);

/** The count of a message of the stream; null for a control datagram. A flipped bit may make it unreadable, so it is not asked then. */
function countOf({ payload }: CapturedPacket): number | null {
  const found = /^\{"message":\{"count":(\d+)/.exec(payload.toString('latin1'));
  return found === null ? null : Number(found[1]);
}

/** Packets of the stream towards each client, in order of first appearance. */
function streamsIn(packets: readonly CapturedPacket[]): CapturedPacket[][] {
  const clients = new Map<string, CapturedPacket[]>();
  for (const packet of packets) {
    const client = packet.from.endsWith(serverPort(packets)) ? packet.to : packet.from;
    const of = clients.get(client) ?? [];
    clients.set(client, of);
    if (client === packet.to) of.push(packet);
  }
  return [...clients.values()];
}

/** The server is whom the first datagram goes to. */
const serverPort = (packets: readonly CapturedPacket[]): string =>
  `:${(packets[0] as CapturedPacket).to.split(':')[1]}`;

/** What the fate file says, as the comments at the entry have it. */
function commentsFor({ index, drop, copies, hold, corrupt = null, delayUs = null }: FateLine): string[] {
  const told = [
    ...(drop === null ? [] : [`dropped: ${drop}`]),
    ...(copies === 0 ? [] : ['duplicated']),
    ...(hold === 0 ? [] : [`held for ${hold}`]),
    ...(corrupt === null ? [] : [`corrupted bit ${corrupt}`]),
    ...(delayUs === null || delayUs === 0 ? [] : [`delayed ${Number((delayUs / 1e3).toFixed(6))} ms`]),
  ];
  return told.length === 0 ? [] : [...told, `index ${index}`];
}

/** Bits by which two payloads of a size differ. */
function flippedBits(one: Buffer, other: Buffer): number[] {
  assert.is(one.length, other.length);
  return [...one].flatMap((byte, k) => {
    const different = byte ^ (other[k] as number);
    return [0, 1, 2, 3, 4, 5, 6, 7].flatMap((bit) => (((different >> bit) & 1) === 1 ? [8 * k + bit] : []));
  });
}

const SHOT = '010200000000000000';

test('losses, copies, holds and their order are those of the fate files, and the ledger is', async () => {
  const { dir, path } = await replay(
    '--drop-burst 10%,60% --duplicate 10% --reorder 20% --clients 3 --seed 7',
  );
  const { comment, packets } = readRunCapture(path);
  assert.match(comment, /^matchstream: seed 7; down: --drop-burst .* --reorder 20%.*; up: no impairment$/);
  const ledger = readRows(readFileSync(join(dir, 'report/ledger.csv'), 'utf8'));
  const streams = streamsIn(packets);
  assert.is(streams.length, 3);
  for (const [k, stream] of streams.entries()) {
    const fates = fatesOf(dir, k + 1);
    const entry = stream.filter((packet) => packet.at === 'entry' && countOf(packet) !== null);
    const exit = stream.filter((packet) => packet.at === 'exit' && countOf(packet) !== null);
    assert.equal(
      entry.map((packet) => [countOf(packet), ...packet.comments]),
      fates.map((fate) => [fate.index, ...commentsFor(fate)]),
    );
    for (const packet of entry)
      assert.is(packet.verdict, packet.comments[0]?.startsWith('dropped: ') === true ? SHOT : '');
    // What has left says the same of itself, but that a copy is one.
    for (const packet of exit) {
      const fate = fates[(countOf(packet) as number) - 1] as FateLine;
      const own = commentsFor({ ...fate, copies: 0 });
      const told = packet.comments.includes('copy')
        ? ['copy', ...(own.length === 0 ? [`index ${fate.index}`] : own)]
        : own;
      assert.equal(packet.comments, told);
      assert.is(packet.verdict, '');
    }
    const counts = (of: readonly CapturedPacket[], word: string): number =>
      of.filter(({ comments }) => comments.some((one) => one.startsWith(word))).length;
    const row = ledger.filter(({ flow }) => flow === `${k + 1}`)[0] as Record<string, string>;
    assert.equal([entry.length, counts(exit, 'copy'), counts(entry, 'dropped: '), exit.length].map(String), [
      row['sent'],
      row['duplicated'],
      row['dropped'],
      row['delivered'],
    ]);
    assert.ok(
      counts(exit, 'held for ') > 2 && counts(exit, 'copy') > 0 && counts(entry, 'dropped: burst') > 0,
    );
    // A held datagram leaves when as many as its distance that are neither held nor lost have passed.
    const order = exit
      .filter(({ comments }) => !comments.includes('copy'))
      .map((packet) => countOf(packet) as number);
    for (const [place, count] of order.entries()) {
      const { hold } = fates[count - 1] as FateLine;
      const overtakers = order
        .slice(0, place)
        .filter((other) => other > count && (fates[other - 1] as FateLine).hold === 0);
      if (hold === 0) assert.is(overtakers.length, 0);
      else
        assert.ok(
          overtakers.length === hold ||
            overtakers.length ===
              fates.slice(count).filter((one) => one.drop === null && one.hold === 0).length,
        );
    }
  }
});

test('delays are those of the fate files, to the nanosecond', async () => {
  const { dir, path } = await replay('--delay 30ms --jitter 20ms --clients 2 --seed 3');
  const { packets } = readRunCapture(path);
  for (const [k, stream] of streamsIn(packets).entries()) {
    const fates = fatesOf(dir, k + 1);
    const arrived = new Map<number, number>();
    let seen = 0;
    for (const packet of stream) {
      const count = countOf(packet);
      if (count === null) continue;
      assert.equal(packet.comments, commentsFor(fates[count - 1] as FateLine));
      if (packet.at === 'entry') arrived.set(count, packet.timeNs);
      else {
        const delayNs = packet.timeNs - (arrived.get(count) as number);
        const scheduledNs = ((fates[count - 1] as FateLine).delayUs as number) * 1e3;
        assert.ok(Math.abs(delayNs - scheduledNs) <= 1, `${count}: ${delayNs}, not ${scheduledNs}`);
        seen += 1;
      }
    }
    assert.is(seen, fates.length);
  }
});

test('the flipped bit is the one that the fate file names, and only the exit has it', async () => {
  const { dir, path } = await replay('--corrupt 20% --duplicate 20% --clients 1 --seed 5', CHECKED);
  const [stream = []] = streamsIn(readRunCapture(path).packets);
  const fates = fatesOf(dir, 1);
  const entry = stream.filter((packet) => packet.at === 'entry' && countOf(packet) !== null);
  assert.is(entry.length, fates.length);
  let corrupted = 0;
  for (const { payload, comments } of stream.filter(({ at }) => at === 'exit')) {
    const bit = comments.flatMap((one) => /^corrupted bit (\d+)$/.exec(one)?.[1] ?? []).map(Number);
    const index = comments.flatMap((one) => /^index (\d+)$/.exec(one)?.[1] ?? []).map(Number)[0];
    if (index === undefined) continue;
    const before = entry[index - 1] as CapturedPacket;
    assert.equal(flippedBits(before.payload, payload), bit);
    const { corrupt } = fates[index - 1] as FateLine;
    assert.equal(bit, corrupt === null || corrupt === undefined ? [] : [corrupt]);
    corrupted += bit.length;
  }
  assert.ok(corrupted > 5, `${corrupted}`);
});

test('what the full queue of a link drops stands at the exit, with a verdict', async () => {
  const { dir, path } = await replay(
    '--rate 100kbit --queue 2 --duplicate 20% --delay 5ms --clients 2 --seed 3',
  );
  const { packets } = readRunCapture(path);
  for (const [k, stream] of streamsIn(packets).entries()) {
    const dropped = new Map<number, number>();
    for (const packet of stream.filter(({ verdict }) => verdict !== '')) {
      assert.equal([packet.at, packet.verdict, packet.comments[0]], ['exit', SHOT, 'dropped: queue']);
      const count = countOf(packet) as number;
      dropped.set(count, (dropped.get(count) ?? 0) + 1);
    }
    const fates = fatesOf(dir, k + 1);
    assert.equal(
      fates.map(({ index }) => dropped.get(index) ?? 0),
      fates.map(({ queueDropped }) => queueDropped),
    );
    assert.ok(dropped.size > 5);
    const left = stream.filter(
      (packet) => packet.at === 'exit' && packet.verdict === '' && countOf(packet) !== null,
    );
    const [row] = readRows(readFileSync(join(dir, 'report/ledger.csv'), 'utf8')).filter(
      ({ flow }) => flow === `${k + 1}`,
    );
    assert.is(`${left.length}`, row?.['delivered']);
  }
});

test('times never go back, and twice gives the same bytes', async () => {
  const options =
    '--drop 5% --duplicate 5% --reorder 10% --delay 20ms --jitter 15ms --rate 1mbit --queue 20 --clients 3 --seed 9';
  const [one, other] = [await replay(options), await replay(options)];
  const bytes = readFileSync(one.path);
  assert.ok(bytes.equals(readFileSync(other.path)));
  const times = readRunCapture(one.path).packets.map(({ timeNs }) => timeNs);
  assert.equal(
    times,
    times.toSorted((a, b) => a - b),
  );
  assert.is(times[0], 0);
});

test('read as a recording it has what came in', async () => {
  const { path } = await replay('--drop 30% --duplicate 30% --clients 2 --seed 1');
  const { packets } = readRunCapture(path);
  const recording = await openRecording(path);
  let frames = 0;
  for await (const batch of recording.batches()) frames += batch.count;
  assert.is(frames, packets.filter(({ at }) => at === 'entry').length);
  const left = packets.length - frames;
  assert.ok(
    recording
      .notes()
      .includes(`packets left out: ${left} at the exit of a captured run: what came in is read`),
    recording.notes().join('; '),
  );
});

test.run();
