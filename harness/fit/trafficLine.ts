/**
 * Lines of a proxy's list of traffic: bytes to values. It never throws for a file's content.
 */
import type { Direction } from '../impairment/schedule.ts';
import { excerptBytes } from '../recording/format.ts';
import { MAX_COUNT } from './receivedCounts.ts';

const TRAFFIC_HEADER = 'flow,direction,stream,at,time_ns,index,repeat,bytes,altered';

const LINE = /^(\d{1,9}),(down|up),(\d{1,9}),(entry|exit),\d{1,20},(\d{1,10}),\d{1,10},\d{1,10},([01])\r?$/;

export interface TrafficLine {
  readonly flow: number;
  readonly direction: Direction;
  readonly stream: number;
  readonly at: 'entry' | 'exit';
  readonly index: number;
  readonly isAltered: boolean;
}

export const isTrafficHeader = (bytes: Uint8Array, start: number, end: number): boolean =>
  end - start <= TRAFFIC_HEADER.length + 1 && text(bytes, start, end).trimEnd() === TRAFFIC_HEADER;

/** @returns why it cannot be read, if it cannot */
export function readTraffic(bytes: Uint8Array, start: number, end: number): TrafficLine | string {
  const found = LINE.exec(text(bytes, start, Math.min(end, start + 200)));
  const index = Number(found?.[5]);
  if (found === null || !(index >= 1 && index <= MAX_COUNT)) {
    const got = excerptBytes(bytes.subarray(start, end));
    return `expected a line of ${TRAFFIC_HEADER}, got ${start === end ? got : `"${got}"`}`;
  }
  return {
    flow: Number(found[1]),
    direction: found[2] as Direction,
    stream: Number(found[3]),
    at: found[4] as 'entry' | 'exit',
    index,
    isAltered: found[6] === '1',
  };
}

const text = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
