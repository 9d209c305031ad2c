/**
 * Recognises a flow's protocol by its first datagrams, where they can be told from chance.
 */
import { readCount } from '../../src/protocol/stream.ts';
import type { Direction } from '../impairment/schedule.ts';
import { CONTROL } from './indexReader.ts';
import { matchstream } from './matchstream.ts';
import type { Protocol } from './protocol.ts';
import { RtpReader, rtpProtocol } from './rtp.ts';

/** RTP's version alone is a quarter of all first bytes: so many packets in one sequence are no accident. */
const ENOUGH_RTP = 3;

/** Null where none is recognised. @param first the first payloads of each direction */
export function guessProtocol(first: Readonly<Record<Direction, readonly Uint8Array[]>>): Protocol | null {
  if (first.down.some((payload) => readCount(payload, 0, payload.length) > 0)) return matchstream;
  return isRtp(first.down) || isRtp(first.up) ? rtpProtocol('rtp', 'protocol') : null;
}

/** Whether all are RTP or RTCP, with enough packets of one source in sequence. */
function isRtp(payloads: readonly Uint8Array[]): boolean {
  const reader = new RtpReader(null);
  let inSequence = 0;
  for (const payload of payloads) {
    const index = reader.read(payload, 0, payload.length);
    const isRtcp = index === CONTROL && payload.length >= 8 && (payload[0] as number) >> 6 === 2;
    if (index === CONTROL && !isRtcp) return false;
    if (index > 0) inSequence += 1;
  }
  return inSequence >= ENOUGH_RTP;
}
