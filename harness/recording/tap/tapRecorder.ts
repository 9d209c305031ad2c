/**
 * Records what comes in at a running proxy, all flows, both directions, without ever making it wait.
 *
 * Datagrams are copied, sorted by time of arrival within 10 ms, and written. Where the disk is too slow, or writing would
 * take more than its share of the processor, datagrams are left out and counted. Everything is in the file `NAME.partial`
 * at most a second after it arrived; at the end the file gets its name.
 */
import { EnvironmentError } from '../../../src/base/errors.ts';
import { formatHostPort } from '../../../src/base/quantities.ts';
import type { DatagramBatch, Peer } from '../../../src/net/batch.ts';
import type { Clock } from '../../../src/net/clock.ts';
import { startTimer } from '../../../src/net/timer.ts';
import { CONVERSATION_HEADER, addressMembers } from '../conversationFormat.ts';
import { FLOW_LIMIT } from '../format.ts';
import { RecordingWriter } from '../writer.ts';
import { ArrivalOrder } from './arrivalOrder.ts';
import type { Tap, TappedFlow } from './tap.ts';

/** Sockets are read one after the other: within this time, datagrams of several of them are put in order. */
const SORT_NS = 10e6;
const TICK_MS = 10;
const FLUSH_NS = 1e9;
/** Memory for datagrams that wait to be written, bytes. */
const MAX_WAITING_BYTES = 64 << 20;
/** Share of the time that writing may take however busy the proxy is, and the share that it leaves free otherwise. */
const MIN_SHARE = 0.15;
const FREE_SHARE = 0.1;
/** The account of that time is of about so long, so that a quiet hour does not pay for a flood. */
const ACCOUNT_NS = 1e9;
/** Datagrams between two readings of the clock. */
const STEP = 256;

/** What became of the datagrams that came in: recorded + leftOut + refused. */
export interface Recorded {
  readonly path: string;
  readonly recorded: number;
  /** Not written, because the disk or the processor was too slow, or writing failed. */
  readonly leftOut: number;
  /** Of flows with a number above the format's limit. */
  readonly refused: number;
  /** Recorded with the time of the one before, because they came to be known more than 10 ms late. */
  readonly stragglers: number;
  /** Why the file is incomplete and has no name of its own; null if it is complete. */
  readonly failure: EnvironmentError | null;
}

/** Processor time of this process, nanoseconds. */
function processNs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/** A flow while one client has it. */
interface Client {
  readonly flow: number;
  readonly client: Peer;
  /** Members of its first frame, as JSON; empty once they are written. */
  addresses: string;
}

export class TapRecorder implements Tap {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #protocol: string;
  readonly #writer: RecordingWriter;
  readonly #waiting = new ArrivalOrder(MAX_WAITING_BYTES);
  /** Clients that had a flow, in order; what waits names them by their place. */
  readonly #clients: Client[] = [];
  /** Flow → place of its client. */
  readonly #clientOf = new Map<number, number>();
  readonly #say: (line: string) => void;
  readonly #startNs: number;
  #cancelTimer: (() => void) | null = null;
  /** Processor time that it may use, nanoseconds. */
  #budgetNs = ACCOUNT_NS * MIN_SHARE;
  #tickedNs: number;
  /** Of this process, when the last tick ended. */
  #processNs = 0;
  #leftOut = 0;
  #refused = 0;
  #stragglers = 0;
  #lastNs = 0;
  /** When the first datagram of the file arrived. */
  #firstNs = 0;
  #lastWriteNs = 0;
  #flushedNs: number;
  /** Whether the disk is behind: nothing is written until it is not. */
  #isBehind = false;
  #failure: EnvironmentError | null = null;

  /**
   * Makes the file.
   * @param clock of the arrivals
   * @param protocol as after `--protocol`, for readers
   * @param say receives at once what a user should know, a line each
   * @throws UsageError, EnvironmentError if it cannot be made
   */
  constructor(path: string, clock: Clock, protocol: string, say: (line: string) => void) {
    this.#path = path;
    this.#clock = clock;
    this.#protocol = protocol;
    this.#say = say;
    this.#startNs = Math.floor(clock.nowNs());
    this.#flushedNs = this.#startNs;
    this.#tickedNs = this.#startNs;
    this.#processNs = processNs();
    this.#writer = new RecordingWriter(path, CONVERSATION_HEADER, { keepsPartial: true });
  }

  note(flow: TappedFlow, server: Peer, isUpward: boolean, batch: DatagramBatch, row: number): void {
    const { number } = flow;
    if (number > FLOW_LIMIT) return this.#refuse();
    let place = this.#clientOf.get(number);
    if (place === undefined || this.#clients[place]?.client !== flow.client) place = this.#meet(flow, server);
    if (this.#failure !== null || !this.#waiting.put(batch, row, place, isUpward)) return this.#leave();
    this.#cancelTimer ??= startTimer(this.#tick, TICK_MS);
  }

  /** Removes the file: the proxy did not start. */
  async abandon(): Promise<void> {
    this.#cancelTimer?.();
    await this.#writer.discard();
  }

  /** Writes what is waiting, and gives the file its name. Call it when nothing comes in any more. */
  async finish(): Promise<Recorded> {
    this.#cancelTimer?.();
    try {
      while (this.#waiting.count > 0 && this.#failure === null) {
        await this.#writer.flush();
        this.#isBehind = false;
        this.#write(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY);
      }
      if (this.#failure === null) await this.#writer.finish();
    } catch (cause) {
      this.#fail(cause);
    }
    // What the disk did not take is not recorded.
    const recorded = this.#failure === null ? this.#writer.frames : this.#writer.writtenFrames;
    return {
      path: this.#path,
      recorded,
      leftOut: this.#leftOut + this.#waiting.count + this.#writer.frames - recorded,
      refused: this.#refused,
      stragglers: this.#stragglers,
      failure: this.#failure,
    };
  }

  readonly #tick = (): void => {
    this.#cancelTimer = null;
    const nowNs = this.#clock.nowNs();
    this.#refill(nowNs);
    if (!this.#isBehind) this.#budgetNs -= this.#write(nowNs - SORT_NS, this.#budgetNs);
    this.#processNs = processNs();
    if (nowNs - this.#flushedNs >= FLUSH_NS) this.#flush(nowNs);
    const isWritten = this.#waiting.count === 0 && this.#flushedNs > this.#lastWriteNs;
    if (!isWritten && this.#failure === null) this.#cancelTimer = startTimer(this.#tick, TICK_MS);
  };

  /** Since the last tick: a share of the time for sure, and what the proxy left idle but for a reserve. */
  #refill(nowNs: number): void {
    const elapsedNs = nowNs - this.#tickedNs;
    const idleNs = elapsedNs - (processNs() - this.#processNs);
    this.#tickedNs = nowNs;
    this.#budgetNs += Math.max(elapsedNs * MIN_SHARE, idleNs - elapsedNs * FREE_SHARE);
    this.#budgetNs = Math.min(this.#budgetNs, ACCOUNT_NS * MIN_SHARE);
  }

  /** Writes what arrived until a time, for as long as it may take. Returns the processor time that it took. */
  #write(untilNs: number, limitNs: number): number {
    const beganNs = processNs();
    let visited = 0;
    try {
      this.#waiting.take(untilNs, (timeNs, start, lengthBytes, place, isUpward) => {
        if (this.#isBehind || (visited % STEP === 0 && processNs() - beganNs >= limitNs)) return false;
        visited += 1;
        this.#append(timeNs, start, lengthBytes, this.#clients[place] as Client, isUpward);
        return true;
      });
    } catch (cause) {
      this.#fail(cause);
    }
    if (visited > 0) this.#lastWriteNs = this.#clock.nowNs();
    return processNs() - beganNs;
  }

  #append(timeNs: number, start: number, lengthBytes: number, client: Client, isUpward: boolean): void {
    // Time 0 is the first datagram's.
    if (this.#writer.frames === 0) this.#firstNs = Math.floor(timeNs);
    const sinceStartNs = Math.floor(timeNs) - this.#firstNs;
    if (sinceStartNs < this.#lastNs) this.#stragglers += 1;
    else this.#lastNs = sinceStartNs;
    const { flow, addresses } = client;
    client.addresses = '';
    const payload = this.#waiting.bytes.subarray(start, start + lengthBytes);
    const behind = this.#writer.append(this.#lastNs, payload, flow, isUpward ? 'up' : 'down', addresses);
    if (behind !== undefined) void this.#catchUp(behind);
  }

  async #catchUp(behind: Promise<void>): Promise<void> {
    this.#isBehind = true;
    await behind.catch((cause: unknown) => this.#fail(cause));
    this.#isBehind = false;
  }

  #flush(nowNs: number): void {
    this.#flushedNs = nowNs;
    this.#writer.flush().catch((cause: unknown) => this.#fail(cause));
  }

  #meet({ number, client }: TappedFlow, server: Peer): number {
    const clientText = formatHostPort(client.address, client.port);
    const serverText = formatHostPort(server.address, server.port);
    const addresses = addressMembers(clientText, serverText, this.#protocol);
    const place = this.#clients.length;
    this.#clients.push({ flow: number, client, addresses });
    this.#clientOf.set(number, place);
    return place;
  }

  #leave(): void {
    this.#leftOut += 1;
    if (this.#leftOut === 1 && this.#failure === null)
      this.#say(`--record: datagrams are left out: writing cannot keep up; the closing table counts them`);
  }

  #refuse(): void {
    this.#refused += 1;
    if (this.#refused === 1) this.#say(`--record: flows above number ${FLOW_LIMIT} are not recorded`);
  }

  #fail(cause: unknown): void {
    if (!(cause instanceof EnvironmentError)) throw cause;
    if (this.#failure !== null) return;
    this.#failure = cause;
    this.#say(`--record: the recording ends here: ${cause.message}`);
  }
}
