/**
 * What the API and its page tell of all proxies: flows, changes, figures, and the state once a second.
 */
import { formatHostPort } from '../../../src/base/quantities.ts';
import type { Direction } from '../../impairment/schedule.ts';
import type { BothWays, DirectionState, FlowState, LiveState, ProxyState } from '../liveState.ts';
import type { ControlledProxy } from '../proxies/controlledProxy.ts';
import type { FlowLook, HandleLook } from '../proxies/proxyHandle.ts';
import type { ProxySet } from '../proxies/proxySet.ts';
import { directionCounters } from '../../proxy/path/counters.ts';
import { noWaits } from '../../proxy/path/lateness.ts';
import { Delays } from './delays.ts';
import { Rates, directionCounts, directionState, sumOf } from './directionState.ts';
import { metricsText } from './metricsText.ts';

/** Open flows of a proxy that a page is told of. */
const SHOWN_FLOWS = 100;
/** Flows and lines of a proxy that a request is told of. */
const TOLD_FLOWS = 1000;
const TOLD_LINES = 1000;
/** Lines of a proxy that a new page gets. */
const GREETING_LINES = 50;

type Event = readonly [name: string, data: unknown];

export class Views {
  readonly #proxies: ProxySet;
  readonly #about: {
    readonly nowNs: () => number;
    readonly version: string;
    readonly program: LiveState['program'];
  };
  readonly #rates = new Rates();
  readonly #delays = new Delays();
  /** Lines of each proxy's journal that pages were told of. */
  #told = new Map<ControlledProxy, number>();

  constructor(
    proxies: ProxySet,
    about: {
      readonly nowNs: () => number;
      readonly version: string;
      readonly program: LiveState['program'];
    },
  ) {
    this.#proxies = proxies;
    this.#about = about;
  }

  /** For the page. */
  readonly state = (): LiveState => {
    const nowNs = this.#about.nowNs();
    this.#rates.begin(nowNs);
    this.#delays.begin();
    return {
      v: 1,
      program: this.#about.program,
      isReadOnly: false,
      doing: null,
      ended: null,
      atUs: Math.round(nowNs / 1e3),
      proxies: this.#proxies.all.map((proxy) => this.#proxyState(proxy)),
      match: null,
    };
  };

  /** The open flows of all proxies, and the last closed ones. */
  readonly flows = (): object[] =>
    this.#proxies.all.flatMap(({ name, handle }) => {
      const flows = handle?.look().flows ?? [];
      return flows.slice(-TOLD_FLOWS).map((flow) => ({
        proxy: name,
        flow: flow.flow,
        client: clientOf(flow),
        open: flow.isOpen,
        down: directionCounts(flow.down),
        up: directionCounts(flow.up),
      }));
    });

  /** The last lines of each proxy's journal. */
  readonly epochs = (): object[] => this.#lastLines(TOLD_LINES);

  readonly metrics = (): string => metricsText(this.#proxies.all, this.#about.version);

  /** What a new page is told of what happened before. */
  readonly greeting = (): readonly Event[] =>
    this.#lastLines(GREETING_LINES).map((line): Event => ['epoch', line]);

  /** Lines of the journals that have come since the last time. @param isWanted whether anybody reads them */
  news(isWanted = true): readonly Event[] {
    const told = new Map<ControlledProxy, number>();
    const events: Event[] = [];
    for (const proxy of this.#proxies.all) {
      const { lines = [], leftOut = 0 } = proxy.handle?.journal() ?? {};
      const total = leftOut + lines.length;
      const before = this.#told.get(proxy) ?? 0;
      told.set(proxy, total);
      if (!isWanted) continue;
      // A proxy that was moved has a journal that begins again.
      const fresh = before <= total ? total - before : total;
      for (const line of lines.slice(Math.max(0, lines.length - fresh)))
        events.push(['epoch', lineOf(proxy.name, line)]);
    }
    this.#told = told;
    return events;
  }

  #lastLines(count: number): object[] {
    return this.#proxies.all.flatMap(({ name, handle }) => {
      const { lines, leftOut } = handle?.journal() ?? { lines: [], leftOut: 0 };
      const shown = lines.slice(-count).map((line) => lineOf(name, line));
      const without = leftOut + lines.length - shown.length;
      return without === 0 ? shown : [{ proxy: name, leftOut: without }, ...shown];
    });
  }

  #proxyState(proxy: ControlledProxy): ProxyState {
    const { name, listen, upstream, isEnabled: enabled, seed, protocol, base: conditions, handle } = proxy;
    const look: HandleLook | null = handle?.look() ?? null;
    const flows = look?.flows ?? [];
    const open = flows.filter(({ isOpen }) => isOpen);
    return {
      name,
      listen,
      upstream,
      enabled,
      seed,
      protocol,
      toxics: proxy.answer.toxics,
      conditions,
      epoch: handle?.epoch ?? 1,
      flowsOpen: open.length,
      flowsClosed: flows.length - open.length + (look?.earlier.flows ?? 0),
      flows: open.slice(0, SHOWN_FLOWS).map((flow): FlowState => ({
        flow: flow.flow,
        client: clientOf(flow),
        down: directionState(flow.down, this.#rates, `${name}/${flow.flow}/down`),
        up: directionState(flow.up, this.#rates, `${name}/${flow.flow}/up`),
      })),
      ...this.#total(name, look ?? NOTHING),
      kernelDrops: look?.kernelDrops ?? null,
    };
  }

  /** All flows of a proxy; only of these delays are known. */
  #total(name: string, look: HandleLook): BothWays<DirectionState> {
    const of = (direction: Direction): DirectionState => {
      const counters = sumOf(look, direction);
      const key = `${name}/all/${direction}`;
      return {
        ...directionState(counters, this.#rates, key),
        ...this.#delays.of(key, look.waits[direction], counters.late),
      };
    };
    return { down: of('down'), up: of('up') };
  }
}

const NOTHING: HandleLook = {
  waits: noWaits(),
  flows: [],
  earlier: { flows: 0, down: directionCounters(), up: directionCounters() },
  kernelDrops: null,
};

const clientOf = ({ client }: FlowLook): string => formatHostPort(client.address, client.port);

const lineOf = (proxy: string, line: string): object => ({ proxy, ...(JSON.parse(line) as object) });
