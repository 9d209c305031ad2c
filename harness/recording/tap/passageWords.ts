/**
 * What was decided of a datagram, in words, as the comments of a capture have it.
 */
import { DROP_CAUSES } from '../../impairment/causes.ts';
import { corruptedBit } from '../../impairment/fates.ts';
import { MARK, PASSAGE } from './passages.ts';
import type { TapChunk } from './tapChunk.ts';

/** Whether it is at the exit of the proxy; else it is at its entry. */
export const isExit = ({ kinds }: TapChunk, row: number): boolean =>
  (kinds[row] as number) >= PASSAGE.leftAsIs;

/** Whether it was dropped here. */
export const isDropped = ({ dropCauses }: TapChunk, row: number): boolean => dropCauses[row] !== 0;

/** What happened to it, a comment each; none for a datagram that passes as it came. @param name of its stream */
export function commentsOf(chunk: TapChunk, row: number, name: string): string[] {
  const kind = chunk.kinds[row] as number;
  const marks = chunk.marks[row] as number;
  const told: string[] = [];
  if (kind === PASSAGE.ignored) told.push('not passed on');
  const cause = chunk.dropCauses[row] as number;
  if (cause !== 0) told.push(`dropped: ${DROP_CAUSES[cause]}`);
  if ((marks & MARK.copy) !== 0) told.push(kind === PASSAGE.entered ? 'duplicated' : 'copy');
  const hold = chunk.holds[row] as number;
  if (hold > 0) told.push(`${(marks & MARK.passedBy) === 0 ? 'held' : 'not held back'} for ${hold}`);
  const bit = corruptedBit(chunk.corrupt[row] as number, chunk.lengths[row] as number);
  if (bit >= 0) told.push(`corrupted bit ${bit}`);
  const delayNs = chunk.delaysNs[row] as number;
  if (delayNs > 0) told.push(`delayed ${inMilliseconds(delayNs)} ms`);
  if ((marks & MARK.refused) !== 0) told.push('refused by the system');
  const movedTo = chunk.movedTo[row] as number;
  if (movedTo > 0) told.push(`rebound: leaves from port ${movedTo}`);
  const index = chunk.indices[row] as number;
  const repeat = chunk.repeats[row] as number;
  if (told.length > 0 && index > 0)
    told.push(`${name}index ${index}${repeat === 1 ? '' : `, repeat ${repeat}`}`);
  return told;
}

/** To the nanosecond, as it is shortest. */
const inMilliseconds = (timeNs: number): number => Number((timeNs / 1e6).toFixed(6));
