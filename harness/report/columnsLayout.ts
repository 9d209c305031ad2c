/**
 * The layout of `columns.bin`, for its writer and for the page that reads it.
 *
 *     'MSC1', header length (u32 LE), header (JSON), blocks (each compressed: raw deflate)
 *
 * A block has the columns of one flow, one after the other, each split into planes: first the lowest byte of every row,
 * then the next one. Most planes are zeros, which compress to nothing. It touches no file and compresses nothing.
 */

/** Its name in a run's folder. */
export const COLUMNS_FILE = 'columns.bin';

const MAGIC = [0x4d, 0x53, 0x43, 0x31];
const PREAMBLE_BYTES = 8;

/** One flow of a session, and where its block is. */
export interface ColumnsEntry {
  readonly scenario: string;
  readonly clock: string;
  readonly mode: string;
  readonly transport: string;
  readonly flow: number;
  readonly direction: string;
  /** Null at a proxy by itself. */
  readonly client: number | null;
  /** Of a flow and direction at a proxy by itself; null elsewhere. */
  readonly stream: number | null;
  readonly firstCount: number;
  /** Whether rows have numbers of their own; without, they count from the first. */
  readonly isNumbered: boolean;
  /** Datagrams. */
  readonly rows: number;
  /** Arrivals beyond the first of a datagram. */
  readonly againRows: number;
  /** What times are multiples of, nanoseconds: finer ones are rounded. */
  readonly unitNs: number;
  /** Place of the block after the header, and its compressed length; null if it was left out. */
  readonly block: readonly [offset: number, length: number] | null;
  /** Why it was left out; null if it was not. */
  readonly why: string | null;
}

export interface ColumnsHeader {
  readonly version: 1;
  /** Names of the causes, by code. */
  readonly causes: readonly string[];
  readonly flows: readonly ColumnsEntry[];
}

/** The columns of a block, in order, each with its bytes a row. Those of `again…` have `againRows` rows. */
const COLUMNS = [
  /** Number − the number of the row before − 1, so that a whole stream in order is zeros. */
  ['number', 4],
  ['cause', 1],
  ['damaged', 1],
  ['hold', 2],
  ['copies', 1],
  ['arrived', 1],
  ['extent', 4],
  /** Difference of differences of the times due, so that a constant interval is zeros. */
  ['due', 4],
  ['delay', 4],
  ['againRow', 4],
  ['againDelay', 4],
] as const;

type ColumnName = (typeof COLUMNS)[number][0];

/** A block as read. Times are whole multiples of `unitNs`. */
export type Block = Readonly<Record<ColumnName, Int32Array>>;

/** @param blocks their bytes, in the order of the header's offsets */
export function joinFile(header: ColumnsHeader, blocks: readonly Uint8Array[]): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const blocksBytes = blocks.reduce((sum, { length }) => sum + length, 0);
  const file = new Uint8Array(PREAMBLE_BYTES + json.length + blocksBytes);
  file.set(MAGIC);
  new DataView(file.buffer).setUint32(MAGIC.length, json.length, true);
  file.set(json, PREAMBLE_BYTES);
  let at = PREAMBLE_BYTES + json.length;
  for (const block of blocks) {
    file.set(block, at);
    at += block.length;
  }
  return file;
}

/** The header, and where blocks begin; null if this is no such file. */
export function readHeader(file: Uint8Array): { readonly header: ColumnsHeader; readonly at: number } | null {
  if (file.length < PREAMBLE_BYTES || MAGIC.some((byte, k) => file[k] !== byte)) return null;
  const length = new DataView(file.buffer, file.byteOffset).getUint32(MAGIC.length, true);
  const at = PREAMBLE_BYTES + length;
  if (at > file.length) return null;
  try {
    const header = JSON.parse(new TextDecoder().decode(file.subarray(PREAMBLE_BYTES, at))) as ColumnsHeader;
    return header.version === 1 ? { header, at } : null;
  } catch {
    return null;
  }
}

const rowsOf = (name: ColumnName, rows: number, againRows: number): number =>
  name.startsWith('again') ? againRows : rows;

/** Small numbers of either sign as small numbers: 0, −1, 1, −2, … */
const zigzag = (value: number): number => (value << 1) ^ (value >> 31);
const unzigzag = (value: number): number => (value >>> 1) ^ -(value & 1);

const SIGNED: ReadonlySet<ColumnName> = new Set(['number', 'due', 'delay', 'againDelay']);

/** The bytes of a block, uncompressed. */
export function joinBlock(
  columns: Readonly<Record<ColumnName, ArrayLike<number>>>,
  rows: number,
  againRows: number,
): Uint8Array {
  const sizeBytes = COLUMNS.reduce((sum, [name, bytes]) => sum + bytes * rowsOf(name, rows, againRows), 0);
  const out = new Uint8Array(sizeBytes);
  let at = 0;
  for (const [name, bytes] of COLUMNS) {
    const values = columns[name];
    const length = rowsOf(name, rows, againRows);
    const isSigned = SIGNED.has(name);
    for (let row = 0; row < length; row += 1) {
      const given = values[row] as number;
      const value = isSigned ? zigzag(given) : given;
      for (let plane = 0; plane < bytes; plane += 1) out[at + plane * length + row] = value >>> (8 * plane);
    }
    at += bytes * length;
  }
  return out;
}

/** The columns of a block. Throws on a length that the entry does not give. */
export function splitBlock(bytes: Uint8Array, { rows, againRows }: ColumnsEntry): Block {
  const block: Partial<Record<ColumnName, Int32Array>> = {};
  let at = 0;
  for (const [name, width] of COLUMNS) {
    const length = rowsOf(name, rows, againRows);
    const values = new Int32Array(length);
    for (let plane = 0; plane < width; plane += 1) {
      for (let row = 0; row < length; row += 1)
        values[row] = (values[row] as number) | ((bytes[at + plane * length + row] as number) << (8 * plane));
    }
    if (SIGNED.has(name))
      for (let row = 0; row < length; row += 1) values[row] = unzigzag(values[row] as number);
    block[name] = values;
    at += width * length;
  }
  if (at !== bytes.length) throw new Error(`a block of ${bytes.length} bytes, expected ${at}`);
  return block as Block;
}
