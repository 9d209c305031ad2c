/**
 * Records what comes in at a running proxy, all flows, both directions, without ever making it wait (chunkLine.ts).
 */
import type { EnvironmentError } from '../../../src/base/errors.ts';
import { formatHostPort } from '../../../src/base/quantities.ts';
import type { DatagramBatch, Peer } from '../../../src/net/batch.ts';
import type { Clock } from '../../../src/net/clock.ts';
import { addressMembers } from '../conversationFormat.ts';
import { FLOW_LIMIT } from '../format.ts';
import { ChunkLine } from './chunkLine.ts';
import type { Tap, TappedFlow } from './tap.ts';

/** What became of the datagrams that came in: recorded + leftOut + refused. */
export interface Recorded {
  readonly path: string;
  /** Datagrams in the file. */
  readonly recorded: number;
  /** Recorded with the time of the one before, because they came to be known more than 10 ms late. */
  readonly stragglers: number;
  /** Not written, because the disk or the processor was too slow, or writing failed. */
  readonly leftOut: number;
  /** Of flows with a number above the format's limit. */
  readonly refused: number;
  /** Why the file is incomplete and has no name of its own; null if it is complete. */
  readonly failure: EnvironmentError | null;
}

export class TapRecorder implements Tap {
  readonly #path: string;
  readonly #protocol: string;
  readonly #say: (line: string) => void;
  readonly #line: ChunkLine;
  /** Flow → the client that has it, and its number. */
  readonly #clientOf = new Map<number, { readonly client: Peer; readonly place: number }>();
  #clients = 0;
  #leftOut = 0;
  #refused = 0;

  /**
   * Makes the file.
   * @param clock of the arrivals
   * @param protocol as after `--protocol`, for readers
   * @param say receives at once what a user should know, a line each
   * @throws UsageError, EnvironmentError if it cannot be made
   */
  static async start(
    path: string,
    clock: Clock,
    protocol: string,
    say: (line: string) => void,
  ): Promise<TapRecorder> {
    const line = await ChunkLine.start({ kind: 'recording', path }, clock, (cause) =>
      say(`--record: the recording ends here: ${cause.message}`),
    );
    return new TapRecorder(path, protocol, say, line);
  }

  private constructor(path: string, protocol: string, say: (line: string) => void, line: ChunkLine) {
    this.#path = path;
    this.#protocol = protocol;
    this.#say = say;
    this.#line = line;
  }

  note(
    { number, client }: TappedFlow,
    server: Peer,
    isUpward: boolean,
    { bytes, offsets, lengths, timesNs }: DatagramBatch,
    row: number,
  ): void {
    if (number > FLOW_LIMIT) return this.#refuse();
    const known = this.#clientOf.get(number);
    const place = known?.client === client ? known.place : this.#meet(number, client, server);
    const [start, lengthBytes] = [offsets[row] as number, lengths[row] as number];
    const noted = this.#line.note(bytes, start, lengthBytes, timesNs[row] as number, place, isUpward);
    if (noted === null) this.#leave();
  }

  /** Removes the file: the proxy did not start. */
  abandon(): Promise<void> {
    return this.#line.abandon();
  }

  /** Writes what is waiting, and gives the file its name. Call it when nothing comes in any more. */
  async finish(): Promise<Recorded> {
    const { recorded, stragglers } = await this.#line.finish();
    return {
      path: this.#path,
      recorded,
      stragglers,
      leftOut: this.#leftOut + this.#line.handedOver - recorded,
      refused: this.#refused,
      failure: this.#line.failure,
    };
  }

  #meet(flow: number, client: Peer, server: Peer): number {
    const clientText = formatHostPort(client.address, client.port);
    const serverText = formatHostPort(server.address, server.port);
    this.#line.meet({ flow, members: addressMembers(clientText, serverText, this.#protocol) });
    const place = this.#clients;
    this.#clients += 1;
    this.#clientOf.set(flow, { client, place });
    return place;
  }

  #leave(): void {
    this.#leftOut += 1;
    if (this.#leftOut === 1 && this.#line.failure === null)
      this.#say(`--record: datagrams are left out: writing cannot keep up; the closing table counts them`);
  }

  #refuse(): void {
    this.#refused += 1;
    if (this.#refused === 1) this.#say(`--record: flows above number ${FLOW_LIMIT} are not recorded`);
  }
}
