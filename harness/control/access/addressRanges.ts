/**
 * Ranges of addresses, as in `10.0.0.0/8` or `fd00::/8`: who may ask, and where a proxy may listen and send to.
 */
import { UsageError } from '../../../src/base/errors.ts';
import { addressBytes } from '../../../src/base/ipAddress.ts';

export interface AddressRange {
  /** 4 or 16, of which the first `bits` bits count. */
  readonly bytes: readonly number[];
  readonly bits: number;
}

/** IPv4 within IPv6, `::ffff:10.0.0.1`. */
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** The bytes of a numeric address, of IPv4 for one that is mapped into IPv6; null for any other text. */
function plainBytes(address: string): readonly number[] | null {
  const bytes = addressBytes(address);
  const isMapped = bytes?.length === 16 && MAPPED.every((byte, k) => bytes[k] === byte);
  return bytes !== null && isMapped ? bytes.slice(12) : bytes;
}

/** A range in the notation of RFC 4632; a single address is a range of one. @throws UsageError */
export function readAddressRange(text: string, option: string): AddressRange {
  const [, address = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text.trim()) ?? [];
  const bytes = addressBytes(address);
  const bits = length === undefined ? (bytes?.length ?? 0) * 8 : Number(length);
  if (bytes === null || bits > bytes.length * 8) {
    throw new UsageError(
      'value-format',
      option,
      `expected a range of addresses, such as 10.0.0.0/8, 192.168.1.7 or fd00::/8, got "${text}"`,
    );
  }
  // A range of IPv4 within IPv6 is one of IPv4, as addresses are.
  const plain = plainBytes(address) ?? bytes;
  const cut = 8 * (bytes.length - plain.length);
  return bits < cut ? { bytes, bits } : { bytes: plain, bits: bits - cut };
}

/** Whether a numeric address lies within one of the ranges. */
export function isWithin(address: string, ranges: readonly AddressRange[]): boolean {
  const bytes = plainBytes(address);
  return bytes !== null && ranges.some((range) => contains(range, bytes));
}

const contains = ({ bytes, bits }: AddressRange, of: readonly number[]): boolean =>
  bytes.length === of.length &&
  bytes.every((byte, k) => {
    const counting = Math.min(8, Math.max(0, bits - 8 * k));
    return byte >> (8 - counting) === (of[k] as number) >> (8 - counting);
  });
