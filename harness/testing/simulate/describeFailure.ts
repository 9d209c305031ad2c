/**
 * What is said of a seed with which a test fails.
 */
import { counted } from '../../../src/base/figures.ts';
import { quoteWord } from '../../../src/base/shellWord.ts';
import type { StageName } from '../../shrink/shrink.ts';
import { pathsCode } from './showCode.ts';
import type { SeedEvent, ShrunkSeed } from './shrinkSeed.ts';

/** Events that are named. */
const NAMED = 20;

/**
 * @param about `found` is what is left of it; null where nothing smaller was looked for or found, `not again` where it did not fail
 *   the second time
 */
export function describeFailure(about: {
  readonly seed: string;
  readonly cause: unknown;
  readonly found: ShrunkSeed | 'not again' | null;
}): string {
  const { seed, cause, found } = about;
  const lines = [`it fails with seed ${JSON.stringify(seed)}: ${textOf(cause)}`];
  if (found === 'not again')
    lines.push(
      'run again with the same seed, it did not fail: something else than the seed decides, such as a clock, Math.random, or a state that stays from run to run',
    );
  else if (found !== null) lines.push(...describeShrunk(seed, found));
  return [...lines, `this seed alone: MATCHSTREAM_SEED=${quoteWord(seed)} before the test's command`].join(
    '\n',
  );
}

const textOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

function describeShrunk(seed: string, { events, stages, paths, isMinimal, runs }: ShrunkSeed): string[] {
  const isOne = paths.length === 1;
  const parts = [
    ...(events.length === 0 ? [] : [`${counted(events.length, 'event')} of the network`]),
    ...stages.map((stage) => STAGE_TEXTS[stage]),
  ];
  const what = parts.length === 0 ? 'no impairment is needed' : `it takes no more than ${listed(parts)}`;
  const maybe = isMinimal ? '' : '; perhaps less, for there were no more runs';
  return [
    `${what} (found in ${counted(runs, 'run')}${maybe})${events.length === 0 ? '' : ':'}`,
    ...events.slice(0, NAMED).map((event) => `  ${describeEvent(event, isOne)}`),
    ...(events.length > NAMED ? [`  and ${events.length - NAMED} more`] : []),
    'the same again:',
    ...paths.map((one, k) => `  ${pathsCode(seed, one)}${isOne ? '' : ` as simulation ${k + 1}`}`),
  ];
}

const STAGE_TEXTS: Readonly<Record<StageName, string>> = {
  delay: 'its delay',
  rate: 'its rate',
  corruptRatio: 'its corruption',
  dropAfterBytes: 'its limit of bytes',
  mtuBytes: 'its MTU',
  spare: 'what it spares',
};

const listed = (parts: readonly string[]): string =>
  parts.length === 1 ? (parts[0] as string) : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;

function describeEvent(event: SeedEvent, isOne: boolean): string {
  const name = `${isOne ? '' : `simulation ${event.simulation}, `}${event.path} no. ${event.index}`;
  if (event.kind === 'drop') return `${name} is lost`;
  if (event.kind === 'copy') return `${name} comes twice`;
  return `${name} is held until ${event.distance} later ${event.distance === 1 ? 'one has' : 'ones have'} passed`;
}
