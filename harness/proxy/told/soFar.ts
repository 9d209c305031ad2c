/**
 * What a running proxy has done so far, for whoever looks at its progress.
 *
 * It reads counters that are kept anyway, and the kernel's of the open ports.
 */
import type { Reading } from '../../../src/base/progress.ts';
import { noFlows } from '../flows/closedFlows.ts';
import { droppedTotal } from '../path/counters.ts';
import type { DirectionCounters } from '../path/counters.ts';
import type { DropSums } from '../ports/dropSums.ts';
import type { ProxyEndpoint } from '../proxyEndpoint.ts';

/** Of more open flows, only the listening ports' drops are read. */
const MAX_ASKED = 1024;

const arrived = ({ arrived: indexed, control, unindexed }: DirectionCounters): number =>
  indexed + control + unindexed;

/** @param listening the number of listening ports */
export function soFarOf(
  endpoint: Pick<ProxyEndpoint, 'addUp'>,
  listening: number,
  drops: Pick<DropSums, 'ofPort' | 'ofListening'>,
): Reading {
  const total = noFlows(false);
  const open = endpoint.addUp(total);
  const { up, down, flows } = total;
  const isAll = open.length <= MAX_ASKED;
  const lost = [
    ...Array.from({ length: listening }, (_, k) => drops.ofListening(k).drops),
    ...(isAll ? open.map(({ upstreamPort }) => drops.ofPort(upstreamPort).drops) : []),
  ].reduce<number>((sum, one) => sum + (one ?? 0), 0);
  return {
    done: arrived(up) + arrived(down),
    of: null,
    unit: 'datagrams',
    counts: {
      flows,
      up: arrived(up),
      down: arrived(down),
      dropped: droppedTotal(up) + droppedTotal(down),
      duplicated: up.duplicated + down.duplicated,
      [isAll ? 'kernel drops' : 'kernel drops up']: lost,
    },
  };
}
