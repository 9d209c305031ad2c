/**
 * Whether what a shared link did to a client is known: it depends on the other clients' datagrams, too.
 *
 * Where all of these reached the link as they were sent, the schedules and the plan say everything. Where some did not, what
 * the queue then did to the others is not predicted, and not measured.
 */
import { METRIC_NAMES, METRICS } from '../../src/metrics/catalogue.ts';
import type { MetricName } from '../../src/metrics/catalogue.ts';
import { counted } from '../../src/base/figures.ts';
import { touchedBy } from '../proxy/path/bounds.ts';
import type { SessionResult } from '../session/session.ts';
import { cutOff, flowOf, ledgerInput } from './accounting.ts';

/** What is not known of a client's datagrams at the link, and so touches the others. */
export interface LinkDoubt {
  readonly client: number;
  readonly why: string;
  /** Whether only the times at the link are in doubt. */
  readonly onlyTimes: boolean;
}

export function linkDoubts(result: SessionResult): LinkDoubt[] {
  const reports = new Map(result.clients.map(({ client, report }) => [client, report]));
  const served = result.server.report.clients.map(({ id }) => id);
  const clients = [...new Set([...reports.keys(), ...served])].toSorted((a, b) => a - b);
  return clients.flatMap((client): LinkDoubt[] => {
    const report = reports.get(client);
    const doubt = (why: string, onlyTimes = false): LinkDoubt[] => [{ client, why, onlyTimes }];
    if (report === undefined) return doubt('gave no report');
    const reason = cutOff(result, client) ?? report.reason;
    if (reason !== 'end of stream') return doubt(`ended early: ${reason}`);
    const flow = flowOf(result, client);
    const { sent } = ledgerInput(result, client);
    if (flow === undefined || sent === null) return doubt('has no count of what was sent to it');
    const missing = sent - flow.down.arrived;
    if (missing !== 0) return doubt(`has ${counted(missing, 'datagram')} that did not reach the proxy`);
    const { order, times } = touchedBy(flow.down.struck);
    if (!order && !times) return [];
    return doubt(`met a bound of the proxy that touches its ${order ? 'order' : 'times'}`, !order);
  });
}

/** The metrics of a client that the doubts about the others touch. */
export const doubtedMetrics = (doubts: readonly LinkDoubt[], client: number): MetricName[] => {
  const others = doubts.filter((doubt) => doubt.client !== client);
  if (others.length === 0) return [];
  const onlyTimes = others.every((doubt) => doubt.onlyTimes);
  return METRIC_NAMES.filter((name) => {
    const { timing, drop } = METRICS[name];
    return timing !== undefined || (!onlyTimes && drop !== 'none');
  });
};

/** A remark for each. */
export const describeDoubts = (doubts: readonly LinkDoubt[]): string[] =>
  doubts.map(
    ({ client, why, onlyTimes }) =>
      `client ${client} ${why}, so what the shared link did to the others is not measured` +
      (onlyTimes ? ', as far as times go' : ''),
  );
