/**
 * A datagram, and a bin of them, in words. Pure.
 */
import type { Bins } from './bins.ts';
import type { Datagrams } from './datagramRows.ts';
import { shortTime } from './scales.ts';

const times = (count: number): string => (count === 2 ? 'twice' : `${count} times`);

/** What the schedule decided; `passes` if nothing. */
export function fateOf(data: Datagrams, row: number): string {
  const cause = data.cause[row] as number;
  if (cause !== 0) return `dropped: ${data.causeNames[cause] ?? cause}`;
  const hold = data.hold[row] as number;
  const copies = data.copies[row] as number;
  const parts = [
    ...(hold > 0 ? [`held for ${hold}`] : []),
    ...(copies > 0 ? [`sent ${times(copies + 1)}`] : []),
    ...(data.damaged[row] === 1 ? ['damaged'] : []),
  ];
  return parts.length === 0 ? 'passes' : parts.join(', ');
}

/** What became of it. */
export function outcomeOf(data: Datagrams, row: number): string {
  const arrived = data.arrived[row] as number;
  const verb = data.isEntered ? 'left' : 'arrived';
  if (arrived === 0) return data.isEntered ? 'did not leave' : 'did not arrive';
  const extent = data.extent[row] as number;
  return [
    `${verb} after ${shortTime(data.delayUs[row] as number)}`,
    ...(arrived > 1 ? [times(arrived)] : []),
    ...(extent > 0 ? [`reordered by ${extent} ${extent === 1 ? 'place' : 'places'}`] : []),
  ].join(', ');
}

const MICROSECONDS = 1e6;

export const dueOf = (data: Datagrams, row: number): string =>
  `${((data.dueUs[row] as number) / MICROSECONDS).toFixed(6)} s`;

export const sayDatagram = (data: Datagrams, row: number): string =>
  `No. ${data.numbers[row]}, ${data.isEntered ? 'entered' : 'due'} at ${dueOf(data, row)}: ${fateOf(data, row)}; ${outcomeOf(data, row)}.`;

/** @param from the first row of the bins */
export function sayBin(data: Datagrams, bins: Bins, from: number, bin: number): string {
  const row = from + bin * bins.size;
  const first = data.numbers[row] as number;
  const last = data.numbers[Math.min(row + bins.size, data.rows) - 1] as number;
  const delays = Number.isNaN(bins.meanUs[bin])
    ? `nothing ${data.isEntered ? 'left' : 'arrived'}`
    : `delays ${shortTime(bins.minUs[bin] as number)} to ${shortTime(bins.maxUs[bin] as number)}, mean ${shortTime(bins.meanUs[bin] as number)}`;
  return `Nos. ${first} to ${last}: ${bins.lost[bin]} lost, ${bins.again[bin]} extra copies, ${bins.reordered[bin]} reordered; ${delays}.`;
}
