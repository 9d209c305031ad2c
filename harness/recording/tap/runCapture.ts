/**
 * Captures a proxied run: each datagram that comes in, with what is decided of it, and each that leaves, without ever making
 * the proxy wait (chunkLine.ts).
 */
import type { Unwritten } from '../../../src/files/unwritten.ts';
import type { Peer } from '../../../src/net/batch.ts';
import type { Clock } from '../../../src/net/clock.ts';
import { ChunkLine } from './chunkLine.ts';
import { Passages } from './passages.ts';
import type { TappedFlow } from './tap.ts';
import { CapturedWay } from './wayTap.ts';
import type { CapturedStream, PassageNotes } from './wayTap.ts';

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
  readonly #line: ChunkLine;
  #streams = 0;
  #leftOut = 0;

  /**
   * Makes the file.
   * @param about of what it is, for a comment of the whole file
   * @param network its clock is that of the arrivals
   * @param say receives at once what a user should know, a line each
   * @throws EnvironmentError if it cannot be made
   */
  static async start(
    path: string,
    about: string,
    { clock, isVirtual }: { readonly clock: Clock; readonly isVirtual: boolean },
    say: (line: string) => void,
  ): Promise<RunCapture> {
    const line = await ChunkLine.start({ kind: 'capture', path, about, isVirtual }, clock, (cause) =>
      say(`--capture: the capture ends here: ${cause.message}`),
    );
    return new RunCapture(path, clock, isVirtual, say, line);
  }

  private constructor(
    path: string,
    clock: Clock,
    isVirtual: boolean,
    say: (line: string) => void,
    line: ChunkLine,
  ) {
    this.#path = path;
    this.#clock = clock;
    this.isVirtual = isVirtual;
    this.#say = say;
    this.#line = line;
  }

  /** A direction of a flow. @param server whom its client asks */
  way(flow: TappedFlow, server: () => Peer, isUpward: boolean): CapturedWay {
    return new CapturedWay(this, flow, server, isUpward);
  }

  note(bytes: Uint8Array, start: number, lengthBytes: number, timeNs: number, passage: number): void {
    const { passages } = this;
    const atNs = Number.isNaN(timeNs) ? this.#clock.nowNs() : timeNs;
    const stream = passages.stream(passage);
    const place = stream.place ?? this.#meet(stream);
    const chunk = this.#line.note(bytes, start, lengthBytes, atNs, place, stream.way.isUpward);
    if (chunk === null) this.#leave();
    else passages.copyTo(passage, chunk, chunk.count - 1);
    passages.giveBack(passage);
  }

  /** Removes the file: the proxy did not start. */
  abandon(): Promise<void> {
    return this.#line.abandon();
  }

  /** Writes what is waiting, and gives the file its name. Call it when nothing comes in or leaves any more. */
  async finish(): Promise<Captured> {
    const { entered, left, recorded, stragglers } = await this.#line.finish();
    const { failure, handedOver } = this.#line;
    return {
      path: this.#path,
      entered,
      left,
      written: recorded,
      leftOut: this.#leftOut + handedOver - recorded,
      stragglers,
      failure: failure && { code: failure.code, message: failure.message },
    };
  }

  #meet(stream: CapturedStream): number {
    const place = this.#streams;
    this.#streams += 1;
    stream.place = place;
    this.#line.meet({ ...stream.way.addresses, name: stream.name });
    return place;
  }

  #leave(): void {
    this.#leftOut += 1;
    if (this.#leftOut === 1 && this.#line.failure === null)
      this.#say('--capture: datagrams are left out: writing cannot keep up; how many is said at the end');
  }
}
