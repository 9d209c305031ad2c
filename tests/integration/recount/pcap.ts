/**
 * Reads what tcpdump writes: the UDP datagrams of a capture of loopback, with their times.
 *
 * It judges bytes that it is given. It knows Ethernet and IPv4 without fragments, which is what loopback has.
 */

export interface Captured {
  /** Since 1970. Whole nanoseconds of a day, since float64 holds no more: only differences matter. */
  readonly timeNs: number;
  readonly from: number;
  readonly to: number;
  readonly payload: Buffer;
}

const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const NANOSECOND_MAGIC = 0xa1b23c4d;
const ETHERNET = 1;
const ETHERNET_BYTES = 14;
const IPV4 = 0x0800;
const UDP = 17;
const UDP_HEADER_BYTES = 8;
const DAY_S = 86_400;

/** Takes a file piece by piece, as it is written. */
export class PcapReader {
  readonly found: Captured[] = [];
  #rest = Buffer.alloc(0);
  #hasHeader = false;

  take(bytes: Buffer): void {
    let rest = Buffer.concat([this.#rest, bytes]);
    if (!this.#hasHeader) {
      if (rest.length < FILE_HEADER_BYTES) return void (this.#rest = rest);
      checkHeader(rest);
      this.#hasHeader = true;
      rest = rest.subarray(FILE_HEADER_BYTES);
    }
    while (rest.length >= RECORD_HEADER_BYTES) {
      const size = rest.readUInt32LE(8);
      const frame = rest.subarray(RECORD_HEADER_BYTES, RECORD_HEADER_BYTES + size);
      if (frame.length < size) break;
      if (size < rest.readUInt32LE(12)) throw new Error('a frame was cut when it was captured');
      const datagram = readFrame(frame, (rest.readUInt32LE(0) % DAY_S) * 1e9 + rest.readUInt32LE(4));
      if (datagram !== null) this.found.push(datagram);
      rest = rest.subarray(RECORD_HEADER_BYTES + size);
    }
    this.#rest = rest;
  }
}

function checkHeader(file: Buffer): void {
  if (file.readUInt32LE(0) !== NANOSECOND_MAGIC)
    throw new Error('not a pcap with nanoseconds of this machine');
  if (file.readUInt32LE(20) !== ETHERNET)
    throw new Error(`link type ${file.readUInt32LE(20)} is not Ethernet`);
}

function readFrame(frame: Buffer, timeNs: number): Captured | null {
  if (frame.readUInt16BE(12) !== IPV4) return null;
  const ip = frame.subarray(ETHERNET_BYTES);
  if (ip.readUInt8(9) !== UDP) return null;
  const udp = ip.subarray((ip.readUInt8(0) & 15) * 4, ip.readUInt16BE(2));
  // What is joined (UDP_SEGMENT) has one header, whose length is that of all of it.
  const payload = Buffer.from(udp.subarray(UDP_HEADER_BYTES));
  return { timeNs, from: udp.readUInt16BE(0), to: udp.readUInt16BE(2), payload };
}

/**
 * Cuts what a sender joined (UDP_SEGMENT) and loopback carried as one: rows of one size, of which the last may be shorter.
 * @param sizeBytes the size of the sender's datagrams
 */
export function cutJoined(captured: readonly Captured[], sizeBytes: number): Captured[] {
  return captured.flatMap((one) => {
    const rows: Captured[] = [];
    for (let at = 0; at === 0 || at < one.payload.length; at += sizeBytes)
      rows.push({ ...one, payload: one.payload.subarray(at, at + sizeBytes) });
    return rows;
  });
}
