/**
 * `rtp`, `rtp/CLOCK`: the index is RTP's sequence number; each SSRC is a stream (RFC 3550).
 *
 * RTCP (recognised as in RFC 5761, 4) and anything that is not RTP is control. With a clock rate, timestamps are media time.
 */
import { UsageError } from '../../src/base/errors.ts';
import { MAX_STREAMS, STARTS_ANEW } from '../../src/metrics/unwrap.ts';
import { CONTROL, UNINDEXED } from './indexReader.ts';
import type { IndexReader } from './indexReader.ts';
import { IndexRun } from './indexRun.ts';
import type { Protocol } from './protocol.ts';
import { Sequence } from './sequence.ts';
import { BY_ARRIVAL, FIRST_SEEN, sourceProtocol } from './sourceProtocol.ts';

const HEADER_BYTES = 12;
const MAX_CLOCK_RATE_HZ = 1e9;
/** RTCP packet types occupy the byte of RTP's marker and payload type from this value on. */
const FIRST_RTCP = 192;
const LAST_RTCP = 223;
const SEQUENCE = { bits: 16, step: 1, firstValue: null } as const;

/**
 * Reads `rtp` or `rtp/8000` as it is written on the command line.
 * @param option its name in messages
 * @returns the clock rate, timestamp ticks per second; null where none is given
 * @throws UsageError
 */
export function readRtp(text: string, option: string): number | null {
  const match = /^rtp(?:\/(\d+))?$/.exec(text);
  const clockRateHz = match?.[1] === undefined ? null : Number(match[1]);
  if (match === null || (clockRateHz !== null && !(clockRateHz >= 1 && clockRateHz <= MAX_CLOCK_RATE_HZ)))
    throw new UsageError(
      'value-format',
      option,
      `expected rtp, or rtp/CLOCK with a clock rate such as rtp/8000, got "${text}"`,
    );
  return clockRateHz;
}

/** @throws UsageError. @param option its name in messages */
export function rtpProtocol(text: string, option: string): Protocol {
  const clockRateHz = readRtp(text, option);
  return sourceProtocol({
    text,
    hasControl: true,
    unread: {
      what: 'RTP packet in sequence',
      remedy: `${text} reads the sequence number of RTP version 2: is it another protocol?`,
      isControl: true,
    },
    notes: [
      clockRateHz === null
        ? BY_ARRIVAL
        : 'outages go by the timestamp; order and other time-based effects depend on arrival times',
      FIRST_SEEN,
    ],
    reader: () => new RtpReader(clockRateHz),
  });
}

/** The sequence and clock of one SSRC. */
class Source {
  readonly sequence = new Sequence(SEQUENCE);
  stream = 0;
  #timestamp = 0;
  #ticks = Number.NaN;

  /** Ticks since the stream's first datagram. */
  ticksAt(timestamp: number): number {
    // The shorter way round, as for any number that wraps.
    this.#ticks = Number.isNaN(this.#ticks) ? 0 : this.#ticks + ((timestamp - this.#timestamp) | 0);
    this.#timestamp = timestamp;
    return this.#ticks;
  }

  restart(): void {
    this.#ticks = Number.NaN;
  }
}

export class RtpReader implements IndexReader {
  stream = 1;
  repeat = 1;
  refusedStreams = 0;
  readonly news = null;
  readonly #run = new IndexRun();
  mediaTimeNs = Number.NaN;
  readonly #clockRateHz: number | null;
  readonly #sources = new Map<number, Source>();
  /** SSRC → the sequence number that would confirm it as a source: one packet is not enough. The oldest are removed first. */
  readonly #probation = new Map<number, number>();
  #streams = 0;

  /** @param clockRateHz timestamp ticks per second; null: unknown, and media time is the time of arrival */
  constructor(clockRateHz: number | null) {
    this.#clockRateHz = clockRateHz;
  }

  get sameInARow(): number {
    return this.#run.longest;
  }

  read(bytes: Uint8Array, offset: number, lengthBytes: number): number {
    if (!isRtp(bytes, offset, lengthBytes)) return CONTROL;
    const sequenceNumber = (bytes[offset + 2] as number) * 256 + (bytes[offset + 3] as number);
    const ssrc = uint32(bytes, offset + 8);
    const source = this.#sources.get(ssrc) ?? this.#admit(ssrc, sequenceNumber);
    if (source === null) return UNINDEXED;
    let index = source.sequence.take(0, sequenceNumber);
    if (index === STARTS_ANEW) index = this.#startAnew(source, sequenceNumber);
    if (index <= 0) return index;
    this.stream = source.stream;
    this.repeat = source.sequence.repeat;
    if (this.#clockRateHz !== null)
      this.mediaTimeNs = (source.ticksAt(uint32(bytes, offset + 4)) / this.#clockRateHz) * 1e9;
    this.#run.note(index, this.stream);
    return index;
  }

  /** The very first SSRC is a source at once; another one after two packets in sequence (RFC 3550, A.1). */
  #admit(ssrc: number, sequenceNumber: number): Source | null {
    if (this.#streams > 0 && this.#probation.get(ssrc) !== sequenceNumber) {
      this.#probation.delete(ssrc);
      this.#probation.set(ssrc, (sequenceNumber + 1) & 0xffff);
      if (this.#probation.size > MAX_STREAMS)
        this.#probation.delete(this.#probation.keys().next().value as number);
      return null;
    }
    this.#probation.delete(ssrc);
    if (this.#streams >= MAX_STREAMS) {
      this.refusedStreams += 1;
      return null;
    }
    const source = new Source();
    this.#streams += 1;
    source.stream = this.#streams;
    this.#sources.set(ssrc, source);
    return source;
  }

  #startAnew(source: Source, sequenceNumber: number): number {
    if (this.#streams >= MAX_STREAMS) {
      this.refusedStreams += 1;
      return UNINDEXED;
    }
    this.#streams += 1;
    source.stream = this.#streams;
    source.sequence.begin(0, sequenceNumber);
    source.restart();
    return 1;
  }
}

/** Version 2, a complete header with its contributing sources, and not RTCP. */
function isRtp(bytes: Uint8Array, offset: number, lengthBytes: number): boolean {
  if (lengthBytes < HEADER_BYTES) return false;
  const first = bytes[offset] as number;
  const second = bytes[offset + 1] as number;
  if (first >> 6 !== 2 || (second >= FIRST_RTCP && second <= LAST_RTCP)) return false;
  return lengthBytes >= HEADER_BYTES + 4 * (first & 0xf);
}

const uint32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at] as number) * 2 ** 24 +
  (((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number));
