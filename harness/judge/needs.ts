/**
 * What a replay needs, known before it starts: memory at the proxy for what is on its way, and the window of its clients.
 *
 * Streams that cannot need more than the defaults, whatever is drawn, are not worked out.
 */
import { UsageError } from '../../src/base/errors.ts';
import { counted } from '../../src/base/figures.ts';
import { formatSizeBytes } from '../../src/base/quantities.ts';
import { DEFAULT_WINDOW_COUNTS, MAX_WINDOW_COUNTS } from '../../src/metrics/countWindow.ts';
import { peakBytes, reachOf } from '../expected/expectedNeeds.ts';
import type { ImpairmentConfig } from '../impairment/config.ts';
import type { Impairment } from '../impairment/impairment.ts';
import { heldBytes } from '../proxy/path/heldDatagrams.ts';
import { phasesOf } from '../impairment/phases.ts';
import { plannedArrivals } from './plannedFlows.ts';
import type { PlannedStream } from './plannedFlows.ts';

export interface Needs {
  /** What all clients' datagrams on their way take at a time, bytes; 0 if it is known to fit, or not known. */
  readonly memoryBytes: number;
  /** The clients' window, counts: no scheduled arrival is outside it. */
  readonly windowCounts: number;
}

const mayReorder = ({ reorder, reorderList, delay }: ImpairmentConfig): boolean =>
  reorder.ratio > 0 || reorderList.length > 0 || (delay !== null && delay.jitterNs > 0 && !delay.keepOrder);

export function needsOf(
  stream: PlannedStream,
  impairment: Pick<Impairment, 'seed' | 'down' | 'up' | 'phases' | 'delayMemoryBytes'>,
  clients: number,
): Needs {
  const { seed, delayMemoryBytes } = impairment;
  const phases = phasesOf(impairment, 'down');
  let allBytes = 0;
  for (let count = 1; count <= stream.lastCount; count += 1) allBytes += heldBytes(stream.sizeBytes(count));
  // Flat out nobody knows when a datagram is sent.
  const isTimed = stream.sendNs(stream.lastCount) > 0;
  const isMemoryOpen = isTimed && allBytes * clients > delayMemoryBytes;
  const isWindowOpen =
    stream.lastCount > DEFAULT_WINDOW_COUNTS && phases.some(({ config }) => mayReorder(config));
  let memoryBytes = 0;
  let reach = 0;
  if (isMemoryOpen || isWindowOpen) {
    for (const { flow, arrivals } of plannedArrivals(stream, phases, seed, clients)) {
      if (isMemoryOpen) memoryBytes += peakBytes(flow.stream, arrivals, heldBytes);
      if (isWindowOpen) reach = Math.max(reach, reachOf(arrivals));
    }
  }
  let windowCounts = DEFAULT_WINDOW_COUNTS;
  while (windowCounts <= reach && windowCounts < MAX_WINDOW_COUNTS) windowCounts *= 2;
  return { memoryBytes, windowCounts };
}

/** @throws UsageError where the memory that the settings give is less than the stream needs */
export function checkMemory({ memoryBytes }: Needs, { delayMemoryBytes }: Impairment, clients: number): void {
  if (memoryBytes <= delayMemoryBytes) return;
  const neededMiB = Math.ceil(memoryBytes / 2 ** 20);
  throw new UsageError(
    'value-range',
    '--delay-memory',
    `expected ${neededMiB}MiB or more for what ${counted(clients, 'client')} of this stream ` +
      `${clients === 1 ? 'has' : 'have'} on the way at a time, got ${formatSizeBytes(delayMemoryBytes)}; ` +
      'give it so much, or delay less',
  );
}
