/**
 * Loops through other proxies: where the upstream forwards to this proxy again, perhaps over several more, each datagram
 * comes back from a new port, opens a flow and goes round again, until no flow is left.
 *
 * No datagram says by itself that it has been here before: clients that repeat a request from another port, a hundred
 * clients with the same greeting, and copies (`--duplicate`) look the same. So a suspicion refuses nothing; it only leads
 * to a check that cannot be passed by chance:
 *
 * 1. Suspicion. A flow's first datagram is byte for byte the first datagram of the flow before, which has sent it on, and
 *    nothing has come back there. In a loop this goes on from flow to flow; at the 8th in close succession (and at the
 *    16th, 32nd, …, if the check was lost on its way) it is time to check. A server that answers ends the row; so does one
 *    that is dead, by its refusals. Clients that start together are one step, because the first has not been sent on yet.
 * 2. Check. A short text that only this proxy knows goes down to the client of the suspicious flow. If that client is a
 *    proxy's upstream port, that proxy hands the text to its own client, and so on, until it arrives at an upstream port
 *    of this proxy, of another flow: what is sent there does come back from that client. It goes no further then.
 * 3. Cut. That client's datagrams are refused as long as they come, and its flow is closed; the other flows of the row are
 *    checked as well. What is under way is ahead of the check, so while the circle is known, a datagram that goes on a row
 *    opens no flow. So what goes round is stopped at its first return.
 *
 * An honest client can meet at most one such text, where eight clients in a row sent the same datagram, one
 * after the other, to a server that said nothing to any of them. Nothing is refused without proof; and where it is proved,
 * no server stands behind the upstream. With losses on the way a loop ends by itself.
 */
import { peerKey } from '../../../src/net/batch.ts';
import { DatagramBatch } from '../../../src/net/batch.ts';
import type { Peer } from '../../../src/net/batch.ts';
import { sendControl } from '../../../src/net/endpoint.ts';
import type { DatagramSink } from '../../../src/net/endpoint.ts';
import type { Flow } from '../flows/flow.ts';

/** Length of a row of flows at which it is checked first; a power of 2. */
const SUSPICIOUS = 8;
/**
 * Longest time between two flows of a row, nanoseconds. A slower circle, whose proxies delay, opens so few flows that
 * they expire (`--idle`) as fast as they are opened.
 */
const ROW_NS = 1.5e9;
/** Maximum number of rows, of checks under way, and of clients that are cut off; the oldest are forgotten. */
const MAX_ROWS = 256;
const MAX_CHECKS = 64;
const MAX_CUT = 1024;
/** A client that is cut off is forgotten after so long without a datagram: somebody else may have its port, nanoseconds. */
const CUT_NS = 60e9;
/** The circle is known for so long after a proof, or after a datagram of a client that is cut off, nanoseconds. */
const CIRCLE_NS = 10e9;

const PREFIX = Buffer.from('matchstream checks for a loop: ');
const IDENTITY_BYTES = 8;
const CHECK_BYTES = PREFIX.length + 2 * IDENTITY_BYTES + 8;

/** Whether a row is a check, of any proxy. */
export function isLoopCheck({ bytes, offsets, lengths }: DatagramBatch, row: number): boolean {
  if (lengths[row] !== CHECK_BYTES) return false;
  const start = offsets[row] as number;
  return PREFIX.every((byte, k) => bytes[start + k] === byte);
}

/** Flows that began with the same datagram, one after the other. */
interface Row {
  last: Flow;
  lastNs: number;
  /** Flows that another one of the row came before. */
  followers: Flow[];
  /** How many there were. */
  length: number;
}

export class LoopChecks {
  readonly #random: (sizeBytes: number) => Uint8Array;
  /** What the datagram is like → its row, the latest last. */
  readonly #rows = new Map<string, Row>();
  /** Text of a check → the flow that it was sent to. */
  readonly #checks = new Map<string, Flow>();
  readonly #rowOf = new WeakMap<Flow, Row>();
  /** Until when it is known that the upstream leads back here, nanoseconds. */
  #circleUntilNs = 0;
  /** Peer → when it is forgotten. */
  readonly #cut = new Map<string, number>();
  readonly #out = new DatagramBatch(1, CHECK_BYTES);
  #identity = '';
  #sent = 0;
  #toSend: Flow[] = [];

  constructor(random: (sizeBytes: number) => Uint8Array) {
    this.#random = random;
  }

  /** Whether a datagram that would open a flow is this proxy's own, as far as a circle is known. */
  isOwn(nowNs: number, batch: DatagramBatch, at: number): boolean {
    if (this.#cut.size === 0) return false;
    if (this.#isCut(nowNs, peerKey(batch.sources[at] as Peer))) {
      this.#circleUntilNs = nowNs + CIRCLE_NS;
      return true;
    }
    if (nowNs >= this.#circleUntilNs) return false;
    const row = this.#rows.get(keyOf(batch, at));
    return row !== undefined && goesOn(row, nowNs) && row.last.watch.hasBegun;
  }

  /** A row of a batch has opened a flow. */
  noteOpening(nowNs: number, flow: Flow, batch: DatagramBatch, at: number): void {
    const key = keyOf(batch, at);
    const row = this.#rows.get(key);
    if (row === undefined || !goesOn(row, nowNs)) {
      this.#rows.delete(key);
      this.#rows.set(key, { last: flow, lastNs: nowNs, followers: [], length: 0 });
      keepNewest(this.#rows, MAX_ROWS);
      return;
    }
    // What has not been sent on cannot have come back.
    if (!row.last.watch.hasBegun) return;
    row.last = flow;
    row.lastNs = nowNs;
    row.length += 1;
    row.followers.push(flow);
    if (row.followers.length > 2 * SUSPICIOUS) row.followers.shift();
    this.#rowOf.set(flow, row);
    const isPowerOf2 = (row.length & (row.length - 1)) === 0;
    if (row.length >= SUSPICIOUS && isPowerOf2) this.#toSend.push(flow);
  }

  /**
   * Takes a row that came from the upstream of a flow, if it is a check of this proxy: it is not to be forwarded.
   * @returns whose client is cut off from now on: the flow is to be closed; null for none, undefined if it is no such check
   */
  take(nowNs: number, flow: Flow, batch: DatagramBatch, at: number): Flow | null | undefined {
    if (!isLoopCheck(batch, at)) return undefined;
    const text = Buffer.from(batch.payload(at)).toString('latin1');
    if (this.#identity === '' || !text.startsWith(this.#identity, PREFIX.length)) return undefined;
    const checked = this.#checks.get(text);
    this.#checks.delete(text);
    // A client and a server that echo everything give it back as well, but in one flow.
    if (checked === undefined || checked === flow) return null;
    this.#cut.set(peerKey(checked.client), nowNs + CUT_NS);
    keepNewest(this.#cut, MAX_CUT);
    this.#circleUntilNs = nowNs + CIRCLE_NS;
    const row = this.#rowOf.get(checked);
    if (row !== undefined) {
      this.#toSend.push(...row.followers.filter((one) => one !== checked));
      row.followers.length = 0;
    }
    return checked;
  }

  /** Sends the checks that are due. @param numberOf the port towards the clients of a listening port */
  drain(sink: DatagramSink, numberOf: (listenPort: number) => number): void {
    if (this.#toSend.length === 0) return;
    for (const flow of this.#toSend) {
      const text = this.#nextText();
      this.#checks.set(text, flow);
      keepNewest(this.#checks, MAX_CHECKS);
      this.#out.clear();
      this.#out.append(Buffer.from(text, 'latin1'), 0, CHECK_BYTES, 0);
      sendControl(sink, numberOf(flow.listenPort), flow.client, this.#out, 0, 1);
    }
    this.#toSend = [];
  }

  #isCut(nowNs: number, client: string): boolean {
    const untilNs = this.#cut.get(client);
    if (untilNs === undefined) return false;
    this.#cut.delete(client);
    if (nowNs >= untilNs) return false;
    this.#cut.set(client, nowNs + CUT_NS);
    return true;
  }

  #nextText(): string {
    if (this.#identity === '') this.#identity = Buffer.from(this.#random(IDENTITY_BYTES)).toString('hex');
    this.#sent += 1;
    return `${PREFIX.toString('latin1')}${this.#identity}${this.#sent.toString(16).padStart(8, '0')}`;
  }
}

/** Whether the next flow with its datagram belongs to a row. */
const goesOn = (row: Row, nowNs: number): boolean =>
  nowNs - row.lastNs <= ROW_NS && !row.last.watch.isAnswered;

/** Forgets the oldest entry where there are too many. */
function keepNewest(entries: Map<string, unknown>, most: number): void {
  const [oldest] = entries.keys();
  if (entries.size > most && oldest !== undefined) entries.delete(oldest);
}

/** A key that is equal for equal datagrams, and hardly ever for others: a false suspicion proves nothing. */
function keyOf({ bytes, offsets, lengths }: DatagramBatch, row: number): string {
  const start = offsets[row] as number;
  const end = start + (lengths[row] as number);
  let a = 0x81_1c_9d_c5;
  let b = 0;
  for (let at = start; at < end; at += 1) {
    a = Math.imul(a ^ (bytes[at] as number), 0x01_00_01_93);
    b = (Math.imul(b, 31) + (bytes[at] as number)) | 0;
  }
  return `${end - start}|${a}|${b}`;
}
