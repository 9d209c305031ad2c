/**
 * The proxies of the API, by name, and what its calls do to them.
 *
 * Calls that change something wait for each other. A call that is refused changes nothing: everything is read and resolved first,
 * then what must listen does so, and then the rest cannot fail.
 */
import type { Peer } from '../../../src/net/batch.ts';
import { ApiError, flagField, readObject, refuseOtherKeys, textField } from '../apiError.ts';
import { readToxic, updatedToxic } from '../toxics/toxic.ts';
import type { Toxic } from '../toxics/toxic.ts';
import { ControlledProxy } from './controlledProxy.ts';
import type { Ends, WholePlan } from './controlledProxy.ts';
import type { ProxyHandle, ProxyOpener } from './proxyHandle.ts';
import { CHANGEABLE, readBase, readProxyPlan, readProxyPlans, resolveEnd } from './proxyPlan.ts';
import type { ProxyPlan, Reach } from './proxyPlan.ts';

/** Proxies at a time. */
const MAX_PROXIES = 1000;

/** The proxy of the command itself: who typed its addresses decides about them. */
const OWN = 'is the command’s own proxy';

export class ProxySet {
  readonly #opener: ProxyOpener;
  readonly #reach: Reach;
  readonly #seed: string;
  readonly #protocol: string;
  readonly #proxies = new Map<string, ControlledProxy>();
  #own: ControlledProxy | null = null;
  /** The last change that was asked for. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: {
    readonly opener: ProxyOpener;
    readonly reach: Reach;
    /** For proxies that have none of their own: theirs is it with their names. */
    readonly seed: string;
    /** For those that name none. */
    readonly protocol: string;
  }) {
    this.#opener = options.opener;
    this.#reach = options.reach;
    this.#seed = options.seed;
    this.#protocol = options.protocol;
  }

  /** In the order of their creation. */
  get all(): readonly ControlledProxy[] {
    return [...this.#proxies.values()];
  }

  /** @throws ApiError if there is none of that name */
  get(name: string): ControlledProxy {
    const proxy = this.#proxies.get(name);
    if (proxy === undefined) throw new ApiError(404, 'proxy not found');
    return proxy;
  }

  toxic(name: string, toxic: string): Toxic {
    const found = this.get(name).toxics.find((one) => one.name === toxic);
    if (found === undefined) throw new ApiError(404, 'toxic not found');
    return found;
  }

  /** The proxy that the command runs. Its flows are told by the function that is returned. */
  adopt(plan: WholePlan, ends: Ends, handle: ProxyHandle): (flow: number) => void {
    const proxy = new ControlledProxy(plan, ends, this.#opener);
    proxy.adopt(handle);
    this.#own = proxy;
    this.#proxies.set(plan.name, proxy);
    return proxy.flowOpened;
  }

  create(value: unknown): Promise<ControlledProxy> {
    return this.#inTurn(async () => {
      const plan = readProxyPlan(value);
      if (this.#proxies.has(plan.name)) throw new ApiError(409, 'proxy already exists');
      this.#checkRoom(1);
      const proxy = await this.#made(plan, await this.#resolve(plan, undefined));
      this.#proxies.set(plan.name, proxy);
      return proxy;
    });
  }

  /** What has the same name, listening address and upstream is left alone; what else has the name is replaced. */
  populate(value: unknown): Promise<readonly ControlledProxy[]> {
    return this.#populated(() => readProxyPlans(value), this.#reach);
  }

  /** The proxies of a configuration file, whose writer decides where they listen and send to. */
  populatePlans(plans: readonly ProxyPlan[]): Promise<readonly ControlledProxy[]> {
    return this.#populated(() => plans, null);
  }

  update(name: string, value: unknown): Promise<ControlledProxy> {
    return this.#inTurn(async () => {
      const proxy = this.get(name);
      const body = readObject(value);
      const listen = textField(body, 'listen') ?? proxy.listen;
      const upstream = textField(body, 'upstream') ?? proxy.upstream;
      const enabled = flagField(body, 'enabled') ?? proxy.isEnabled;
      refuseOtherKeys('proxy', body, CHANGEABLE);
      await this.#change(proxy, { listen, upstream, enabled });
      return proxy;
    });
  }

  remove(name: string): Promise<void> {
    return this.#inTurn(async () => {
      const proxy = this.get(name);
      this.#refuseOwn(proxy, 'removed: end it with Ctrl+C, or disable it');
      this.#proxies.delete(name);
      await proxy.close();
    });
  }

  addToxic(name: string, value: unknown): Promise<Toxic> {
    return this.#inTurn(() => {
      const proxy = this.get(name);
      const toxic = readToxic(value, (taken) => proxy.toxics.some((one) => one.name === taken));
      proxy.set({ toxics: [...proxy.toxics, toxic] });
      return toxic;
    });
  }

  updateToxic(name: string, toxicName: string, value: unknown): Promise<Toxic> {
    return this.#inTurn(() => {
      const proxy = this.get(name);
      const before = this.toxic(name, toxicName);
      const toxic = updatedToxic(before, value);
      proxy.set({ toxics: proxy.toxics.map((one) => (one === before ? toxic : one)) });
      return toxic;
    });
  }

  removeToxic(name: string, toxicName: string): Promise<void> {
    return this.#inTurn(() => {
      const proxy = this.get(name);
      const before = this.toxic(name, toxicName);
      proxy.set({ toxics: proxy.toxics.filter((one) => one !== before) });
    });
  }

  /** All proxies enabled, all toxics gone. Their own knobs stay. */
  reset(): Promise<void> {
    return this.#inTurn(async () => {
      const disabled = this.all
        .filter(({ isEnabled }) => !isEnabled)
        .map((proxy) => ({ proxy, before: proxy.handle }));
      try {
        for (const { proxy } of disabled) await proxy.enable();
      } catch (cause) {
        for (const { proxy, before } of disabled) await proxy.undoEnable(before);
        throw cause;
      }
      for (const proxy of this.#proxies.values()) if (proxy.toxics.length > 0) proxy.set({ toxics: [] });
    });
  }

  setConditions(name: string, value: unknown): Promise<ControlledProxy> {
    return this.#inTurn(() => {
      const proxy = this.get(name);
      const body = readObject(value);
      // As it is answered, it may come back.
      refuseOtherKeys('conditions', body, ['down', 'up', 'epoch']);
      proxy.set({ base: readBase(body, proxy.base) });
      return proxy;
    });
  }

  beginOutage(name: string, ms: number): Promise<ControlledProxy> {
    return this.#inTurn(() => {
      const proxy = this.get(name);
      proxy.beginOutage(ms);
      return proxy;
    });
  }

  rebind(name: string): Promise<ControlledProxy> {
    return this.#inTurn(() => {
      const proxy = this.get(name);
      proxy.handle?.rebind();
      return proxy;
    });
  }

  /** Ends all but the command's own. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      const own = this.#own;
      own?.release();
      await Promise.all(this.all.filter((proxy) => proxy !== own).map((proxy) => proxy.close()));
      this.#proxies.clear();
    });
  }

  /** Begins when what was asked for before is done, whatever became of it. */
  #inTurn<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  #checkRoom(more: number): void {
    if (this.#proxies.size + more > MAX_PROXIES)
      throw new ApiError(400, `expected at most ${MAX_PROXIES} proxies; remove one first`);
  }

  #refuseOwn(proxy: ControlledProxy, what: string): void {
    if (proxy === this.#own)
      throw new ApiError(400, `${JSON.stringify(proxy.name)} ${OWN}, and cannot be ${what}`);
  }

  async #made(plan: ProxyPlan, ends: Ends): Promise<ControlledProxy> {
    const { seed = null, protocol } = plan;
    const whole = {
      ...plan,
      seed: seed ?? `${this.#seed}/${plan.name}`,
      protocol: protocol ?? this.#protocol,
    };
    const proxy = new ControlledProxy(whole, ends, this.#opener);
    // Knobs that cannot stand together are found before a port is opened.
    proxy.set({});
    if (plan.enabled) await proxy.enable();
    return proxy;
  }

  /**
   * The ends that are wanted, in numbers.
   * @param known whose own are not looked up again, and were allowed when it began
   */
  async #resolve(
    { listen, upstream }: Pick<ProxyPlan, 'listen' | 'upstream'>,
    known: ControlledProxy | undefined,
    reach: Reach | null = this.#reach,
  ): Promise<Ends> {
    const { resolve } = this.#opener;
    const endOf = (what: keyof Ends, text: string): Peer | Promise<Peer> =>
      known?.[what] === text ? known.ends[what] : resolveEnd(what, text, reach, resolve);
    const [from, to] = await Promise.all([endOf('listen', listen), endOf('upstream', upstream)]);
    this.#opener.checkEnds(from, to);
    return { listen: from, upstream: to };
  }

  async #change(
    proxy: ControlledProxy,
    wanted: Pick<ProxyPlan, 'listen' | 'upstream' | 'enabled'>,
  ): Promise<void> {
    const { upstream, enabled } = wanted;
    const ends = await this.#resolve(wanted, proxy);
    if (!isSamePlace(ends.listen, proxy.ends.listen)) {
      this.#refuseOwn(proxy, 'moved: start it where it is to listen');
      await proxy.move(wanted, ends);
      return;
    }
    const { isEnabled, handle } = proxy;
    // First what can fail.
    if (enabled) await proxy.enable();
    try {
      if (upstream !== proxy.upstream) proxy.redirect(upstream, ends.upstream);
    } catch (cause) {
      if (!isEnabled && enabled) await proxy.undoEnable(handle);
      throw cause;
    }
    if (!enabled) await proxy.disable();
  }

  #populated(read: () => readonly ProxyPlan[], reach: Reach | null): Promise<readonly ControlledProxy[]> {
    return this.#inTurn(async () => {
      const plans = read();
      this.#checkRoom(plans.filter(({ name }) => !this.#proxies.has(name)).length);
      // All names at once: however many are slow to be found, it takes no longer than one.
      const ends = await Promise.all(
        plans.map((plan) => this.#resolve(plan, this.#proxies.get(plan.name), reach)),
      );
      const steps = plans.map((plan, k) => this.#stepTo(plan, this.#proxies.get(plan.name), ends[k] as Ends));
      const results = await this.#taken(steps);
      for (const proxy of results) this.#proxies.set(proxy.name, proxy);
      await Promise.all(steps.map(({ known }, k) => (known === results[k] ? null : known?.close())));
      return results;
    });
  }

  /** What has to be done for a plan. @throws ApiError for what cannot be done */
  #stepTo(plan: ProxyPlan, known: ControlledProxy | undefined, ends: Ends): Step {
    if (known === undefined || !isSamePlace(ends.listen, known.ends.listen)) {
      if (known !== undefined) this.#refuseOwn(known, 'moved: start it where it is to listen');
      return { plan, ends, known, how: 'make' };
    }
    const { protocol = null, seed = null, base } = plan;
    if ((protocol !== null && protocol !== known.protocol) || (seed !== null && seed !== known.seed)) {
      throw new ApiError(
        400,
        `${JSON.stringify(plan.name)} has protocol ${known.protocol} and seed ${known.seed} as long as it is there; remove it first`,
      );
    }
    const isBase = base === null || JSON.stringify(base) === JSON.stringify(known.base);
    if (plan.upstream === known.upstream && isBase) return { plan, ends, known, how: 'leave' };
    if (known.isEnabled && plan.enabled) {
      known.checkTurn(plan, ends.upstream);
      return { plan, ends, known, how: 'turn' };
    }
    this.#refuseOwn(known, 'replaced');
    return { plan, ends, known, how: 'make' };
  }

  /** Opens all that are new, then turns what runs. If one of them cannot be opened or turned, none is opened. */
  async #taken(steps: readonly Step[]): Promise<ControlledProxy[]> {
    const made = new Map<Step, ControlledProxy>();
    try {
      for (const step of steps)
        if (step.how === 'make') made.set(step, await this.#made(step.plan, step.ends));
      for (const { plan, ends, known, how } of steps) if (how === 'turn') known?.turn(plan, ends.upstream);
    } catch (cause) {
      await Promise.all([...made.values()].map((proxy) => proxy.close()));
      throw cause;
    }
    return steps.map((step) => made.get(step) ?? (step.known as ControlledProxy));
  }
}

/** What populating does for one plan: make a proxy, turn the one of that name, or leave it alone. */
interface Step {
  readonly plan: ProxyPlan;
  readonly ends: Ends;
  readonly known: ControlledProxy | undefined;
  readonly how: 'make' | 'turn' | 'leave';
}

const isSamePlace = (one: Peer, other: Peer): boolean =>
  one.address === other.address && one.port === other.port;
