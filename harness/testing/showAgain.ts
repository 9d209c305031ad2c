/**
 * The command that puts the same network before a server again.
 */
import { quoteWord } from '../../src/base/shellWord.ts';
import { formatHostPort } from '../../src/base/quantities.ts';
import type { Impairment } from '../impairment/impairment.ts';
import { formatKnobs } from '../impairment/knobs.ts';
import type { Direction } from '../impairment/schedule.ts';
import type { LossySettings } from './lossyOptions.ts';

/** Lines to type; both directions with different knobs need a scenario file, which is shown first. */
export function showAgain({ upstream, protocol, impairment }: LossySettings): string[] {
  const words = ['npx', 'matchstream', 'proxy', '--upstream', formatHostPort(upstream.host, upstream.port)];
  words.push('--protocol', protocol.text, '--seed', impairment.seed);
  return withKnobs(words, impairment);
}

/** The same for a network that changed. @param journal where its journal is; null as long as it is in memory alone */
export function showTimeline(
  { upstream, protocol }: Pick<LossySettings, 'upstream' | 'protocol'>,
  journal: string | null,
): string[] {
  const words = ['npx', 'matchstream', 'proxy', '--upstream', formatHostPort(upstream.host, upstream.port)];
  words.push('--protocol', protocol.text, '--timeline', journal ?? 'FILE');
  const line = words.map(quoteWord).join(' ');
  return journal === null
    ? [line, 'with in FILE the lines of proxy.journal: report(folder) writes them as folder/epochs.jsonl']
    : [line];
}

/** A command with the impairment's knobs behind it. */
export function withKnobs(words: readonly string[], { down, up }: Impairment): string[] {
  const knobs: Readonly<Record<Direction, string>> = { down: formatKnobs(down), up: formatKnobs(up) };
  const isBoth = knobs.down === knobs.up && knobs.down !== '';
  const isOne = knobs.down === '' || knobs.up === '';
  if (!isBoth && !isOne)
    return [
      `${words.map(quoteWord).join(' ')} --scenario FILE`,
      `with in FILE the settings of ${knobs.down} down, and of ${knobs.up} up`,
    ];
  const flags = (knobs.down === '' ? knobs.up : knobs.down).split(' ').filter((word) => word !== '');
  if (isBoth) flags.push('--direction', 'both');
  else if (knobs.up !== '') flags.push('--direction', 'up');
  return [[...words, ...flags].map(quoteWord).join(' ')];
}
