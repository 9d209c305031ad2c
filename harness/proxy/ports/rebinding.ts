/**
 * Moves flows to another upstream port: from then on the server sees them from there, as behind a NAT that has forgotten its
 * mapping.
 *
 * The port is opened before the flow moves, so nothing waits for it. What comes at the port that was left still passes, as
 * long as ports of closed flows stay open. A flow that the server has not seen yet has nothing to move.
 */
import type { Flow } from '../flows/flow.ts';
import type { ProxyOptions } from '../proxyOptions.ts';
import type { ProxyEvent } from '../told/events.ts';
import type { UpstreamPorts } from './upstreamPorts.ts';

/** How long before its time a port is requested, nanoseconds. */
const LEAD_NS = 50e6;

/** Called once: whether the flow has moved. */
export type Settled = (hasMoved: boolean) => void;

/** What one flow knows of its moves. */
export class FlowRebinds {
  /** Number of times that it has moved. */
  count = 0;
  /** A port that is open and not used yet; −1 for none. */
  readyPort = -1;
  /** Who asked for the move that is under way; empty if none is. */
  asked: Settled[] = [];
  /** On the clock of arrivals, nanoseconds, rising. */
  readonly #timesNs: readonly number[];
  #next = 0;
  #isRequested = false;

  /** @param timesNs when it is to move, since it was opened */
  constructor(openedNs: number, timesNs: readonly number[]) {
    this.#timesNs = timesNs.map((timeNs) => openedNs + timeNs);
  }

  /** When it is to move next, nanoseconds; Infinity for never. */
  get dueNs(): number {
    return this.#timesNs[this.#next] ?? Number.POSITIVE_INFINITY;
  }

  /** When something is to be done for that, nanoseconds. */
  get nextNs(): number {
    return this.#isRequested ? this.dueNs : this.dueNs - LEAD_NS;
  }

  noteRequest(): void {
    this.#isRequested = true;
  }

  advance(): void {
    this.#next += 1;
    this.#isRequested = false;
  }
}

type RebindingOptions = Pick<ProxyOptions, 'localPeer' | 'movedPort' | 'observe'>;

export class Rebinding {
  readonly #options: RebindingOptions;
  readonly #ports: UpstreamPorts;

  constructor(options: RebindingOptions, ports: UpstreamPorts) {
    this.#options = options;
    this.#ports = ports;
  }

  /** Does what is due for a flow. */
  wake(nowNs: number, flow: Flow): void {
    const { rebinds } = flow;
    if (rebinds === null) return;
    while (nowNs >= rebinds.nextNs) {
      if (nowNs >= rebinds.dueNs) {
        rebinds.advance();
        this.ask(nowNs, flow);
      } else {
        rebinds.noteRequest();
        const isFree = flow.opening === 0 && rebinds.readyPort < 0;
        // Where it cannot be opened now, that is told when the flow should move.
        if (flow.upstreamPort >= 0 && isFree && this.#ports.mayOpen(nowNs)) this.#ports.ask(flow, nowNs);
      }
    }
  }

  /** Moves a flow, now or when its next port is open. */
  ask(nowNs: number, flow: Flow, settled: Settled = () => undefined): void {
    if (flow.upstreamPort < 0) return settled(false);
    const rebinds = (flow.rebinds ??= new FlowRebinds(flow.openedNs, []));
    rebinds.asked.push(settled);
    if (rebinds.readyPort >= 0) this.#move(nowNs, flow, rebinds);
    else if (flow.opening === 0) {
      if (this.#ports.mayOpen(nowNs)) this.#ports.ask(flow, nowNs);
      else this.failed(nowNs, flow, null);
    }
  }

  /** The port that a flow is to move to is open. */
  opened(nowNs: number, flow: Flow, port: number): void {
    const rebinds = (flow.rebinds ??= new FlowRebinds(flow.openedNs, []));
    rebinds.readyPort = port;
    if (rebinds.asked.length > 0) this.#move(nowNs, flow, rebinds);
  }

  /** It could not be opened: the flow stays. @param reason for people; null if none was requested */
  failed(nowNs: number, { number, client, rebinds }: Flow, reason: string | null): void {
    if (rebinds === null || rebinds.asked.length === 0) return;
    this.#tell({ kind: 'flow not rebound', flow: number, client, reason }, nowNs);
    settle(rebinds, false);
  }

  /** A flow is closed. */
  closed({ rebinds }: Flow): void {
    if (rebinds !== null) settle(rebinds, false);
  }

  #move(nowNs: number, flow: Flow, rebinds: FlowRebinds): void {
    const left = flow.upstreamPort;
    const port = rebinds.readyPort;
    rebinds.readyPort = -1;
    rebinds.count += 1;
    this.#ports.move(flow, port);
    const { localPeer, movedPort } = this.#options;
    movedPort?.(left, port);
    const [from, to] = [left, port].map((one) => localPeer?.(one) ?? null);
    flow.noteMoved(to?.port ?? 0);
    const { number, client } = flow;
    this.#tell({ kind: 'flow rebound', flow: number, client, from: from ?? null, to: to ?? null }, nowNs);
    settle(rebinds, true);
  }

  #tell(event: ProxyEvent, nowNs: number): void {
    this.#options.observe?.(event, nowNs);
  }
}

function settle(rebinds: FlowRebinds, hasMoved: boolean): void {
  const { asked } = rebinds;
  rebinds.asked = [];
  for (const settled of asked) settled(hasMoved);
}
