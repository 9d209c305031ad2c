/**
 * One direction of a flow at the entry and the exit of a proxy, and one stream of it: what sees there what comes in, with what
 * is decided of it, and what leaves; and the one that notes it for the capture of a run.
 *
 * What is to leave is noted when it is queued, and written with its bytes when it was sent.
 */
import { GrowingColumn } from '../../../src/base/growingColumn.ts';
import { formatHostPort } from '../../../src/base/quantities.ts';
import type { DatagramBatch, Peer } from '../../../src/net/batch.ts';
import type { Sent } from '../../../src/net/sendQueue.ts';
import { causeCode } from '../../impairment/causes.ts';
import { PASSAGE } from './passages.ts';
import type { Passages } from './passages.ts';
import type { TappedFlow } from './tap.ts';

/** Where a capture takes what is noted. */
export interface PassageNotes {
  readonly passages: Passages;
  /** Takes a datagram over with its row. @param timeNs NaN for now */
  note(bytes: Uint8Array, start: number, lengthBytes: number, timeNs: number, passage: number): void;
  /** Whether time jumps, so that a datagram leaves at its own time. */
  readonly isVirtual: boolean;
}

/** Sees a direction of a flow. */
export interface WayTap {
  /** @param name before the index in comments, such as `stream 2, `; empty for the first stream */
  stream(name?: string): StreamTap;
  /** From now on what goes up leaves from another port. Absent: it does not matter. */
  moved?(port: number): void;
}

/** Sees a stream of a direction, or its control datagrams. Rows and bytes are valid during the call. */
export interface StreamTap {
  /** A datagram came in of which nothing was to be decided. */
  passed(batch: DatagramBatch, row: number): void;
  /** A datagram came in, and is not passed on. */
  ignored(batch: DatagramBatch, row: number): void;
  /** A datagram came in, and is dropped. */
  dropped(batch: DatagramBatch, row: number, index: number, repeat: number, dropCause: number): void;
  /**
   * A datagram came in, with a fate.
   * @param isHeld whether it is held back as long as its fate says
   */
  entered(
    batch: DatagramBatch,
    row: number,
    index: number,
    repeat: number,
    copies: number,
    hold: number,
    isHeld: boolean,
    corrupt: number,
    delayNs: number,
  ): void;
  /** A datagram is queued to leave: called for each, in order. @param isCopy whether the proxy has added it */
  queued(
    index: number,
    repeat: number,
    isCopy: boolean,
    hold: number,
    corrupt: number,
    delayNs: number,
  ): void;
  /** The next one that was queued was sent: a row with its bytes. */
  readonly left: Sent;
  /** One of which nothing was decided was sent. */
  readonly leftAsIs: Sent;
  /** A full queue at the exit has dropped a datagram. */
  queueDropped(
    bytes: Uint8Array,
    start: number,
    lengthBytes: number,
    timeNs: number,
    index: number,
    repeat: number,
    isCopy: boolean,
  ): void;
  /** What is queued will not leave. */
  forget(): void;
}

/** A direction of a flow in a capture. */
export class CapturedWay implements WayTap {
  readonly isUpward: boolean;
  /** The new port that the next datagram is the first to leave from; 0 for none. */
  #movedTo = 0;
  readonly notes: PassageNotes;
  readonly #flow: TappedFlow;
  readonly #server: () => Peer;

  /** @param server whom its client asks, as long as nothing has been written of it */
  constructor(notes: PassageNotes, flow: TappedFlow, server: () => Peer, isUpward: boolean) {
    this.notes = notes;
    this.#flow = flow;
    this.#server = server;
    this.isUpward = isUpward;
  }

  moved(port: number): void {
    this.#movedTo = port;
  }

  /** The port that the datagram which leaves now is the first to leave from; 0 for none. */
  takeMove(): number {
    const port = this.#movedTo;
    if (port > 0) this.#movedTo = 0;
    return port;
  }

  /** Its ends, `HOST:PORT` each. */
  get addresses(): { readonly client: string; readonly server: string } {
    const [client, server] = [this.#flow.client, this.#server()].map(({ address, port }) =>
      formatHostPort(address, port),
    );
    return { client: client as string, server: server as string };
  }

  stream(name = ''): CapturedStream {
    return new CapturedStream(this, name);
  }
}

const QUEUE = causeCode('queue');

/** A stream of it, or its control datagrams. */
export class CapturedStream implements StreamTap {
  readonly way: CapturedWay;
  /** Before the index in comments. */
  readonly name: string;
  /** Its number in the capture, from 0; null until something of it was noted. */
  place: number | null = null;
  readonly #notes: PassageNotes;
  /** What is to leave, in order: rows. */
  readonly #queued = new GrowingColumn(new Uint32Array(0));
  #queuedCount = 0;
  /** Of those, how many have left. */
  #sent = 0;

  constructor(way: CapturedWay, name: string) {
    this.way = way;
    this.name = name;
    this.#notes = way.notes;
  }

  passed(batch: DatagramBatch, row: number): void {
    this.#note(batch, row, this.#notes.passages.take(this, PASSAGE.passed));
  }

  ignored(batch: DatagramBatch, row: number): void {
    this.#note(batch, row, this.#notes.passages.take(this, PASSAGE.ignored));
  }

  dropped(batch: DatagramBatch, row: number, index: number, repeat: number, dropCause: number): void {
    const { passages } = this.#notes;
    const passage = passages.takeFate(this, PASSAGE.entered, index, repeat, 0, 0, -1, 0);
    passages.setDropCause(passage, dropCause);
    this.#note(batch, row, passage);
  }

  entered(
    batch: DatagramBatch,
    row: number,
    index: number,
    repeat: number,
    copies: number,
    hold: number,
    isHeld: boolean,
    corrupt: number,
    delayNs: number,
  ): void {
    const { passages } = this.#notes;
    const passage = passages.takeFate(this, PASSAGE.entered, index, repeat, copies, hold, corrupt, delayNs);
    if (!isHeld) passages.setPassedBy(passage);
    this.#note(batch, row, passage);
  }

  queued(
    index: number,
    repeat: number,
    isCopy: boolean,
    hold: number,
    corrupt: number,
    delayNs: number,
  ): void {
    const count = this.#queuedCount;
    this.#queued.fit(count + 1);
    this.#queued.values[count] = this.#notes.passages.takeFate(
      this,
      PASSAGE.left,
      index,
      repeat,
      isCopy ? 1 : 0,
      hold,
      corrupt,
      delayNs,
    );
    this.#queuedCount = count + 1;
  }

  readonly left = (batch: DatagramBatch, row: number, isAccepted: boolean): void => {
    const passage = this.#queued.values[this.#sent] as number;
    this.#sent += 1;
    if (this.#sent === this.#queuedCount) this.#sent = this.#queuedCount = 0;
    this.#noteLeft(batch, row, passage, isAccepted);
  };

  readonly leftAsIs = (batch: DatagramBatch, row: number, isAccepted: boolean): void =>
    this.#noteLeft(batch, row, this.#notes.passages.take(this, PASSAGE.leftAsIs), isAccepted);

  queueDropped(
    bytes: Uint8Array,
    start: number,
    lengthBytes: number,
    timeNs: number,
    index: number,
    repeat: number,
    isCopy: boolean,
  ): void {
    const { passages, isVirtual } = this.#notes;
    const copies = isCopy ? 1 : 0;
    const passage = passages.takeFate(this, PASSAGE.queueDropped, index, repeat, copies, 0, -1, 0);
    passages.setDropCause(passage, QUEUE);
    this.#notes.note(bytes, start, lengthBytes, isVirtual ? timeNs : Number.NaN, passage);
  }

  forget(): void {
    const { passages } = this.#notes;
    for (let k = this.#sent; k < this.#queuedCount; k += 1)
      passages.giveBack(this.#queued.values[k] as number);
    this.#sent = 0;
    this.#queuedCount = 0;
  }

  #note({ bytes, offsets, lengths, timesNs }: DatagramBatch, row: number, passage: number): void {
    const timeNs = timesNs[row] as number;
    this.#notes.note(bytes, offsets[row] as number, lengths[row] as number, timeNs, passage);
  }

  #noteLeft(batch: DatagramBatch, row: number, passage: number, isAccepted: boolean): void {
    const { passages, isVirtual } = this.#notes;
    if (!isAccepted) passages.setRefused(passage);
    const movedTo = this.way.takeMove();
    if (movedTo > 0) passages.setMovedTo(passage, movedTo);
    const { bytes, offsets, lengths, timesNs } = batch;
    const timeNs = isVirtual ? (timesNs[row] as number) : Number.NaN;
    this.#notes.note(bytes, offsets[row] as number, lengths[row] as number, timeNs, passage);
  }
}
