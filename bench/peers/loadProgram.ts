/**
 * Runs trials with the C program that is at both ends of a relay.
 */
import { Child } from './peerProcess.ts';
import { DATAGRAM_BYTES } from './sample.ts';

/** The result of one trial. Counts include the datagram that opened the flow. */
export interface TrialResult {
  readonly sent: number;
  /** Failed sends. */
  readonly failed: number;
  /** Duration of the sending, seconds, without the opening datagram. */
  readonly sendS: number;
  readonly received: number;
  /** From the first arrival to the last in order, seconds, without the opening datagram. */
  readonly receiveS: number;
  /** Reordered arrivals by RFC 4737. */
  readonly reordered: number;
  /** Arrivals of an earlier trial. */
  readonly strays: number;
  /** Kernel drops at the sink during the trial, in buffers of 1 to 64 datagrams; −1 where unknown. */
  readonly drops: number;
}

/** Longer than the proxy holds any datagram; see `holdMaxNs` in ownProxy.ts. */
const IDLE_MS = 250;
/** Time limit for a whole search. */
const LOAD_LIMIT_MS = 10 * 60_000;

export class Load {
  readonly #child: Child;
  #sinkPort = 0;

  private constructor(file: string) {
    this.#child = new Child({ file, args: [String(DATAGRAM_BYTES)], limitMs: LOAD_LIMIT_MS });
  }

  static async start(file: string): Promise<Load> {
    const load = new Load(file);
    load.#sinkPort = (JSON.parse(await load.#child.line()) as { port: number }).port;
    return load;
  }

  /** The port to which a relay must forward. */
  get sinkPort(): number {
    return this.#sinkPort;
  }

  /** @param expected number of arrivals after which the trial ends */
  async trial(port: number, pps: number, count: number, expected: number): Promise<TrialResult> {
    this.#child.write(`${port} ${pps} ${count} ${expected} ${IDLE_MS}\n`);
    return JSON.parse(await this.#child.line()) as TrialResult;
  }

  async stop(): Promise<void> {
    await this.#child.stop();
  }
}
