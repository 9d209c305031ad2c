/**
 * The command that repeats a shrunk failure, as it is typed into a shell.
 *
 * Pure.
 */
import { escaped } from '../../src/base/escape.ts';
import { formatDurationNs } from '../../src/base/quantities.ts';
import { UNIMPAIRED } from '../impairment/impairment.ts';
import { formatKnobs } from '../impairment/knobs.ts';
import { matchstream } from '../protocols/matchstream.ts';
import type { Protocol } from '../protocols/protocol.ts';
import { REPLAY_DEFAULTS } from '../runs/replayPlan.ts';
import type { ReplayPlan } from '../runs/replayPlan.ts';

/** What says whether a replay failed. */
export type Judge =
  | { readonly kind: 'expect'; readonly expression: string }
  | {
      readonly kind: 'exec';
      readonly command: string;
      readonly timeoutNs: number;
      readonly protocol: Protocol;
    };

/**
 * A word that a shell reads as it is. One that would not be printed as it is, for what it would do to a terminal, is
 * written byte by byte in `$'…'` (POSIX 2024; bash, zsh, ksh), so that the line can be copied from the terminal all the same.
 */
export function quoteWord(word: string): string {
  if (/^[\w.,:=@%+/-]+$/.test(word)) return word;
  if (escaped(word) === word) return `'${word.replaceAll("'", String.raw`'\''`)}'`;
  const bytes = Array.from(Buffer.from(word), (byte) =>
    byte < 0x20 || byte > 0x7e || byte === QUOTE || byte === BACKSLASH
      ? `\\${byte.toString(8).padStart(3, '0')}`
      : String.fromCharCode(byte),
  );
  return `$'${bytes.join('')}'`;
}

const QUOTE = 0x27;
const BACKSLASH = 0x5c;

/** What a command of the user's own has where it is not told. */
export const EXEC_DEFAULTS: { readonly timeoutNs: number; readonly protocol: Protocol } = {
  timeoutNs: 30e9,
  protocol: matchstream,
};

/**
 * One line. Options that have their defaults are left out, and so is the seed where nothing is drawn any more.
 * @param plan how the recording was replayed
 */
export function reproduceCommand(plan: ReplayPlan, judge: Judge): string {
  const { path, impairment, intervalNs, speed, tmaxNs, recover } = { ...REPLAY_DEFAULTS, ...plan };
  const { seed, down, holdMaxNs } = impairment;
  const words = ['matchstream', 'replay', path.startsWith('-') ? `./${path}` : path];
  const knobs = formatKnobs(down);
  if (knobs !== '') words.push(...knobs.split(' '));
  if (down.corruptRatio > 0 || (down.delay?.jitterNs ?? 0) > 0) words.push('--seed', seed);
  if (intervalNs !== null) words.push('--interval', formatDurationNs(intervalNs));
  if (speed !== REPLAY_DEFAULTS.speed) words.push('--speed', String(speed));
  if (tmaxNs !== REPLAY_DEFAULTS.tmaxNs) words.push('--tmax', formatDurationNs(tmaxNs));
  if (holdMaxNs !== UNIMPAIRED.holdMaxNs) words.push('--hold-max', formatDurationNs(holdMaxNs));
  if (recover) words.push('--recover');
  if (judge.kind === 'expect') {
    words.push('--clients', '1', '--clock', 'virtual', '--expect', judge.expression);
  } else {
    if (judge.timeoutNs !== EXEC_DEFAULTS.timeoutNs) {
      words.push('--exec-timeout', formatDurationNs(judge.timeoutNs));
    }
    const { text } = judge.protocol;
    if (text !== EXEC_DEFAULTS.protocol.text) words.push('--exec-protocol', text);
    words.push('--exec', judge.command);
  }
  return words.map(quoteWord).join(' ');
}
