/**
 * The reorder buffer: holds a datagram back until a number of later ones have passed (displacement).
 *
 * It stores handles (integers that the caller chose, such as slots of its arena), not payloads, has no limit (the caller's
 * memory has one), and no notion of time. The rule: a held datagram is released after d later indices whose fate is plain pass have been sent. Drops,
 * holds and copies do not count; an index known to be missing counts if its fate was to pass; datagrams released by the
 * same pass leave in index order. At the end of the stream the rest leaves, in index order.
 *
 * Calling order: for each index of the flow, rising, missing ones included, either call `hold`, or send it and call
 * `pass` right after, or, if dropped, call neither. Call `flush` once, at the end. An index that arrives after a later
 * one has been handled is late, and was counted as missing: either send it at once without calling `pass` again, or
 * hold it like any other; its count starts then.
 */
import { GrowingColumn } from '../../src/base/growingColumn.ts';
import { MAX_REORDER_DISTANCE } from './stages/reorder.ts';

/** Ring of buckets, one per pass to come; a power of two above the largest distance. */
const RING = 1024;
const NONE = -1;

if (RING <= MAX_REORDER_DISTANCE) throw new Error('the ring must be longer than any distance');

export class ReorderBuffer {
  /** Datagrams held now. */
  heldCount = 0;
  /** Handles released by the last `pass` or `flush`, in the order they leave; valid until the next call. */
  get released(): Int32Array {
    return this.#released.values;
  }

  /**
   * Bucket → its first and last node; bucket b is released by the passes numbered b modulo RING. Empty until something is
   * held: most flows hold nothing.
   */
  #heads = new Int32Array(0);
  #tails = new Int32Array(0);
  readonly #released = new GrowingColumn(new Int32Array(16));
  readonly #indices = new GrowingColumn(new Float64Array(16));
  readonly #handles = new GrowingColumn(new Int32Array(16));
  readonly #next = new GrowingColumn(new Int32Array(16));
  /** Nodes ever used, and the list of free ones. */
  #nodes = 0;
  #free = NONE;
  #passes = 0;

  /**
   * Holds a datagram back.
   * @param index the datagram's index
   * @param handle the value that `released` returns for it
   * @param distance number of later passes it waits for, 1 to MAX_REORDER_DISTANCE
   */
  hold(index: number, handle: number, distance: number): void {
    if (!(distance >= 1 && distance < RING)) throw new Error(`no such distance: ${distance}`);
    if (this.#heads.length === 0) {
      this.#heads = new Int32Array(RING).fill(NONE);
      this.#tails = new Int32Array(RING).fill(NONE);
    }
    const node = this.#takeNode();
    this.#indices.values[node] = index;
    this.#handles.values[node] = handle;
    this.heldCount += 1;
    const bucket = (this.#passes + distance) & (RING - 1);
    const tail = this.#tails[bucket] as number;
    if (tail === NONE) {
      this.#heads[bucket] = node;
      this.#tails[bucket] = node;
      this.#next.values[node] = NONE;
    } else if ((this.#indices.values[tail] as number) <= index) {
      this.#next.values[tail] = node;
      this.#tails[bucket] = node;
      this.#next.values[node] = NONE;
    } else this.#insertLate(bucket, node, index);
  }

  /** A plain pass was sent, or is known to be missing. Returns the number of handles in `released`. */
  pass(): number {
    this.#passes = (this.#passes + 1) & (RING - 1);
    if (this.heldCount === 0) return 0;
    const bucket = this.#passes;
    let node = this.#heads[bucket] as number;
    if (node === NONE) return 0;
    let count = 0;
    while (node !== NONE) {
      this.#emit(count, node);
      count += 1;
      const next = this.#next.values[node] as number;
      this.#next.values[node] = this.#free;
      this.#free = node;
      node = next;
    }
    this.#heads[bucket] = NONE;
    this.#tails[bucket] = NONE;
    this.heldCount -= count;
    return count;
  }

  /** The stream has ended: everything held leaves, in index order. Returns the number of handles in `released`. */
  flush(): number {
    if (this.heldCount === 0) return 0;
    const nodes: number[] = [];
    for (let bucket = 0; bucket < RING; bucket += 1) {
      for (
        let node = this.#heads[bucket] as number;
        node !== NONE;
        node = this.#next.values[node] as number
      ) {
        nodes.push(node);
      }
    }
    nodes.sort((a, b) => (this.#indices.values[a] as number) - (this.#indices.values[b] as number));
    for (const [count, node] of nodes.entries()) this.#emit(count, node);
    this.#heads.fill(NONE);
    this.#tails.fill(NONE);
    this.#nodes = 0;
    this.#free = NONE;
    this.heldCount = 0;
    return nodes.length;
  }

  /** Calls back with the handle of everything that is held, in any order. */
  forEach(visit: (handle: number) => void): void {
    if (this.heldCount === 0) return;
    for (const head of this.#heads) {
      for (let node = head; node !== NONE; node = this.#next.values[node] as number)
        visit(this.#handles.values[node] as number);
    }
  }

  #emit(count: number, node: number): void {
    this.#released.fit(count + 1);
    this.#released.values[count] = this.#handles.values[node] as number;
  }

  /** Inserts a late index before the later ones of its bucket. */
  #insertLate(bucket: number, node: number, index: number): void {
    let before = NONE;
    let after = this.#heads[bucket] as number;
    while ((this.#indices.values[after] as number) <= index) {
      before = after;
      after = this.#next.values[after] as number;
    }
    this.#next.values[node] = after;
    if (before === NONE) this.#heads[bucket] = node;
    else this.#next.values[before] = node;
  }

  #takeNode(): number {
    const node = this.#free;
    if (node !== NONE) {
      this.#free = this.#next.values[node] as number;
      return node;
    }
    this.#nodes += 1;
    if (this.#nodes > this.#handles.length) {
      this.#handles.fit(this.#nodes);
      this.#next.fit(this.#nodes);
      this.#indices.fit(this.#nodes);
    }
    return this.#nodes - 1;
  }
}
