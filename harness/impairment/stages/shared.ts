/**
 * Shared: one link and one outage for all flows of a direction. By default each flow has its own.
 *
 * It decides no fate. The proxy's flows meet at the link (sharedLink.ts), and the outage goes by one clock for all.
 */
import type { Stage } from './stage.ts';
import { refuse } from './stage.ts';

export interface SharedFields {
  /** Whether all flows of the direction share the link of `rate` and the time of `outages`. */
  readonly shared: boolean;
}

export const shared: Stage = {
  knobs: [
    {
      name: 'shared',
      flags: '--shared',
      description:
        '--rate, --queue and --outage are one link for all flows of a direction (default: one each)',
    },
  ],
  kinds: { shared: ['true or false', (value) => typeof value === 'boolean'] },
  off: { shared: false },
  // The link belongs to the stream, and so does an outage.
  actsOnControl: false,
  read: (given) => {
    given.needs('shared', ['rate', 'rateTrace', 'outage']);
    return { shared: given.isOn('shared') };
  },
  check: ({ shared: isShared }, nameOf) => {
    if (typeof isShared !== 'boolean') refuse(nameOf('shared'), 'true or false', isShared);
  },
  format: ({ shared: isShared }) => (isShared ? ['--shared'] : []),
};
