/**
 * Rebind: from a time of the flow on, the server sees it from another port, as behind a NAT that has forgotten its mapping.
 *
 * It belongs to the flow, in whichever direction it is given: no datagram's fate depends on it. The proxy does it
 * (harness/proxy/ports/rebinding.ts).
 */
import { UsageError } from '../../../src/base/errors.ts';
import { formatDurationNs, readPositiveDurationNs } from '../../../src/base/quantities.ts';
import { refuse } from './stage.ts';
import type { Stage } from './stage.ts';

/** A move to another port. */
export interface RebindTime {
  /** Time since the flow's first datagram, nanoseconds, above 0. */
  readonly atNs: number;
}

export interface RebindFields {
  /** Rising, each once. */
  readonly rebinds: readonly RebindTime[];
}

function readRebinds(text: string, option: string): RebindTime[] {
  const times = text
    .split(',')
    .map((part) => readPositiveDurationNs(part, option))
    .toSorted((a, b) => a - b);
  const twice = times.find((timeNs, k) => timeNs === times[k - 1]);
  if (twice !== undefined)
    throw new UsageError(
      'repeated',
      option,
      `expected each time once, got ${formatDurationNs(twice)} twice; leave one out`,
    );
  return times.map((atNs) => ({ atNs }));
}

export const rebind: Stage = {
  knobs: [
    {
      name: 'rebind',
      flags: '--rebind <times>',
      description:
        'the server sees the flow from a new port from these times of it on, such as 30s,90s (default: never)',
    },
  ],
  kinds: { rebinds: ['a list of times', Array.isArray] },
  off: { rebinds: [] },
  actsOnControl: false,
  read: (given) => ({ rebinds: given.read<RebindTime[]>('rebind', readRebinds, []) }),
  check: ({ rebinds }, nameOf) => {
    let previousNs = 0;
    for (const { atNs } of rebinds) {
      if (!(Number.isSafeInteger(atNs) && atNs > previousNs))
        refuse(nameOf('rebind'), 'rising times above 0, whole nanoseconds', atNs);
      previousNs = atNs;
    }
  },
  format: ({ rebinds }) =>
    rebinds.length === 0 ? [] : [`--rebind ${rebinds.map(({ atNs }) => formatDurationNs(atNs)).join(',')}`],
};

/** The times of a flow, nanoseconds: those of all its settings, of either direction and any phase, each once, rising. */
export const rebindTimesNs = (settings: readonly RebindFields[]): readonly number[] =>
  [...new Set(settings.flatMap(({ rebinds }) => rebinds.map(({ atNs }) => atNs)))].toSorted((a, b) => a - b);
