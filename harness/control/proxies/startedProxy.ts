/**
 * Proxies that run on a network, as the API needs them.
 */
import { EnvironmentError, UsageError } from '../../../src/base/errors.ts';
import { printable } from '../../../src/base/printable.ts';
import type { Log } from '../../../src/files/logFile.ts';
import type { Peer } from '../../../src/net/batch.ts';
import type { Network } from '../../../src/net/network.ts';
import { startTimer } from '../../../src/net/timer.ts';
import { resolveHost } from '../../../src/service/resolveHost.ts';
import { UNIMPAIRED } from '../../impairment/impairment.ts';
import type { Impairment } from '../../impairment/impairment.ts';
import { readProtocol } from '../../protocols/allProtocols.ts';
import type { ProxyEvent } from '../../proxy/told/events.ts';
import { noWaits } from '../../proxy/path/lateness.ts';
import type { Waits } from '../../proxy/proxyOptions.ts';
import { checkNoLoop } from '../../proxy/ports/ownPorts.ts';
import { startProxy } from '../../proxy/startProxy.ts';
import type { ProxyReport, ProxyRun, RunningProxy } from '../../proxy/startProxy.ts';
import type { FlowLook, HandleLook, OpenProxy, ProxyHandle, ProxyOpener } from './proxyHandle.ts';

/** A name that is not found by then is not found. */
const RESOLVE_MS = 5000;

/** The open flows of a proxy, by what it observes. */
export class OpenFlows {
  readonly #numbers = new Set<number>();
  readonly #opened: (flow: number) => void;

  constructor(opened: (flow: number) => void) {
    this.#opened = opened;
  }

  readonly observe = (event: ProxyEvent): void => {
    if (event.kind === 'flow expired') this.#numbers.delete(event.flow);
    if (event.kind !== 'flow opened') return;
    this.#numbers.add(event.flow);
    this.#opened(event.flow);
  };

  get numbers(): readonly number[] {
    return [...this.#numbers];
  }

  has(flow: number): boolean {
    return this.#numbers.has(flow);
  }
}

/** A running proxy as the API needs it. */
export class StartedProxy implements ProxyHandle {
  readonly #proxy: RunningProxy;
  readonly #open: OpenFlows;
  readonly #done: Promise<void>;
  #isDone = false;
  readonly #waits: Waits;

  /** @param waits that it was started with */
  constructor(proxy: RunningProxy, open: OpenFlows, waits: Waits) {
    this.#proxy = proxy;
    this.#open = open;
    const end = (): void => void (this.#isDone = true);
    this.#done = proxy.done.then(end, end);
    this.#waits = waits;
  }

  get listening(): ProxyHandle['listening'] {
    return this.#proxy.listening[0] as ProxyHandle['listening'];
  }

  get epoch(): number {
    return this.#proxy.epoch;
  }

  get flows(): readonly number[] {
    return this.#open.numbers;
  }

  change(conditions: Parameters<ProxyHandle['change']>[0]): void {
    // What holds for a proxy that has ended is nobody's concern any more.
    if (!this.#hasEnded) this.#proxy.change(conditions);
  }

  check(
    conditions: Parameters<ProxyHandle['check']>[0],
    upstream: Parameters<ProxyHandle['check']>[1],
  ): void {
    if (this.#hasEnded) return;
    this.#proxy.check(conditions);
    this.#proxy.checkUpstream(upstream);
  }

  async setListening(isOpen: boolean): Promise<void> {
    if (this.#hasEnded) return;
    // A port that has not opened by the end never will.
    await Promise.race([this.#proxy.setListening(isOpen), this.#done]);
  }

  setUpstream(upstream: Parameters<ProxyHandle['setUpstream']>[0]): void {
    if (this.#hasEnded) return;
    this.#proxy.setUpstream(upstream);
    for (const flow of this.#open.numbers) this.#proxy.closeFlow(flow);
  }

  rebind(flow?: number): void {
    // It is done when the new port is open; nobody waits for that.
    void this.#proxy.rebind(flow);
  }

  closeFlow(flow: number): void {
    if (!this.#hasEnded) this.#proxy.closeFlow(flow);
  }

  look(): HandleLook {
    const { flows, earlier } = this.#proxy.look();
    const { counts } = this.#proxy.soFar();
    const isCounted = flows.every(({ kernelUp }) => kernelUp.drops !== null);
    return {
      flows: flows.map(({ flow, client, down, up }): FlowLook => ({
        flow,
        client,
        down,
        up,
        isOpen: this.#open.has(flow),
      })),
      earlier,
      waits: this.#waits,
      kernelDrops: isCounted ? (counts['kernel drops'] ?? counts['kernel drops up'] ?? null) : null,
    };
  }

  journal(): ReturnType<ProxyHandle['journal']> {
    return this.#proxy.epochs();
  }

  async close(): Promise<void> {
    if (this.#hasEnded) return;
    // Its port is free at once, and what is still on its way, perhaps for hours, is thrown away.
    await this.setListening(false);
    this.#proxy.stop();
    this.#proxy.stop();
  }

  /** From its end on, not only when its files are written; and if it failed. */
  get #hasEnded(): boolean {
    return this.#proxy.isOver || this.#isDone;
  }
}

/** A log that all proxies share, for one of them. */
export const logOf = (log: Log, { name }: Pick<OpenProxy, 'name'>): Log => ({
  line: (atNs, text) => log.line(atNs, `${printable(name)}: ${text}`),
  close: () => Promise.resolve(),
  complaint: null,
});

/** What a started proxy has besides what the API says. */
export type MoreOfRun = Pick<
  ProxyRun,
  'log' | 'notice' | 'traffic' | 'fatesDir' | 'journalPath' | 'changesPath'
>;

/** Lines of a proxy's journal in memory: there may be a thousand proxies. */
const JOURNAL_BYTES = 1 << 17;

/** Starts proxies, and knows those that have not ended. */
export class StartedProxies implements ProxyOpener {
  readonly #network: Network;
  readonly #moreOf: (proxy: OpenProxy, impairment: Impairment) => MoreOfRun;
  readonly #refused: ((proxy: OpenProxy) => void) | undefined;
  readonly #ended: (proxy: OpenProxy, report: ProxyReport) => void | Promise<void>;
  readonly #failed: (proxy: OpenProxy, cause: EnvironmentError) => void;
  readonly #running = new Set<Promise<void>>();
  readonly #proxies = new Set<RunningProxy>();

  constructor(
    network: Network,
    about: {
      readonly moreOf: (proxy: OpenProxy, impairment: Impairment) => MoreOfRun;
      /** Called when one that was asked about could not start. */
      readonly refused?: (proxy: OpenProxy) => void;
      /** Called with the report of each that has ended. */
      readonly ended: (proxy: OpenProxy, report: ProxyReport) => void | Promise<void>;
      /** Called with what ended one that has no report. */
      readonly failed: (proxy: OpenProxy, cause: EnvironmentError) => void;
    },
  ) {
    this.#network = network;
    this.#moreOf = about.moreOf;
    this.#refused = about.refused;
    this.#ended = about.ended;
    this.#failed = about.failed;
  }

  readonly open = async (proxy: OpenProxy): Promise<ProxyHandle> => {
    const { listen, upstream, seed, protocol, conditions } = proxy;
    const { down, up, shares = [] } = conditions;
    const open = new OpenFlows(proxy.flowOpened);
    const impairment = { ...UNIMPAIRED, seed, down, up };
    const waits = noWaits();
    const running = await this.#started(proxy, {
      ...this.#moreOf(proxy, impairment),
      journalBytes: JOURNAL_BYTES,
      network: this.#network,
      server: upstream,
      host: listen.address,
      ports: [listen.port],
      protocol: readProtocol(protocol, 'protocol'),
      impairment,
      observe: open.observe,
      waits,
    });
    this.#follow(proxy, running);
    const started = new StartedProxy(running, open, waits);
    try {
      if (shares.length > 0) running.change(conditions);
    } catch (cause) {
      await started.close();
      throw cause;
    }
    return started;
  };

  readonly resolve = (host: string, what: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const cancel = startTimer(() => {
        const expected = `expected a host that can be found, got "${host}", for which nobody answered; check the name`;
        reject(new UsageError('host-unknown', what, expected));
      }, RESOLVE_MS);
      void resolveHost(host, what).then(resolve, reject).finally(cancel);
    });

  checkEnds({ address, port }: Peer, upstream: Peer): void {
    checkNoLoop(address, [port], upstream, (one) => this.#network.isLocal(one));
  }

  after(ms: number, act: () => void): () => void {
    return startTimer(act, ms);
  }

  /** Lets out what is held, and resolves when all have ended. */
  async end(): Promise<void> {
    this.stop();
    await Promise.all(this.#running);
  }

  /** Asks all to end. A second time: at once, and what has not left is thrown away. */
  stop(): void {
    for (const proxy of this.#proxies) proxy.stop();
  }

  async #started(proxy: OpenProxy, run: ProxyRun): Promise<RunningProxy> {
    try {
      return await startProxy(run);
    } catch (cause) {
      this.#refused?.(proxy);
      throw cause;
    }
  }

  #follow(proxy: OpenProxy, running: RunningProxy): void {
    this.#proxies.add(running);
    const ending = running.done
      .then(
        (report) => this.#ended(proxy, report),
        // What the system did to one proxy is no end of the others.
        (cause: unknown) => {
          if (!(cause instanceof EnvironmentError)) throw cause;
          this.#failed(proxy, cause);
        },
      )
      .finally(() => {
        this.#proxies.delete(running);
        this.#running.delete(ending);
      });
    this.#running.add(ending);
  }
}
