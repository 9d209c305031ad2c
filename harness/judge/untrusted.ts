/**
 * Which metrics of a client say nothing about it, because a bound of the proxy struck: what came was not what the schedule
 * says, and the difference is neither the client's nor the kernel's.
 */
import { METRIC_NAMES, METRICS } from '../../src/metrics/catalogue.ts';
import type { MetricName } from '../../src/metrics/catalogue.ts';
import type { ImpairmentConfig } from '../impairment/config.ts';
import { describeStruck, touchedBy } from '../proxy/path/bounds.ts';
import type { StruckBounds } from '../proxy/path/bounds.ts';

export interface Untrusted {
  readonly metrics: readonly MetricName[];
  /** Which bounds struck, and what is not measured; null if none did. */
  readonly remark: string | null;
}

/** @param settings all that the direction has that they struck in */
export function untrustedBy(struck: StruckBounds, settings: readonly ImpairmentConfig[]): Untrusted {
  const { times, order } = touchedBy(struck);
  // What finds the link's queue full depends on the order in which the link is reached.
  const losses = order && settings.some(({ rate }) => rate !== null);
  const metrics = METRIC_NAMES.filter((name) => {
    const { isOrdered = false, timing, drop } = METRICS[name];
    return (order && isOrdered) || (times && timing !== undefined) || (losses && drop !== 'none');
  });
  const kinds = [order ? 'order' : '', times ? 'times' : '', losses ? 'losses at the link' : ''];
  const text = describeStruck(struck);
  const remark = text && `${text}; so not measured: ${kinds.filter((kind) => kind !== '').join(', ')}`;
  return { metrics, remark };
}
