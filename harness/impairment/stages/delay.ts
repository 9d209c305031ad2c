/**
 * Delay: every datagram is delayed by a constant and a drawn part. distributions.ts has the distributions.
 */
import { isObject } from '../../../src/base/arguments.ts';
import { UsageError } from '../../../src/base/errors.ts';
import { formatDurationNs, readDurationNs } from '../../../src/base/quantities.ts';
import { delayForDrawNs } from '../distributions.ts';
import { isCount, orNull, refuse } from './stage.ts';
import type { Stage } from './stage.ts';

export type Distribution = 'uniform' | 'normal' | 'pareto' | 'paretonormal';

export interface DelaySettings {
  readonly delayNs: number;
  /** One unit of the distribution, nanoseconds; for `uniform` the largest deviation from the delay. */
  readonly jitterNs: number;
  readonly distribution: Distribution;
  /** No datagram leaves before one that arrived earlier. */
  readonly keepOrder: boolean;
}

export interface DelayFields {
  readonly delay: DelaySettings | null;
}

const DISTRIBUTIONS: readonly Distribution[] = ['uniform', 'normal', 'pareto', 'paretonormal'];

function readDistribution(text: string, option: string): Distribution {
  const found = DISTRIBUTIONS.find((name) => name === text.trim());
  if (found === undefined)
    throw new UsageError('unknown-choice', option, `expected ${DISTRIBUTIONS.join(', ')}, got "${text}"`);
  return found;
}

const NO_DRAWS = new Float64Array(0);

export const delay: Stage = {
  knobs: [
    {
      name: 'delay',
      flags: '--delay <duration>',
      description: 'delay every datagram, such as 20ms (default: 0)',
    },
    {
      name: 'jitter',
      flags: '--jitter <duration>',
      description: 'vary the delay by this much times the distribution, such as 5ms (default: 0)',
    },
    {
      name: 'distribution',
      flags: '--distribution <name>',
      description: `shape of the jitter: ${DISTRIBUTIONS.join(', ')} (default: uniform)`,
    },
    {
      name: 'keepOrder',
      flags: '--keep-order',
      description: 'no datagram overtakes another by its delay (default: the delay alone decides)',
    },
  ],
  kinds: { delay: orNull('a delay', isObject) },
  off: { delay: null },
  actsOnControl: true,
  read: (given) => {
    const keepOrder = given.isOn('keepOrder');
    given.needs('distribution', ['jitter']);
    given.needs('keepOrder', ['delay', 'jitter']);
    const settings: DelaySettings = {
      delayNs: given.read('delay', readDurationNs, 0),
      jitterNs: given.read('jitter', readDurationNs, 0),
      distribution: given.read<Distribution>('distribution', readDistribution, 'uniform'),
      keepOrder,
    };
    return { delay: given.isGiven('delay') || given.isGiven('jitter') ? settings : null };
  },
  check: ({ delay: settings }, nameOf) => {
    if (settings === null) return;
    const { delayNs, jitterNs, distribution, keepOrder } = settings;
    if (typeof keepOrder !== 'boolean') refuse(nameOf('keepOrder'), 'true or false', keepOrder);
    if (!isCount(delayNs, 0, Number.MAX_SAFE_INTEGER)) refuse(nameOf('delay'), 'whole nanoseconds', delayNs);
    if (!isCount(jitterNs, 0, Number.MAX_SAFE_INTEGER))
      refuse(nameOf('jitter'), 'whole nanoseconds', jitterNs);
    if (!DISTRIBUTIONS.includes(distribution)) {
      refuse(nameOf('distribution'), DISTRIBUTIONS.join(', '), distribution);
    }
  },
  format: ({ delay: settings }) => {
    if (settings === null) return [];
    const { delayNs, jitterNs, distribution, keepOrder } = settings;
    const varies = jitterNs > 0 || distribution !== 'uniform';
    return [
      `--delay ${formatDurationNs(delayNs)}`,
      ...(varies ? [`--jitter ${formatDurationNs(jitterNs)}`, `--distribution ${distribution}`] : []),
      ...(keepOrder ? ['--keep-order'] : []),
    ];
  },
  columns: ({ delay: settings }) => (settings === null ? [] : ['delayNs']),
  decisions: ({ delay: settings }) => (settings !== null && settings.jitterNs > 0 ? ['delay'] : []),
  decide: ({ delay: settings }, { rows, base, dropCause, delayNs, draws }) => {
    if (settings === null) return 0;
    const drawn = settings.jitterNs > 0 ? draws('delay') : NO_DRAWS;
    for (let k = 0; k < rows; k += 1)
      delayNs[base + k] = dropCause[base + k] === 0 ? delayForDrawNs(settings, drawn[k] ?? 0) : 0;
    return 0;
  },
};
