/** Proxies that open no port, for tests of the API: what they are told is kept. */
import { EnvironmentError, UsageError } from '../../../src/base/errors.ts';
import type { Peer } from '../../../src/net/batch.ts';
import type { Access } from '../../../harness/control/access/access.ts';
import { readAddressRange } from '../../../harness/control/access/addressRanges.ts';
import { controlApp } from '../../../harness/control/app.ts';
import { EventStream } from '../../../harness/control/eventStream.ts';
import type { App } from '../../../harness/control/pageRoutes.ts';
import type { Conditions } from '../../../harness/impairment/conditions.ts';
import { directionCounters } from '../../../harness/proxy/path/counters.ts';
import { noWaits } from '../../../harness/proxy/path/lateness.ts';
import type {
  HandleLook,
  JournalSoFar,
  OpenProxy,
  ProxyHandle,
  ProxyOpener,
} from '../../../harness/control/proxies/proxyHandle.ts';
import { Views } from '../../../harness/control/views/views.ts';
import { ProxySet } from '../../../harness/control/proxies/proxySet.ts';

/** Stands for a group, which no proxy turns to. */
export const FAKE_GROUP = '10.255.255.255';

export class FakeHandle implements ProxyHandle {
  listening: Peer;
  epoch = 1;
  flows: number[] = [];
  conditions: Conditions;
  isOpen = true;
  upstream: Peer;
  /** Acts on flows, in order: `rebind 1`. */
  readonly acts: string[] = [];
  readonly opened: OpenProxy;
  /** Of the way down of every flow. */
  readonly counters = directionCounters();
  readonly lines: string[] = ['{"version":1}'];
  readonly #machine: FakeMachine;

  constructor(opened: OpenProxy, listening: Peer, machine: FakeMachine) {
    this.opened = opened;
    this.listening = listening;
    this.conditions = opened.conditions;
    this.upstream = opened.upstream;
    this.#machine = machine;
  }

  /** As what runs: what holds for a whole run stays, and a group is not one machine. */
  check({ down }: Conditions, upstream: Peer): void {
    if (down.shared !== this.conditions.down.shared)
      throw new UsageError('conflict', '--shared', 'expected none as at the beginning, got it');
    if (upstream.address === FAKE_GROUP)
      throw new UsageError(
        'conflict',
        'setUpstream',
        'expected an upstream that is one machine, got a group',
      );
  }

  change(conditions: Conditions): void {
    this.check(conditions, this.upstream);
    this.conditions = conditions;
    this.epoch += 1;
    this.lines.push(JSON.stringify({ epoch: this.epoch }));
  }

  look(): HandleLook {
    const none = { flows: 0, down: directionCounters(), up: directionCounters() };
    const flows = this.flows.map((flow) => ({
      flow,
      client: { address: '127.0.0.1', port: 50_000 + flow },
      isOpen: true,
      down: this.counters,
      up: directionCounters(),
    }));
    return { flows, earlier: none, waits: noWaits(), kernelDrops: null };
  }

  journal(): JournalSoFar {
    return { lines: this.lines, leftOut: 0 };
  }

  setListening(isOpen: boolean): Promise<void> {
    if (isOpen && !this.isOpen) this.#machine.take(this.listening);
    if (!isOpen && this.isOpen) this.#machine.give(this.listening);
    this.isOpen = isOpen;
    return Promise.resolve();
  }

  setUpstream(upstream: Peer): void {
    this.check(this.conditions, upstream);
    this.upstream = upstream;
    this.acts.push(`to ${upstream.address}:${upstream.port}`);
  }

  rebind(flow?: number): void {
    this.acts.push(`rebind ${flow ?? 'all'}`);
  }

  closeFlow(flow: number): void {
    this.acts.push(`close ${flow}`);
    this.flows = this.flows.filter((one) => one !== flow);
  }

  close(): Promise<void> {
    if (this.isOpen) this.#machine.give(this.listening);
    this.isOpen = false;
    return Promise.resolve();
  }

  /** A client comes. */
  open(flow: number): void {
    this.flows.push(flow);
    this.opened.flowOpened(flow);
  }
}

/** Ports, names and time. */
export class FakeMachine implements ProxyOpener {
  readonly handles: FakeHandle[] = [];
  readonly #taken = new Set<string>();
  readonly #timers: { atMs: number; act: () => void }[] = [];
  nowMs = 0;
  #nextPort = 40_000;

  take({ address, port }: Peer): void {
    const key = `${address}:${port}`;
    if (this.#taken.has(key))
      throw new EnvironmentError('port-taken', `cannot listen on ${key} (EADDRINUSE); choose another port`);
    this.#taken.add(key);
  }

  give({ address, port }: Peer): void {
    this.#taken.delete(`${address}:${port}`);
  }

  readonly open = async (proxy: OpenProxy): Promise<FakeHandle> => {
    await Promise.resolve();
    const { address, port } = proxy.listen;
    const listening = { address, port: port === 0 ? (this.#nextPort += 1) : port };
    this.take(listening);
    const handle = new FakeHandle(proxy, listening, this);
    this.handles.push(handle);
    return handle;
  };

  readonly resolve = async (host: string, what: string): Promise<string> => {
    await Promise.resolve();
    if (host === 'localhost') return '127.0.0.1';
    if (/^[\d.]+$/.test(host) || host.includes(':')) return host;
    if (host === 'server') return '10.0.0.7';
    throw new UsageError(
      'host-unknown',
      what,
      `expected a host that can be found, got "${host}"; check the name`,
    );
  };

  checkEnds(listen: Peer, upstream: Peer): void {
    if (listen.address === upstream.address && listen.port === upstream.port)
      throw new UsageError(
        'conflict',
        '--upstream',
        'expected the server’s address, got that of the proxy itself',
      );
  }

  readonly after = (ms: number, act: () => void): (() => void) => {
    const timer = { atMs: this.nowMs + ms, act };
    this.#timers.push(timer);
    return () => {
      const at = this.#timers.indexOf(timer);
      if (at >= 0) this.#timers.splice(at, 1);
    };
  };

  get timers(): number {
    return this.#timers.length;
  }

  pass(ms: number): void {
    this.nowMs += ms;
    const due = this.#timers.filter(({ atMs }) => atMs <= this.nowMs).toSorted((a, b) => a.atMs - b.atMs);
    for (const timer of due) {
      this.#timers.splice(this.#timers.indexOf(timer), 1);
      timer.act();
    }
  }
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const PAGE = { html: '<p>', policy: "default-src 'self'", script: '', style: '' };

export interface Fake {
  readonly machine: FakeMachine;
  readonly proxies: ProxySet;
  readonly views: Views;
  readonly events: EventStream;
  readonly app: App;
  /** The last proxy that was opened. */
  last(): FakeHandle;
  ask(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer>;
}

export const LOOPBACK = { incoming: { socket: { remoteAddress: '127.0.0.1' } } };

export function fakeControl(access: Access = { allow: [], token: null, hostName: null }): Fake {
  const machine = new FakeMachine();
  const reach = { listen: [], upstream: [readAddressRange('10.0.0.0/8', '--allow-upstream')] };
  const proxies = new ProxySet({ opener: machine, reach, seed: '7', protocol: 'any' });
  const views = new Views(proxies, {
    nowNs: () => machine.nowMs * 1e6,
    version: '0.0.0',
    program: 'control',
  });
  const events = new EventStream(views.state, views.greeting);
  const app = controlApp({ access, proxies, views, page: PAGE, events });
  return {
    machine,
    proxies,
    views,
    events,
    app,
    last: () => machine.handles.at(-1) as FakeHandle,
    ask: async (method, path, body, headers = {}) => {
      const init = {
        method,
        headers: { host: '127.0.0.1:8474', ...headers },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      };
      const response = await app.request(path, init, LOOPBACK);
      const text = await response.text();
      return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
    },
  };
}
