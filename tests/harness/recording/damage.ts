/**
 * Damages files, bits flipped and ends cut, and expects each to be read to its end or refused in one line, in bounded
 * memory.
 */
import { ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { randomStream } from '../../../src/base/random.ts';
import { UsageError } from '../../../src/base/errors.ts';
import { roundsOf } from '../../runner/rounds.ts';

const ROUNDS = roundsOf(100);
/** What a process may grow by, whatever it is given. */
const MAX_GROWTH_MIB = 192;
const folder = mkdtempSync(join(tmpdir(), 'matchstream-damaged-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'given');
// Written over in place: a file that is emptied and written again goes to the disk each time.
const file = openSync(path, 'w');

/** Reads a file whole; returns the number of datagrams, and the lines it says about them. */
export type Read = (
  path: string,
  recover: boolean,
) => Promise<{ readonly datagrams: number; readonly notes: readonly string[] }>;

/** The number of datagrams, or the refusal's message. */
async function outcomeOf(bytes: Uint8Array, read: Read, recover: boolean): Promise<number | string> {
  writeSync(file, bytes, 0, bytes.length, 0);
  ftruncateSync(file, bytes.length);
  try {
    const { datagrams, notes } = await read(path, recover);
    assert.ok(notes.every((note) => !note.includes('\n')));
    return datagrams;
  } catch (cause) {
    assert.instance(cause, UsageError, String((cause as Error).stack));
    return (cause as UsageError).message;
  }
}

/**
 * Reads a sound file in damaged copies: every other one whole with flipped bits, every other one cut.
 * @param bytesPerDatagram the fewest bytes of the file that make a datagram, whatever is flipped
 * @param share of the rounds
 */
export async function expectBounds(
  name: string,
  sound: Uint8Array,
  read: Read,
  bytesPerDatagram: number,
  share = 1,
): Promise<void> {
  const rounds = Math.ceil(ROUNDS * share);
  const whole = await outcomeOf(sound, read, false);
  assert.type(whole, 'number', String(whole));
  const random = randomStream(`damaged/${name}`);
  const beforeBytes = process.memoryUsage.rss();
  let refused = 0;
  for (let round = 0; round < rounds; round += 1) {
    const isCut = round % 2 === 1;
    const bytes = Uint8Array.from(
      sound.subarray(0, isCut ? Math.floor(random.draw() * sound.length) : sound.length),
    );
    const flips = isCut ? Math.floor(random.draw() * 2) : 1 + Math.floor(random.draw() * 3);
    for (let flip = 0; flip < flips && bytes.length > 0; flip += 1) {
      const at = Math.floor(random.draw() * bytes.length);
      bytes[at] = (bytes[at] as number) ^ (1 << Math.floor(random.draw() * 8));
    }
    for (const recover of [false, true]) {
      const outcome = await outcomeOf(bytes, read, recover);
      if (typeof outcome === 'number') {
        assert.ok(outcome <= sound.length / bytesPerDatagram, `${outcome} datagrams`);
        continue;
      }
      refused += 1;
      assert.not.match(outcome, /\n/);
      assert.ok(outcome.length < 600, outcome);
    }
  }
  // Otherwise nothing was damaged.
  assert.ok(refused > rounds / 10, `${refused} of ${rounds}`);
  const grownMiB = (process.memoryUsage.rss() - beforeBytes) / 2 ** 20;
  assert.ok(grownMiB < MAX_GROWTH_MIB, `${grownMiB} MiB`);
}
