/**
 * One proxy between a standing flow and many others, its accounts, and the longest stall of the standing flow.
 */
import { FlowsChild } from './flowsChild.ts';
import { Crowd } from './crowd.ts';
import type { EndsAccount, ProxyAccount, ProxyTask, Pulse } from './messages.ts';

/** When nothing has arrived for so long, nothing is under way; and the longest wait for that, milliseconds. */
const QUIET_MS = 1000;
const LAST_MS = 60_000;
/** Time for which the standing flow runs before it is measured: its code is compiled by then. */
const WARM_UP_MS = 1000;

export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export interface SceneFigures {
  readonly proxy: ProxyAccount;
  /** Questions of the many, and their answers. */
  readonly asked: number;
  readonly answered: number;
  /** One sentence for each datagram that is in no counter. */
  readonly faults: readonly string[];
}

export class Scene {
  readonly crowd: Crowd;
  readonly #ends: FlowsChild;
  readonly #proxy: FlowsChild;
  readonly #port: number;

  private constructor(ends: FlowsChild, proxy: FlowsChild, port: number) {
    this.#ends = ends;
    this.#proxy = proxy;
    this.#port = port;
    this.crowd = new Crowd(port);
  }

  static async open(task: Omit<ProxyTask, 'serverPort'>): Promise<Scene> {
    const ends = new FlowsChild('endsChild');
    const proxy = new FlowsChild('proxyChild');
    const server = await ends.ask('echo', null);
    const { port } = await proxy.ask('proxy', { ...task, serverPort: server.port });
    return new Scene(ends, proxy, port);
  }

  /** Begins the standing flow, and lets it run. @param each datagrams every 2 ms */
  async beat(each = 1, ms = WARM_UP_MS): Promise<Pulse> {
    await this.#ends.ask('beat', { port: this.#port, each });
    await wait(ms);
    return this.pulse();
  }

  /** The standing flow since the last pulse. */
  pulse(): Promise<Pulse> {
    return this.#ends.ask('pulse', null);
  }

  rest(): Promise<null> {
    return this.#ends.ask('beat', { port: this.#port, each: 0 });
  }

  /** Figures of the proxy's process until now. */
  sample() {
    return this.#proxy.ask('sample', null);
  }

  /** Ends it, and accounts for every datagram. */
  async end(): Promise<SceneFigures> {
    await this.rest();
    const ends = await this.#lastOf();
    const { sent: asked, heard: answered } = this.crowd;
    this.crowd.close();
    const proxy = await this.#proxy.ask('stop', null);
    this.close();
    return { proxy, asked, answered, faults: faultsOf(proxy, ends, asked, answered) };
  }

  /** The account of the far end when nothing is under way any more. */
  async #lastOf(): Promise<EndsAccount> {
    let seen = -1;
    for (const untilMs = performance.now() + LAST_MS; ;) {
      const ends = await this.#ends.ask('end', null);
      const arrived = ends.echoed + ends.heard + this.crowd.heard;
      if (arrived === seen || performance.now() > untilMs) return ends;
      seen = arrived;
      await wait(QUIET_MS);
    }
  }

  close(): void {
    this.#ends.close();
    this.#proxy.close();
  }
}

/** Along the way: what left one end and is in no counter before the next. */
export function faultsOf(
  { up, down, turnedAway, tooLate }: ProxyAccount,
  ends: EndsAccount,
  asked: number,
  answered: number,
): string[] {
  const unknown = [up.kernelDrops, down.kernelDrops, ends.kernelDrops].includes(null);
  const missing: readonly (readonly [string, number])[] = [
    ['on the way to the proxy', asked + ends.sent - up.arrived - turnedAway - (up.kernelDrops ?? 0)],
    ['in the proxy, on the way up', up.arrived - up.forwarded - up.lost],
    [
      'on the way to the server and back to its clients',
      up.forwarded - ends.echoed - (ends.kernelDrops ?? 0) + down.forwarded - answered - ends.heard,
    ],
    ['on the way back to the proxy', ends.echoed - down.arrived - tooLate - (down.kernelDrops ?? 0)],
    ['in the proxy, on the way down', down.arrived - down.forwarded - down.lost],
  ];
  const why = unknown ? ' (a counter of the kernel is unknown)' : '';
  return missing.flatMap(([where, count]) =>
    count === 0 ? [] : [`${count} datagrams unexplained ${where}${why}`],
  );
}
