/**
 * The C program at both ends of a relay, as a thing that runs trials.
 */
import { Child } from './peerProcess.ts';
import { DATAGRAM_BYTES } from './sample.ts';

/** What one trial came to. Datagrams count with the one that opened the flow. */
export interface TrialResult {
  readonly sent: number;
  /** Sends that failed. */
  readonly failed: number;
  /** How long the sending took, seconds, without the opening. */
  readonly sendS: number;
  readonly received: number;
  /** From the first arrival to the last in order, seconds, without the opening. */
  readonly receiveS: number;
  /** By RFC 4737. */
  readonly reordered: number;
  /** Arrivals of an earlier trial. */
  readonly strays: number;
  /** What the kernel dropped at the sink during the trial: buffers of 1 to 64 datagrams; −1 where it does not say. */
  readonly drops: number;
}

/** Longer than anything is held on purpose; see HOLD_MAX_NS of ownProxy.ts. */
const IDLE_MS = 250;
/** A whole search. */
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

  /** Where a relay has to forward to. */
  get sinkPort(): number {
    return this.#sinkPort;
  }

  /** @param expected arrivals after which there is nothing to wait for */
  async trial(port: number, pps: number, count: number, expected: number): Promise<TrialResult> {
    this.#child.write(`${port} ${pps} ${count} ${expected} ${IDLE_MS}\n`);
    return JSON.parse(await this.#child.line()) as TrialResult;
  }

  async stop(): Promise<void> {
    await this.#child.stop();
  }
}
