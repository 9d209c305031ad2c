/**
 * Memory in cells of a few sizes, for datagrams that come and go: blocks of 64 KiB, each cut into cells of one size.
 *
 * A block whose cells are all free serves any size again, so the memory follows what is held, whatever its sizes were
 * before. Taking and giving back a cell is a few steps, however many there are, and allocates nothing but blocks.
 */
import { GrowingColumn } from '../../../src/base/growingColumn.ts';

const BLOCK_BYTES = 65_536;
/** Cells are multiples of this. */
const CELL_GRAIN_BYTES = 128;
/** The largest cell. */
export const MAX_CELL_BYTES = 2048;
/** Cells of the smallest size in a block; a cell's number is that of its block times this, and its place. */
const MAX_CELLS = BLOCK_BYTES / CELL_GRAIN_BYTES;
const SIZES = MAX_CELL_BYTES / CELL_GRAIN_BYTES;
/** Free blocks that are kept for the next datagrams. */
const MAX_SPARE_BLOCKS = 16;
const NONE = -1;

/** The size of the cell for a datagram, bytes. */
export const cellBytesFor = (lengthBytes: number): number =>
  Math.max(CELL_GRAIN_BYTES, Math.ceil(lengthBytes / CELL_GRAIN_BYTES) * CELL_GRAIN_BYTES);

export class Cells {
  /** Block → its memory; null while the block is not in use. */
  readonly #blocks: (Uint8Array | null)[] = [];
  /** Numbers of blocks without memory, and memory without a number. */
  readonly #unused: number[] = [];
  readonly #spare: Uint8Array[] = [];
  readonly #cellBytes = new GrowingColumn(new Uint32Array(0));
  /** Block → cells in use; cells ever used; its first free cell among those; −1 if none. */
  readonly #used = new GrowingColumn(new Int32Array(0));
  readonly #begun = new GrowingColumn(new Int32Array(0));
  readonly #free = new GrowingColumn(new Int32Array(0));
  /** Free cell → the next free one of its block. */
  readonly #nextFree = new GrowingColumn(new Int32Array(0));
  /** Size of cells, in grains → the first block with a free cell; and the blocks before and behind each of those. */
  readonly #withRoom = new Int32Array(SIZES + 1).fill(NONE);
  readonly #before = new GrowingColumn(new Int32Array(0));
  readonly #behind = new GrowingColumn(new Int32Array(0));

  /** Memory of the blocks, spare ones included, bytes. */
  get allocatedBytes(): number {
    return (this.#blocks.length - this.#unused.length + this.#spare.length) * BLOCK_BYTES;
  }

  /** Takes a cell for so many bytes, at most MAX_CELL_BYTES. Returns its number. */
  take(lengthBytes: number): number {
    const cellBytes = cellBytesFor(lengthBytes);
    const size = cellBytes / CELL_GRAIN_BYTES;
    let block = this.#withRoom[size] as number;
    if (block === NONE) block = this.#begin(cellBytes);
    const used = (this.#used.values[block] as number) + 1;
    this.#used.values[block] = used;
    let cell = this.#free.values[block] as number;
    if (cell === NONE) {
      const begun = this.#begun.values[block] as number;
      cell = block * MAX_CELLS + begun;
      this.#begun.values[block] = begun + 1;
    } else this.#free.values[block] = this.#nextFree.values[cell] as number;
    if (used === Math.floor(BLOCK_BYTES / cellBytes)) this.#unlink(block, size);
    return cell;
  }

  giveBack(cell: number): void {
    const block = Math.floor(cell / MAX_CELLS);
    const cellBytes = this.#cellBytes.values[block] as number;
    const size = cellBytes / CELL_GRAIN_BYTES;
    const used = this.#used.values[block] as number;
    this.#used.values[block] = used - 1;
    this.#nextFree.values[cell] = this.#free.values[block] as number;
    this.#free.values[block] = cell;
    if (used === Math.floor(BLOCK_BYTES / cellBytes)) this.#link(block, size);
    if (used === 1) this.#end(block, size);
  }

  /** The memory that a cell is in. */
  bytes(cell: number): Uint8Array {
    return this.#blocks[Math.floor(cell / MAX_CELLS)] as Uint8Array;
  }

  /** Where it begins there. */
  start(cell: number): number {
    const block = Math.floor(cell / MAX_CELLS);
    return (cell - block * MAX_CELLS) * (this.#cellBytes.values[block] as number);
  }

  /** Puts a block into use, for cells of one size. */
  #begin(cellBytes: number): number {
    const block = this.#unused.pop() ?? this.#blocks.length;
    this.#blocks[block] = this.#spare.pop() ?? new Uint8Array(BLOCK_BYTES);
    for (const column of [this.#cellBytes, this.#used, this.#begun, this.#free, this.#before, this.#behind])
      column.fit(block + 1);
    this.#nextFree.fit((block + 1) * MAX_CELLS);
    this.#cellBytes.values[block] = cellBytes;
    this.#used.values[block] = 0;
    this.#begun.values[block] = 0;
    this.#free.values[block] = NONE;
    this.#link(block, cellBytes / CELL_GRAIN_BYTES);
    return block;
  }

  /** Takes a block whose cells are all free out of use. */
  #end(block: number, size: number): void {
    this.#unlink(block, size);
    const memory = this.#blocks[block] as Uint8Array;
    this.#blocks[block] = null;
    this.#unused.push(block);
    if (this.#spare.length < MAX_SPARE_BLOCKS) this.#spare.push(memory);
  }

  #link(block: number, size: number): void {
    const first = this.#withRoom[size] as number;
    this.#before.values[block] = NONE;
    this.#behind.values[block] = first;
    if (first !== NONE) this.#before.values[first] = block;
    this.#withRoom[size] = block;
  }

  #unlink(block: number, size: number): void {
    const before = this.#before.values[block] as number;
    const behind = this.#behind.values[block] as number;
    if (before === NONE) this.#withRoom[size] = behind;
    else this.#behind.values[before] = behind;
    if (behind !== NONE) this.#before.values[behind] = before;
  }
}
