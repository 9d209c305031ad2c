/**
 * The command that repeats a shrunk failure, as it is typed into a shell.
 *
 * Pure.
 */
import { escaped } from '../../src/base/escape.ts';
import { formatDurationNs } from '../../src/base/quantities.ts';
import type { ImpairmentConfig } from '../impairment/config.ts';
import { formatKnobs } from '../impairment/knobs.ts';

/** How the recording was replayed, and what judges it. */
export interface Reproduction {
  readonly path: string;
  readonly config: ImpairmentConfig;
  readonly seed: string;
  readonly intervalNs: number | null;
  readonly speed: number;
  readonly tmaxNs: number;
  readonly holdMaxNs: number;
  readonly recover: boolean;
  readonly judge:
    | { readonly kind: 'expect'; readonly expression: string }
    | {
        readonly kind: 'exec';
        readonly command: string;
        readonly timeoutNs: number;
        readonly protocol: string;
      };
}

/** What a command takes where an option is left out. */
export interface Defaults {
  readonly tmaxNs: number;
  readonly holdMaxNs: number;
  readonly execTimeoutNs: number;
  readonly execProtocol: string;
}

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

/** One line. Options that have their defaults are left out, and so is the seed where nothing is drawn any more. */
export function reproduceCommand(run: Reproduction, defaults: Defaults): string {
  const { config, judge } = run;
  const words = ['matchstream', 'replay', run.path.startsWith('-') ? `./${run.path}` : run.path];
  const knobs = formatKnobs(config);
  if (knobs !== '') words.push(...knobs.split(' '));
  if (config.corruptRatio > 0 || (config.delay?.jitterNs ?? 0) > 0) words.push('--seed', run.seed);
  if (run.intervalNs !== null) words.push('--interval', formatDurationNs(run.intervalNs));
  if (run.speed !== 1) words.push('--speed', String(run.speed));
  if (run.tmaxNs !== defaults.tmaxNs) words.push('--tmax', formatDurationNs(run.tmaxNs));
  if (run.holdMaxNs !== defaults.holdMaxNs) words.push('--hold-max', formatDurationNs(run.holdMaxNs));
  if (run.recover) words.push('--recover');
  if (judge.kind === 'expect') {
    words.push('--clients', '1', '--clock', 'virtual', '--expect', judge.expression);
  } else {
    if (judge.timeoutNs !== defaults.execTimeoutNs) {
      words.push('--exec-timeout', formatDurationNs(judge.timeoutNs));
    }
    if (judge.protocol !== defaults.execProtocol) words.push('--exec-protocol', judge.protocol);
    words.push('--exec', judge.command);
  }
  return words.map(quoteWord).join(' ');
}
