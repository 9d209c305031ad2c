/** Packets and capture files put together byte by byte, from the formats' specifications. */

type Order = 'little' | 'big';

const u16be = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);

const uint16 = (value: number, order: Order): Buffer =>
  order === 'big' ? u16be(value) : Buffer.from([value & 0xff, value >> 8]);

export function uint32(value: number, order: Order): Buffer {
  const bytes = Buffer.alloc(4);
  if (order === 'big') bytes.writeUInt32BE(value);
  else bytes.writeUInt32LE(value);
  return bytes;
}

export const udp = (payload: string | Uint8Array, from = 40_000, to = 53, lengthBytes?: number): Buffer => {
  const bytes = Buffer.from(payload);
  return Buffer.concat([u16be(from), u16be(to), u16be(lengthBytes ?? bytes.length + 8), u16be(0), bytes]);
};

export interface Ipv4 {
  readonly from?: readonly number[];
  readonly to?: readonly number[];
  readonly protocol?: number;
  readonly totalBytes?: number;
  readonly identification?: number;
  /** In units of 8 bytes. */
  readonly fragmentOffset?: number;
  readonly more?: boolean;
  readonly options?: readonly number[];
}

export function ipv4(payload: Uint8Array, about: Ipv4 = {}): Buffer {
  const { from = [10, 0, 0, 1], to = [10, 0, 0, 2], protocol = 17, options = [] } = about;
  const headerBytes = 20 + options.length;
  return Buffer.concat([
    Buffer.from([0x40 + headerBytes / 4, 0]),
    u16be(about.totalBytes ?? headerBytes + payload.length),
    u16be(about.identification ?? 0),
    u16be((about.more === true ? 0x2000 : 0) + (about.fragmentOffset ?? 0)),
    Buffer.from([64, protocol, 0, 0, ...from, ...to, ...options]),
    payload,
  ]);
}

const FROM6 = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
const TO6 = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];

/** @param extensions headers between the fixed one and the payload, each with its number */
export function ipv6(
  payload: Uint8Array,
  extensions: readonly { readonly number: number; readonly rest: readonly number[] }[] = [],
): Buffer {
  const numbers = [...extensions.map(({ number }) => number), 17];
  const headers = extensions.map(({ rest }, k) => Buffer.from([numbers[k + 1] as number, ...rest]));
  const body = Buffer.concat([...headers, payload]);
  return Buffer.concat([
    Buffer.from([0x60, 0, 0, 0]),
    u16be(body.length),
    Buffer.from([numbers[0] as number, 64, ...FROM6, ...TO6]),
    body,
  ]);
}

export const ethernet = (packet: Uint8Array, type = 0x0800, tags: readonly number[] = []): Buffer =>
  Buffer.concat([Buffer.alloc(12, 2), Buffer.from(tags), u16be(type), packet]);

export interface Record {
  readonly bytes: Uint8Array;
  readonly seconds?: number;
  /** In the file's unit. */
  readonly fraction?: number;
  readonly originalBytes?: number;
}

export const pcap = (
  records: readonly Record[],
  {
    order = 'little',
    isNano = false,
    linkType = 1,
  }: { order?: Order; isNano?: boolean; linkType?: number } = {},
): Buffer =>
  Buffer.concat([
    uint32(isNano ? 0xa1b23c4d : 0xa1b2c3d4, order),
    uint16(2, order),
    uint16(4, order),
    uint32(0, order),
    uint32(0, order),
    uint32(262_144, order),
    uint32(linkType, order),
    ...records.flatMap(({ bytes, seconds = 0, fraction = 0, originalBytes = bytes.length }) => [
      uint32(seconds, order),
      uint32(fraction, order),
      uint32(bytes.length, order),
      uint32(originalBytes, order),
      Buffer.from(bytes),
    ]),
  ]);

const padded = (bytes: Uint8Array): Buffer =>
  Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);

export function block(type: number, body: Uint8Array, order: Order): Buffer {
  const whole = padded(body);
  const length = uint32(whole.length + 12, order);
  return Buffer.concat([uint32(type, order), length, whole, length]);
}

export const option = (code: number, value: Uint8Array | string, order: Order): Buffer =>
  Buffer.concat([uint16(code, order), uint16(Buffer.from(value).length, order), padded(Buffer.from(value))]);

export const section = (order: Order, options: Uint8Array = Buffer.alloc(0)): Buffer =>
  block(
    0x0a0d0d0a,
    Buffer.concat([
      uint32(0x1a2b3c4d, order),
      uint16(1, order),
      uint16(0, order),
      Buffer.alloc(8, 0xff),
      options,
    ]),
    order,
  );

export const interfaceOf = (order: Order, linkType = 1, options: Uint8Array = Buffer.alloc(0)): Buffer =>
  block(1, Buffer.concat([uint16(linkType, order), uint16(0, order), uint32(0, order), options]), order);

export const packetBlock = (
  order: Order,
  bytes: Uint8Array,
  {
    high = 0,
    low = 0,
    number = 0,
    options = Buffer.alloc(0) as Uint8Array,
    capturedBytes = bytes.length,
  } = {},
): Buffer =>
  block(
    6,
    Buffer.concat([
      uint32(number, order),
      uint32(high, order),
      uint32(low, order),
      uint32(capturedBytes, order),
      uint32(bytes.length, order),
      padded(bytes),
      options,
    ]),
    order,
  );
