/**
 * Named network conditions: settings with a one-sentence description, and what to expect of them.
 *
 * The figures are typical, not measured on one network; docs/impairment.md names their sources. The stated loss is that of the
 * loss model: what comes in an outage, or finds the queue of a limited rate full, is lost besides. All keep order in the delay
 * stage, as a path of queues does, so only `reorder` reorders. The stated delays are the drawn ones; if datagrams follow each other faster than the jitter, keeping order
 * makes fast ones wait for slow ones, and the measured delays are longer.
 */
import { UsageError } from '../../src/base/errors.ts';
import { isNear } from '../../src/base/near.ts';
import type { ImpairmentConfig } from './config.ts';
import { readKnobs } from './knobs.ts';
import type { Knobs } from './knobs.ts';

export interface Preset {
  readonly name: string;
  readonly sentence: string;
  /** As a user would write them; for one direction. */
  readonly knobs: Knobs;
  readonly config: ImpairmentConfig;
  /** Stated here, and tested against the closed forms. */
  readonly expected: {
    readonly lossRatio: number;
    /** Mean run of consecutive losses, datagrams. */
    readonly lossRun: number;
    readonly reorderedRatio: number;
    readonly delayP50Ms: number;
    readonly delayP99Ms: number;
    /** Share of the time in which everything is lost, again and again. */
    readonly outageRatio: number;
    /** Payload bits a second; null: not limited. */
    readonly rateBps: number | null;
  };
}

type Stated = Omit<Preset['expected'], 'outageRatio' | 'rateBps'> & Partial<Preset['expected']>;

const preset = (name: string, sentence: string, knobs: Knobs, stated: Stated): Preset => ({
  name,
  sentence,
  knobs,
  config: readKnobs(knobs),
  expected: { outageRatio: 0, rateBps: null, ...stated },
});

export const PRESETS: readonly Preset[] = [
  preset(
    'wifi',
    'Wi-Fi at home with a good signal: short delays with a tail, a rare loss, seldom two in a row.',
    { dropBurst: '0.1%,60%', delay: '3ms', jitter: '1ms', distribution: 'paretonormal', keepOrder: true },
    { lossRatio: 0.00166, lossRun: 1.67, reorderedRatio: 0, delayP50Ms: 2.76, delayP99Ms: 6.58 },
  ),
  preset(
    'lossy-wifi',
    'Wi-Fi at the edge of its range: losses in bursts, delays that vary as frames are sent again.',
    {
      dropBurst: '1.5%,30%',
      duplicate: '0.1%',
      delay: '10ms',
      jitter: '6ms',
      distribution: 'paretonormal',
      keepOrder: true,
    },
    { lossRatio: 0.0476, lossRun: 3.33, reorderedRatio: 0, delayP50Ms: 8.56, delayP99Ms: 31.5 },
  ),
  preset(
    '4g',
    'A phone on a 4G network while moving: moderate delay and jitter, short bursts of loss.',
    { dropBurst: '0.2%,40%', delay: '35ms', jitter: '8ms', distribution: 'normal', keepOrder: true },
    { lossRatio: 0.00498, lossRun: 2.5, reorderedRatio: 0, delayP50Ms: 35, delayP99Ms: 53.6 },
  ),
  preset(
    'satellite',
    'A geostationary satellite: more than a quarter of a second one way, steady, with fades that lose a few in a row.',
    { dropBurst: '0.1%,20%', delay: '280ms', jitter: '4ms', distribution: 'normal', keepOrder: true },
    { lossRatio: 0.00498, lossRun: 5, reorderedRatio: 0, delayP50Ms: 280, delayP99Ms: 289.3 },
  ),
  preset(
    'congested',
    'A path through an overloaded queue: long, heavy-tailed delays and long bursts of loss.',
    { dropBurst: '1%,15%', delay: '80ms', jitter: '30ms', distribution: 'pareto', keepOrder: true },
    { lossRatio: 0.0625, lossRun: 6.67, reorderedRatio: 0, delayP50Ms: 70.4, delayP99Ms: 200 },
  ),
  preset(
    'transatlantic',
    'A wired path between Europe and North America: steady delay, a stray loss, a little reordering.',
    {
      drop: '0.05%',
      reorder: '0.1%',
      reorderDistance: '1..3',
      delay: '40ms',
      jitter: '500us',
      distribution: 'normal',
      keepOrder: true,
    },
    { lossRatio: 0.0005, lossRun: 1, reorderedRatio: 0.001, delayP50Ms: 40, delayP99Ms: 41.2 },
  ),
  preset(
    '3g',
    'A phone on a 3G network: less than a megabit a second, a tenth of a second one way, a rare loss.',
    {
      rate: '780kbit',
      queue: '500ms',
      dropBurst: '0.2%,50%',
      delay: '100ms',
      jitter: '20ms',
      distribution: 'normal',
      keepOrder: true,
    },
    {
      lossRatio: 0.00398,
      lossRun: 2,
      reorderedRatio: 0,
      delayP50Ms: 100,
      delayP99Ms: 146.6,
      rateBps: 780_000,
    },
  ),
  preset(
    'edge',
    'A phone on an EDGE network: a quarter of a megabit a second, almost half a second one way, losses in pairs.',
    {
      rate: '240kbit',
      queue: '1s',
      dropBurst: '0.5%,50%',
      delay: '400ms',
      jitter: '60ms',
      distribution: 'normal',
      keepOrder: true,
    },
    {
      lossRatio: 0.0099,
      lossRun: 2,
      reorderedRatio: 0,
      delayP50Ms: 400,
      delayP99Ms: 539.8,
      rateBps: 240_000,
    },
  ),
  preset(
    'starlink',
    'Satellites in a low orbit: short delays, a stray loss, and nothing for a moment every 15 seconds, at a handover.',
    {
      outage: '14930ms..15070ms/15s',
      dropBurst: '0.2%,50%',
      delay: '22ms',
      jitter: '4ms',
      distribution: 'paretonormal',
      keepOrder: true,
    },
    {
      lossRatio: 0.00398,
      lossRun: 2,
      reorderedRatio: 0,
      delayP50Ms: 21.04,
      delayP99Ms: 36.3,
      outageRatio: 0.00933,
    },
  ),
  preset(
    'voip-bad',
    'A call that people complain about: a quarter of a second one way, losses in bursts, a little reordering.',
    {
      dropBurst: '2%,40%',
      duplicate: '0.1%',
      reorder: '0.5%',
      delay: '250ms',
      jitter: '30ms',
      distribution: 'normal',
      keepOrder: true,
    },
    { lossRatio: 0.0476, lossRun: 2.5, reorderedRatio: 0.005, delayP50Ms: 250, delayP99Ms: 319.9 },
  ),
  preset(
    'bufferbloat',
    'A slow uplink behind a modem that keeps a second of it: short delays, until somebody sends as much as it takes.',
    { rate: '1mbit', queue: '1s', delay: '15ms', jitter: '1ms', distribution: 'normal', keepOrder: true },
    { lossRatio: 0, lossRun: 0, reorderedRatio: 0, delayP50Ms: 15, delayP99Ms: 17.3, rateBps: 1_000_000 },
  ),
  preset(
    'conference-wifi',
    'Wi-Fi in a full hall: too many stations on the air, so frames are sent again and again, and some in a row are lost.',
    {
      dropBurst: '1%,25%',
      duplicate: '0.2%',
      delay: '20ms',
      jitter: '15ms',
      distribution: 'pareto',
      keepOrder: true,
    },
    { lossRatio: 0.0385, lossRun: 4, reorderedRatio: 0, delayP50Ms: 15.2, delayP99Ms: 80 },
  ),
];

/** The preset that an unknown name may mean, as the end of a message; empty if unknown. */
export function nearPreset(name: string): string {
  // A name of two letters is too short for a misspelling to be recognised.
  const near = PRESETS.find((one) => one.name.length > 2 && isNear(one.name, name.toLowerCase()));
  return near === undefined ? '' : `; did you mean ${near.name}?`;
}

/**
 * The preset of that name.
 * @throws UsageError listing the presets
 */
export function findPreset(name: string, option = '--preset'): Preset {
  const found = PRESETS.find((candidate) => candidate.name === name);
  if (found === undefined) {
    const names = PRESETS.map((one) => one.name).join(', ');
    throw new UsageError('unknown-choice', option, `expected ${names}, got "${name}"${nearPreset(name)}`);
  }
  return found;
}
