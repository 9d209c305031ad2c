/**
 * Runs trials with the C program that is at both ends of a relay and measures latency.
 */
import { Child } from './peerProcess.ts';

/** Round trips of a stream, without those skipped at its start. */
export interface StreamResult {
  readonly sent: number;
  readonly received: number;
  /** Microseconds; −1 if nothing was received. */
  readonly p50Us: number;
  readonly p99Us: number;
}

/** Size of every datagram. */
export const PING_BYTES = 200;
const PING_LIMIT_MS = 10 * 60_000;

export class Ping {
  readonly #child: Child;
  #echoPort = 0;

  private constructor(file: string) {
    this.#child = new Child({ file, args: [String(PING_BYTES)], limitMs: PING_LIMIT_MS });
  }

  static async start(file: string): Promise<Ping> {
    const ping = new Ping(file);
    ping.#echoPort = (JSON.parse(await ping.#child.line()) as { port: number }).port;
    return ping;
  }

  /** The port to which a relay must forward; it echoes. */
  get echoPort(): number {
    return this.#echoPort;
  }

  /** @param skip datagrams at the start that are sent and not measured, before `count` that are */
  async stream(port: number, pps: number, skip: number, count: number): Promise<StreamResult> {
    this.#child.write(`stream ${port} ${pps} ${skip} ${count}\n`);
    return JSON.parse(await this.#child.line()) as StreamResult;
  }

  /** The times that the first datagrams of new flows took to the echo, microseconds; −1 for one without an answer. */
  async first(port: number, flows: number, gapMs: number): Promise<readonly number[]> {
    this.#child.write(`first ${port} ${flows} ${gapMs}\n`);
    return (JSON.parse(await this.#child.line()) as { us: number[] }).us;
  }

  async stop(): Promise<void> {
    await this.#child.stop();
  }
}
