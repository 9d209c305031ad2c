/**
 * Reads what `--arrivals` wrote, of a replay or a proxy, line by line, plain or gzip: which counts reached which receiver.
 *
 * It keeps one bit per count, and no line. Faults of the file are UsageErrors that name the line.
 */
import { UsageError } from '../../src/base/errors.ts';
import type { Progress } from '../../src/base/progress.ts';
import { LINE_LIMIT_BYTES } from '../recording/format.ts';
import { Lines } from '../recording/lines.ts';
import { DamagedContainer, openSource } from '../recording/fileBytes.ts';
import { ARRIVALS_HEADER, readArrival, readArrivalsHeader } from './arrivalLine.ts';
import type { ArrivalCells } from './arrivalLine.ts';
import { FlowNames } from './flowNames.ts';
import type { Arrivals } from './flowNames.ts';
import { MAX_PAGES, PAGE_COUNTS, ReceivedByClient } from './receivedCounts.ts';
import { isTrafficHeader, readTraffic } from './trafficLine.ts';

export const NO_ROOM = `expected arrivals in at most ${MAX_PAGES} stretches of ${PAGE_COUNTS} counts, over all clients, got more; fit one client at a time with --client`;

/**
 * @param wanted keep only the arrivals of this client or flow; all lines are checked
 * @param at where a proxy's list is fitted
 * @throws UsageError for a file that cannot be opened, has other content, or has no arrival
 */
export async function readArrivals(
  path: string,
  wanted: number | undefined,
  at: 'entry' | 'exit',
  progress?: Progress,
): Promise<Arrivals> {
  const received = new ReceivedByClient();
  const flows = new FlowNames();
  let isTraffic = false;
  const cells: ArrivalCells = [0, 0, 0, 0];
  let lineNumber = 0;
  let lowest = Infinity;
  let highest = -Infinity;
  const take = (bytes: Uint8Array, start: number, end: number): string | undefined => {
    if (lineNumber === 1) {
      isTraffic = isTrafficHeader(bytes, start, end);
      return isTraffic ? undefined : readArrivalsHeader(bytes, start, end);
    }
    if (isTraffic) return takeTraffic(bytes, start, end);
    const fault = readArrival(bytes, start, end, cells);
    if (fault !== undefined) return fault;
    const [client, , count] = cells;
    // Corrupted counts as lost (RFC 7680), so there is nothing to note.
    if (count === 0) return undefined;
    if (client < lowest) lowest = client;
    if (client > highest) highest = client;
    if (wanted !== undefined && client !== wanted) return undefined;
    return received.handle(client, count) ? undefined : NO_ROOM;
  };
  const takeTraffic = (bytes: Uint8Array, start: number, end: number): string | undefined => {
    const line = readTraffic(bytes, start, end);
    if (typeof line === 'string') return line;
    const { flow, index } = line;
    if (flow < lowest) lowest = flow;
    if (flow > highest) highest = flow;
    if (wanted !== undefined && flow !== wanted) return undefined;
    const number = flows.numberOf(line);
    // What entered was sent to whoever is behind the exit.
    if (line.at !== at) {
      if (at === 'exit') received.handleSent(number, index);
      return undefined;
    }
    return line.isAltered || received.handle(number, index) ? undefined : NO_ROOM;
  };
  const fail = (reason: string): never => {
    throw new UsageError('file-format', `${path}, line ${lineNumber}`, reason);
  };

  const source = await openSource(path, false, progress);
  try {
    const lines = new Lines();
    while ((await source.readInto(lines)) > 0) {
      while (lines.next()) {
        lineNumber += 1;
        const fault = take(lines.bytes, lines.start, lines.end);
        if (fault !== undefined) fail(fault);
      }
      if (lines.restBytes >= LINE_LIMIT_BYTES) {
        lineNumber += 1;
        fail(`expected a line of ${ARRIVALS_HEADER}, got one of more than ${LINE_LIMIT_BYTES} bytes`);
      }
    }
    // The last line may lack its line end.
    if (lines.restBytes > 0 || lineNumber === 0) {
      lineNumber += 1;
      const rest = lines.rest();
      const fault = take(rest, 0, rest.length);
      if (fault !== undefined) fail(fault);
    }
  } catch (cause) {
    if (!(cause instanceof DamagedContainer)) throw cause;
    lineNumber += 1;
    fail(cause.message);
  } finally {
    await source.close();
  }
  if (highest < lowest) {
    lineNumber += 1;
    fail('expected an arrival, got the end of the file: nothing arrived, so there is nothing to fit');
  }
  if (!isTraffic) return { received, numbers: [lowest, highest], groups: null, notes: [] };
  if (received.highest === 0 && received.unheard.length > 0) {
    lineNumber += 1;
    fail('expected a line of what left intact, got none: nothing arrived, so there is nothing to fit');
  }
  const notes = received.unheard.map(
    (number) => `flow ${flows.nameOf(number)}: nothing left the proxy intact, so there is nothing to fit`,
  );
  return { received, numbers: [lowest, highest], groups: flows, notes };
}
