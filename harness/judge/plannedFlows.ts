/**
 * What is planned for the flow of a client before it runs: its stream, the fates of its datagrams, and the line that they meet,
 * with all that changes on the way.
 */
import { expectedDeliveries } from '../expected/expectedArrivals.ts';
import type { ExpectedDelivery, ExpectedFlow } from '../expected/expectedArrivals.ts';
import type { Arrivals, ExpectedLine } from '../expected/expectedStream.ts';
import type { ImpairmentConfig } from '../impairment/config.ts';
import type { Epoch } from '../impairment/epochs.ts';
import { plannedEpochs } from '../impairment/phases.ts';
import type { DirectionPhase } from '../impairment/phases.ts';
import { scheduleOver } from '../impairment/scheduleOver.ts';

/** The stream as it was planned, the same for every client. */
export interface PlannedStream {
  readonly lastCount: number;
  /** Time between sends, microseconds; 0 for flat out. */
  readonly intervalUs: number;
  sizeBytes(count: number): number;
  /** Planned sending time, nanoseconds since the stream's start. */
  sendNs(count: number): number;
  /** Media time, nanoseconds, by which outages are placed. */
  mediaTimeNs(count: number): number;
}

/** The epochs of a planned stream. @param firstCount of a client, which may join late */
export const epochsOf = (
  phases: readonly DirectionPhase[],
  { mediaTimeNs, lastCount }: Pick<PlannedStream, 'mediaTimeNs' | 'lastCount'>,
  firstCount: number,
): readonly Epoch[] => plannedEpochs(phases, mediaTimeNs, lastCount, firstCount);

const settingsOf = ({ delay, mtuBytes, dropAfterBytes, spare, rate }: ImpairmentConfig) => ({
  mtuBytes,
  dropAfterBytes,
  spare,
  isDelayed: delay !== null,
  rate,
});

/** What a schedule does not say of the line. */
export function lineOf([first, ...later]: readonly Epoch[]): ExpectedLine {
  if (first === undefined) throw new Error('a stream has an epoch');
  return {
    ...settingsOf(first.config),
    keepOrder: first.config.delay?.keepOrder ?? true,
    epoch: first.number,
    later: later.map(({ number, firstIndex, config }) => ({
      ...settingsOf(config),
      // Without a delay nothing waits for what others were given before.
      keepOrder: config.delay?.keepOrder ?? false,
      epoch: number,
      firstCount: firstIndex,
    })),
  };
}

/** The flow of one client, as far as it is known before it runs: its schedule, and the stream from a count on. */
export function plannedFlow(
  stream: PlannedStream,
  firstCount: number,
  phases: readonly DirectionPhase[],
  seed: string,
  flow: number,
): ExpectedFlow & { readonly line: ExpectedLine } {
  const { lastCount, sizeBytes, sendNs, mediaTimeNs } = stream;
  const epochs = epochsOf(phases, stream, firstCount);
  return {
    stream: { firstCount, lastCount, sizeBytes, sendNs },
    schedule: scheduleOver(epochs, { seed, flow, direction: 'down' }, mediaTimeNs),
    line: lineOf(epochs),
  };
}

/** What a flow with a link of its own has to receive. */
export const deliveryOf = (
  flow: ExpectedFlow & { readonly line: Partial<Pick<ExpectedLine, 'rate'>> },
): ExpectedDelivery => expectedDeliveries([flow], flow.line.rate ?? null)[0] as ExpectedDelivery;

/** Whether all flows meet at one link, in some phase at least. */
export const isLinkShared = (settings: readonly ImpairmentConfig[]): boolean =>
  settings.some(({ rate }) => rate !== null) && settings[0]?.shared === true;

/** What each client has to receive, before it runs; its flow is told from the first count on. */
export function* plannedArrivals(
  stream: PlannedStream,
  phases: readonly DirectionPhase[],
  seed: string,
  clients: number,
): Generator<{ readonly flow: ExpectedFlow; readonly arrivals: Arrivals }> {
  const flows = Array.from({ length: clients }, (_, k) => plannedFlow(stream, 1, phases, seed, k + 1));
  // Those with a link of their own need not be in memory together.
  const groups = isLinkShared(phases.map(({ config }) => config)) ? [flows] : flows.map((flow) => [flow]);
  for (const group of groups) {
    const deliveries = expectedDeliveries(group, phases[0]?.config.rate ?? null);
    for (const [k, { arrivals }] of deliveries.entries()) yield { flow: group[k] as ExpectedFlow, arrivals };
  }
}
