/**
 * The shell command that repeats a shrunk failure.
 */
import { formatDurationNs, formatSizeBytes } from '../../src/base/quantities.ts';
import { quoteWord } from '../../src/base/shellWord.ts';
import { UNIMPAIRED } from '../impairment/impairment.ts';
import { formatKnobs } from '../impairment/knobs.ts';
import { matchstream } from '../protocols/matchstream.ts';
import type { Protocol } from '../protocols/protocol.ts';
import { REPLAY_DEFAULTS } from '../runs/replayPlan.ts';
import type { ReplayPlan } from '../runs/replayPlan.ts';

/** What decides whether a replay failed. */
export type Judge =
  | { readonly kind: 'expect'; readonly expression: string }
  | {
      readonly kind: 'exec';
      readonly command: string;
      readonly timeoutNs: number;
      readonly protocol: Protocol;
    };

/** Defaults for a user's own command. */
export const EXEC_DEFAULTS: { readonly timeoutNs: number; readonly protocol: Protocol } = {
  timeoutNs: 30e9,
  protocol: matchstream,
};

/**
 * One line. Options with default values are left out, and so is the seed if nothing is drawn.
 * @param plan how the recording was replayed
 */
export function reproduceCommand(plan: ReplayPlan, judge: Judge): string {
  const { path, impairment, intervalNs, speed, tmaxNs, flow, recover } = { ...REPLAY_DEFAULTS, ...plan };
  const { seed, down, holdMaxNs, delayMemoryBytes } = impairment;
  const words = ['matchstream', 'replay', path.startsWith('-') ? `./${path}` : path];
  const knobs = formatKnobs(down);
  if (knobs !== '') words.push(...knobs.split(' '));
  if (down.corruptRatio > 0 || (down.delay?.jitterNs ?? 0) > 0) words.push('--seed', seed);
  if (intervalNs !== null) words.push('--interval', formatDurationNs(intervalNs));
  if (speed !== REPLAY_DEFAULTS.speed) words.push('--speed', String(speed));
  if (tmaxNs !== REPLAY_DEFAULTS.tmaxNs) words.push('--tmax', formatDurationNs(tmaxNs));
  if (holdMaxNs !== UNIMPAIRED.holdMaxNs) words.push('--hold-max', formatDurationNs(holdMaxNs));
  if (delayMemoryBytes !== UNIMPAIRED.delayMemoryBytes)
    words.push('--delay-memory', formatSizeBytes(delayMemoryBytes));
  if (flow !== REPLAY_DEFAULTS.flow) words.push('--flow', String(flow));
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
