/**
 * `field:TYPE@OFFSET[=FIRST][+STEP]`: a header field that counts datagrams, as most protocols have one.
 *
 * The index is the field's value, unwrapped, less the first, plus 1. A datagram that is too short for it is unindexed.
 */
import { UsageError } from '../../src/base/errors.ts';
import type { UsageCode } from '../../src/base/errors.ts';
import { MAX_STREAMS, STARTS_ANEW, maxGapOf } from '../../src/metrics/unwrap.ts';
import type { SequenceBits, SequenceSettings } from '../../src/metrics/unwrap.ts';
import { UNINDEXED } from './indexReader.ts';
import type { IndexReader } from './indexReader.ts';
import { IndexRun } from './indexRun.ts';
import type { Protocol } from './protocol.ts';
import { Sequence } from './sequence.ts';
import { BY_ARRIVAL, FIRST_SEEN, sourceProtocol } from './sourceProtocol.ts';

export interface FieldSettings extends SequenceSettings {
  /** Its position in the payload, bytes. */
  readonly offsetBytes: number;
  readonly littleEndian: boolean;
}

/** The last byte of the largest UDP payload over IPv4. */
const MAX_OFFSET_BYTES = 65_506;
const GRAMMAR = /^field:u(8|16|24|32|64)(be|le)?@(\d+)(?:=(\d+))?(?:\+(\d+))?$/;

/**
 * Reads a field as it is written on the command line.
 * @param option its name in messages
 * @throws UsageError
 */
export function readField(text: string, option: string): FieldSettings {
  const [, width, order, offset, first, step = '1'] = GRAMMAR.exec(text) ?? [];
  const refuse = (expected: string, got: string, code: UsageCode = 'value-range'): never => {
    throw new UsageError(code, option, `expected ${expected}, got "${got}"`);
  };
  if (width === undefined || offset === undefined)
    return refuse(
      'a field such as field:u16be@2, field:u32be@8=1 or field:u32be@0+960',
      text,
      'value-format',
    );
  const bits = Number(width) as SequenceBits;
  if (bits > 8 && order === undefined)
    return refuse(
      `a byte order, field:u${bits}be@${offset} or field:u${bits}le@${offset}`,
      text,
      'value-format',
    );
  const offsetBytes = Number(offset);
  if (offsetBytes + bits / 8 - 1 > MAX_OFFSET_BYTES)
    return refuse(`a field within ${MAX_OFFSET_BYTES + 1} bytes`, text);
  const firstValue = first === undefined ? null : BigInt(first);
  if (firstValue !== null && firstValue >= 1n << BigInt(bits))
    return refuse(`a first value of at most ${bits} bits`, `=${first}`);
  const by = Number(step);
  const maxGap = maxGapOf({ bits, step: Number.POSITIVE_INFINITY });
  // A value one step ahead must differ from one behind.
  if (!(by >= 1 && by <= Math.min(maxGap, 2 ** 31)))
    return refuse(`a step from 1 to ${Math.min(maxGap, 2 ** 31)}`, `+${step}`);
  return {
    bits,
    littleEndian: order === 'le',
    offsetBytes,
    step: by,
    firstValue:
      firstValue === null
        ? null
        : { high: Number(firstValue >> 32n), low: Number(firstValue & 0xffff_ffffn) },
  };
}

/** @throws UsageError. @param option its name in messages */
export function fieldProtocol(text: string, option: string): Protocol {
  const settings = readField(text, option);
  const { bits, offsetBytes, firstValue } = settings;
  const last = offsetBytes + bits / 8 - 1;
  const where = last === offsetBytes ? `byte ${last}` : `bytes ${offsetBytes} to ${last}`;
  const named = text.replace(/(?=\+|$)/, '=FIRST');
  return sourceProtocol({
    text,
    hasControl: false,
    unread: {
      what: 'value in sequence',
      remedy: `${text} reads ${where} of each payload: is the offset right?`,
      isControl: false,
    },
    notes: [
      BY_ARRIVAL,
      ...(firstValue === null ? [`${FIRST_SEEN}; ${named} says which value is the first`] : []),
    ],
    reader: () => new FieldReader(settings),
  });
}

export class FieldReader implements IndexReader {
  stream = 1;
  repeat = 1;
  refusedStreams = 0;
  readonly news = null;
  readonly #run = new IndexRun();
  readonly mediaTimeNs = Number.NaN;
  readonly #settings: FieldSettings;
  readonly #sequence: Sequence;

  constructor(settings: FieldSettings) {
    this.#settings = settings;
    this.#sequence = new Sequence(settings);
  }

  get sameInARow(): number {
    return this.#run.longest;
  }

  read(bytes: Uint8Array, offset: number, lengthBytes: number): number {
    const { bits, offsetBytes, littleEndian } = this.#settings;
    if (lengthBytes < offsetBytes + bits / 8) return UNINDEXED;
    const at = offset + offsetBytes;
    let high = 0;
    let low: number;
    if (bits === 64) {
      high = readUint(bytes, littleEndian ? at + 4 : at, 4, littleEndian);
      low = readUint(bytes, littleEndian ? at : at + 4, 4, littleEndian);
    } else low = readUint(bytes, at, bits / 8, littleEndian);
    let index = this.#sequence.take(high, low);
    if (index === STARTS_ANEW) index = this.#startAnew(high, low);
    this.repeat = this.#sequence.repeat;
    if (index > 0) this.#run.note(index, this.stream);
    return index;
  }

  #startAnew(high: number, low: number): number {
    if (this.stream >= MAX_STREAMS) {
      this.refusedStreams += 1;
      return UNINDEXED;
    }
    this.stream += 1;
    this.#sequence.begin(high, low);
    return 1;
  }
}

function readUint(bytes: Uint8Array, at: number, size: number, littleEndian: boolean): number {
  let value = 0;
  for (let k = 0; k < size; k += 1)
    value = value * 256 + (bytes[littleEndian ? at + size - 1 - k : at + k] as number);
  return value;
}
