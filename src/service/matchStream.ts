/**
 * Makes the stream of a match from a command's options. It reads the squads file and draws a seed.
 */
import { randomBytes } from 'node:crypto';
import * as check from '../base/arguments.ts';
import type { Checks } from '../base/arguments.ts';
import { UsageError } from '../base/errors.ts';
import { readSmallFile } from '../files/inputs.ts';
import type { Language } from '../match/phrases.ts';
import { parseSquads } from '../match/squads.ts';
import type { Squads } from '../match/squads.ts';
import { MAX_DATAGRAM_BYTES } from '../net/batch.ts';
import { MatchSource } from '../stream/matchSource.ts';

/** The options of a command for its stream; `squads` is the path of a file. */
export interface MatchStreamOptions {
  readonly seed: string;
  /** Nanoseconds. */
  readonly interval: number;
  readonly matches?: number | undefined;
  readonly messages?: number | undefined;
  readonly datagramSize?: number | undefined;
  readonly squads?: string | undefined;
  readonly language: Language;
  readonly check: boolean;
}

/** The check of each option. */
export const MATCH_CHECKS: Checks<MatchStreamOptions> = {
  seed: check.text,
  interval: check.timeNs,
  matches: check.optional(check.whole(0)),
  messages: check.optional(check.whole(1)),
  datagramSize: check.optional(check.whole(1, MAX_DATAGRAM_BYTES)),
  squads: check.optional(check.path),
  language: check.oneOf('en', 'pt'),
  check: check.flag,
};
/** Far more than a squads file needs: its names take a few hundred bytes. */
const MAX_SQUADS_BYTES = 2 ** 20;

/** A random seed for a run without one: short enough to type. */
export const drawSeed = (): string => randomBytes(4).toString('hex');

/** @throws UsageError for a file that cannot be read or has no valid squads */
export function readSquadsFile(path: string): Squads {
  const text = readSmallFile(path, MAX_SQUADS_BYTES);
  if (!text.ok)
    throw new UsageError(
      'file-unreadable',
      `--squads ${path}`,
      `expected a readable file, got ${text.reason}`,
    );
  const squads = parseSquads(text.value);
  if (!squads.ok) throw new UsageError('file-format', `--squads ${path}`, squads.reason);
  return squads.value;
}

export function matchSource(options: MatchStreamOptions): MatchSource {
  const { seed, interval, matches, messages, datagramSize, squads, language } = options;
  return new MatchSource({
    seed,
    intervalNs: interval,
    phrases: language,
    check: options.check,
    ...(matches !== undefined && { matches }),
    ...(messages !== undefined && { messages }),
    ...(datagramSize !== undefined && { datagramSizeBytes: datagramSize }),
    ...(squads !== undefined && { squads: readSquadsFile(squads) }),
  });
}
