/**
 * Captures a proxied run: each datagram that comes in, with what is decided of it, and each that leaves, without ever making
 * the proxy wait (waitingWriter.ts).
 */
import type { Unwritten } from '../../../src/files/unwritten.ts';
import type { Peer } from '../../../src/net/batch.ts';
import type { Clock } from '../../../src/net/clock.ts';
import { CONVERSATION_HEADER } from '../conversationFormat.ts';
import { RecordingWriter } from '../writer.ts';
import { PassageEncoder } from './passageEncoder.ts';
import { Passages } from './passages.ts';
import type { TappedFlow } from './tap.ts';
import { WaitingWriter } from './waitingWriter.ts';
import { CapturedWay } from './wayTap.ts';
import type { PassageNotes } from './wayTap.ts';

/** What a capture has, as plain data. */
export interface Captured {
  readonly path: string;
  /** Datagrams in it at the entry. */
  readonly entered: number;
  /** Datagrams in it at the exit, copies included: what left, and what a full queue dropped there. */
  readonly left: number;
  /** Both, as far as the disk has taken them. */
  readonly written: number;
  /** Not in it, because the disk or the processor was too slow, or writing failed. */
  readonly leftOut: number;
  /** With the time of the one before, because they came to be known more than 100 ms late. */
  readonly stragglers: number;
  /** Why it has no name of its own; null if it is complete. */
  readonly failure: Unwritten | null;
}

export class RunCapture implements PassageNotes {
  readonly passages = new Passages();
  readonly isVirtual: boolean;
  readonly #path: string;
  readonly #clock: Clock;
  readonly #say: (line: string) => void;
  readonly #encoder: PassageEncoder;
  readonly #writer: RecordingWriter;
  readonly #waiting: WaitingWriter;
  #entered = 0;
  #left = 0;
  #leftOut = 0;

  /**
   * Makes the file.
   * @param about of what it is, for a comment of the whole file
   * @param network its clock is that of the arrivals
   * @param say receives at once what a user should know, a line each
   * @throws EnvironmentError if it cannot be made
   */
  constructor(
    path: string,
    about: string,
    { clock, isVirtual }: { readonly clock: Clock; readonly isVirtual: boolean },
    say: (line: string) => void,
  ) {
    this.#path = path;
    this.#clock = clock;
    this.#say = say;
    this.isVirtual = isVirtual;
    this.#encoder = new PassageEncoder(about);
    const options = { keepsPartial: true, isDirect: isVirtual, encoder: this.#encoder };
    this.#writer = new RecordingWriter(path, CONVERSATION_HEADER, options);
    this.#waiting = new WaitingWriter({
      writer: this.#writer,
      clock,
      isVirtual,
      append: (timeNs, payload, passage, isUpward) => this.#append(timeNs, payload, passage, isUpward),
      failed: (cause) => say(`--capture: the capture ends here: ${cause.message}`),
    });
  }

  /** A direction of a flow. @param server whom its client asks */
  way(flow: TappedFlow, server: () => Peer, isUpward: boolean): CapturedWay {
    return new CapturedWay(this, flow, server, isUpward);
  }

  note(bytes: Uint8Array, start: number, lengthBytes: number, timeNs: number, passage: number): void {
    const atNs = Number.isNaN(timeNs) ? this.#clock.nowNs() : timeNs;
    const { isUpward } = this.passages.stream(passage).way;
    if (this.#waiting.note(bytes, start, lengthBytes, atNs, passage, isUpward)) return;
    this.passages.giveBack(passage);
    this.#leftOut += 1;
    if (this.#leftOut === 1 && !this.#waiting.hasFailed)
      this.#say('--capture: datagrams are left out: writing cannot keep up; how many is said at the end');
  }

  /** Removes the file: the proxy did not start. */
  abandon(): Promise<void> {
    return this.#waiting.abandon();
  }

  /** Writes what is waiting, and gives the file its name. Call it when nothing comes in or leaves any more. */
  async finish(): Promise<Captured> {
    const { written, unwritten, stragglers, failure } = await this.#waiting.finish();
    return {
      path: this.#path,
      entered: this.#entered,
      left: this.#left,
      written,
      leftOut: this.#leftOut + unwritten,
      stragglers,
      failure: failure && { code: failure.code, message: failure.message },
    };
  }

  #append(
    timeNs: number,
    payload: Uint8Array,
    passage: number,
    isUpward: boolean,
  ): Promise<void> | undefined {
    const { passages } = this;
    const isExit = passages.isExit(passage);
    this.#encoder.tell({
      endpoints: passages.stream(passage).way.endpoints,
      isExit,
      isDropped: passages.isDropped(passage),
      comments: passages.comments(passage, payload.length),
    });
    passages.giveBack(passage);
    if (isExit) this.#left += 1;
    else this.#entered += 1;
    return this.#writer.append(timeNs, payload, 1, isUpward ? 'up' : 'down');
  }
}
