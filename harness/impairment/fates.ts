/**
 * The fate file: one JSON line per index, with what the schedule decided.
 *
 * Keys always come in the same order; a stage that is off has no key.
 */
import { DROP_CAUSES } from './causes.ts';
import { droppedFate } from './repeatFate.ts';
import type { Fate } from './repeatFate.ts';
import type { Schedule, ScheduleKey } from './schedule.ts';
import { LIMIT } from './stages/dropAfter.ts';
import { causeForSize } from './stages/mtu.ts';
import { isSpared } from './stages/spare.ts';

/** The name of the fate file of one flow, direction and stream. */
export function fateFileName({ flow, direction, stream = 1 }: Omit<ScheduleKey, 'seed'>): string {
  return `fates-${flow}-${direction}${stream === 1 ? '' : `-stream-${stream}`}.jsonl`;
}

/**
 * The bit that a corruption flips: bit 0 is the lowest bit of the first byte, bit 8 the lowest of the second.
 * @param draw value of the schedule's `corrupt` column, −1 for none
 * @param sizeBytes the datagram's payload; an empty one has no bit to flip
 * @returns the bit's number, or −1 for none
 */
export function corruptedBit(draw: number, sizeBytes: number): number {
  return draw < 0 || sizeBytes === 0 ? -1 : Math.floor(draw * sizeBytes * 8);
}

/**
 * One line, without the line end. `drop` is the cause or null; `corrupt` the flipped bit or null; `delayUs` the delay in
 * microseconds, null if dropped; `queueDropped` how many of the datagram and its copies the full link queue dropped;
 * `linkIndex` its place among all datagrams that reached a shared link, null if it did not; `spared`, always true, stands only where the datagram passes because it is spared.
 * @param sizeBytes the datagram's payload, which determines the bit
 * @param queueDropped from the link queue; the schedule does not know it
 * @param repeat 1 for the first datagram with that index, 2 or more for a repeat, which has its own fate
 * @param linkIndex from the shared link, 0 for none
 * @param isOverLimit whether it came when the limit of bytes was reached
 */
export function fateLine(
  schedule: Schedule,
  index: number,
  sizeBytes: number,
  queueDropped = 0,
  repeat = 1,
  linkIndex = 0,
  isOverLimit = false,
): string {
  const { key } = schedule;
  const config = schedule.configAt(index);
  const decided = repeat === 1 ? fateAt(schedule, index) : schedule.repeat(index, repeat);
  const cause = isOverLimit ? LIMIT : causeForSize(decided.dropCause, config, index, sizeBytes);
  const { copies, hold, corrupt, delayNs } = cause === 0 ? decided : droppedFate(cause);
  const { stream = 1 } = key;
  let line =
    `{"flow":${key.flow},"direction":"${key.direction}",${stream === 1 ? '' : `"stream":${stream},`}` +
    `"index":${index},${repeat === 1 ? '' : `"repeat":${repeat},`}` +
    `"drop":${cause === 0 ? 'null' : `"${DROP_CAUSES[cause] as string}"`},` +
    `"copies":${copies},"hold":${hold}`;
  if (config.corruptRatio > 0) {
    const bit = corruptedBit(corrupt, sizeBytes);
    line += `,"corrupt":${bit < 0 ? 'null' : bit}`;
  }
  if (config.delay !== null) line += `,"delayUs":${cause === 0 ? delayNs / 1e3 : 'null'}`;
  if (config.rate !== null) line += `,"queueDropped":${queueDropped}`;
  if (config.rate !== null && config.shared) line += `,"linkIndex":${linkIndex === 0 ? 'null' : linkIndex}`;
  if (isSpared(config, index)) line += ',"spared":true';
  return `${line}}`;
}

function fateAt(schedule: Schedule, index: number): Fate {
  const row = schedule.at(index);
  return {
    dropCause: schedule.dropCause[row] as number,
    copies: schedule.copies[row] as number,
    hold: schedule.hold[row] as number,
    corrupt: schedule.corrupt[row] as number,
    delayNs: schedule.delayNs[row] as number,
  };
}
