/**
 * One proxy of the API: its toxics and its own knobs, and what runs by them, if anything does.
 *
 * A proxy that is disabled from the start does not run yet.
 */
import { formatHostPort } from '../../../src/base/quantities.ts';
import type { Peer } from '../../../src/net/batch.ts';
import type { Conditions, FlowConditions } from '../../impairment/conditions.ts';
import { readKnobs } from '../../impairment/knobs.ts';
import { checkTogether, conditionsOf } from '../toxics/toxicConditions.ts';
import type { BaseKnobs } from '../toxics/toxicConditions.ts';
import { inOrder, toxicAnswer } from '../toxics/toxic.ts';
import type { Toxic, ToxicAnswer } from '../toxics/toxic.ts';
import { FlowActs } from './flowActs.ts';
import type { ProxyHandle, ProxyOpener } from './proxyHandle.ts';
import { NO_KNOBS } from './proxyPlan.ts';
import type { ProxyPlan } from './proxyPlan.ts';

/** As toxiproxy's clients know it. */
export interface ProxyAnswer {
  readonly name: string;
  readonly listen: string;
  readonly upstream: string;
  readonly enabled: boolean;
  readonly toxics: readonly ToxicAnswer[];
}

/** A plan with what it left to the program. */
export type WholePlan = ProxyPlan & { readonly seed: string; readonly protocol: string };

export type Ends = Readonly<Record<'listen' | 'upstream', Peer>>;

const settingsOf = ({ down, up }: BaseKnobs): FlowConditions => ({
  down: readKnobs(down),
  up: readKnobs(up),
});

export class ControlledProxy {
  readonly name: string;
  readonly seed: string;
  readonly protocol: string;
  readonly #opener: ProxyOpener;
  readonly #acts: FlowActs;
  #listen: string;
  #upstream: string;
  #ends: Ends;
  #base: BaseKnobs;
  #settings: FlowConditions;
  #toxics: readonly Toxic[] = [];
  #handle: ProxyHandle | null = null;
  #isEnabled = false;
  #isOut = false;
  #endOutage: (() => void) | null = null;

  constructor(plan: WholePlan, ends: Ends, opener: ProxyOpener) {
    const { name, seed, protocol, listen, upstream, base } = plan;
    this.name = name;
    this.seed = seed;
    this.protocol = protocol;
    this.#listen = listen;
    this.#upstream = upstream;
    this.#ends = ends;
    this.#base = base ?? NO_KNOBS;
    this.#settings = settingsOf(this.#base);
    this.#opener = opener;
    this.#acts = new FlowActs(
      seed,
      (ms, act) => opener.after(ms, act),
      () => this.#handle,
    );
  }

  get isEnabled(): boolean {
    return this.#isEnabled;
  }

  /** What runs; null if nothing does. */
  get handle(): ProxyHandle | null {
    return this.#handle;
  }

  get listen(): string {
    const listening = this.#handle?.listening;
    return listening === undefined ? this.#listen : formatHostPort(listening.address, listening.port);
  }

  get upstream(): string {
    return this.#upstream;
  }

  /** Where it listens and sends to, in numbers. */
  get ends(): Ends {
    return { ...this.#ends, listen: this.#handle?.listening ?? this.#ends.listen };
  }

  get base(): BaseKnobs {
    return this.#base;
  }

  get toxics(): readonly Toxic[] {
    return inOrder(this.#toxics);
  }

  get answer(): ProxyAnswer {
    const { name, listen, upstream, isEnabled: enabled } = this;
    return { name, listen, upstream, enabled, toxics: this.toxics.map(toxicAnswer) };
  }

  /** Takes over a proxy that runs already. */
  adopt(handle: ProxyHandle): void {
    this.#handle = handle;
    this.#isEnabled = true;
  }

  /** A flow of it has opened. */
  readonly flowOpened = (flow: number): void => this.#acts.flowOpened(flow);

  /** @throws EnvironmentError if it cannot listen; then it is what it was */
  async enable(): Promise<void> {
    if (this.#isEnabled) return;
    if (this.#handle === null) this.#handle = await this.#open(this.#ends);
    else await this.#handle.setListening(true);
    this.#isEnabled = true;
  }

  /** As it was before it was enabled. @param before what it had then */
  async undoEnable(before: ProxyHandle | null): Promise<void> {
    if (before !== null) return this.disable();
    this.#isEnabled = false;
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close();
  }

  async disable(): Promise<void> {
    if (!this.#isEnabled) return;
    this.#isEnabled = false;
    await this.#handle?.setListening(false);
  }

  /**
   * Listens elsewhere, by a new proxy with the same toxics; one that is not enabled does when it is.
   * @throws EnvironmentError if it cannot; then it is what it was
   */
  async move(
    { listen, upstream, enabled }: Pick<ProxyPlan, 'listen' | 'upstream' | 'enabled'>,
    ends: Ends,
  ): Promise<void> {
    const before = this.#handle;
    const next = enabled ? await this.#open(ends) : null;
    this.#isEnabled = enabled;
    this.#listen = listen;
    this.#upstream = upstream;
    this.#ends = ends;
    this.#handle = next;
    // What was to become of the former's flows is of no flow of this one.
    this.#acts.end();
    this.#acts.follow(this.#toxics);
    await before?.close();
  }

  /** Sends new flows elsewhere. */
  redirect(upstream: string, to: Peer): void {
    this.#handle?.setUpstream(to);
    this.#upstream = upstream;
    this.#ends = { ...this.#ends, upstream: to };
  }

  /**
   * New toxics, new knobs of its own, or both.
   * @throws ApiError or UsageError for what cannot stand together; then nothing changes
   */
  set({
    toxics = this.#toxics,
    base = this.#base,
  }: {
    readonly toxics?: readonly Toxic[];
    readonly base?: BaseKnobs;
  }): void {
    // The same values for the same knobs, so that the engine sees what has not changed.
    const settings = base === this.#base ? this.#settings : settingsOf(base);
    checkTogether(settings, toxics);
    // What runs may refuse it, too: then nothing has changed.
    this.#handle?.change(conditionsOf(settings, inOrder(toxics), this.#isOut));
    this.#toxics = toxics;
    this.#base = base;
    this.#settings = settings;
    this.#acts.follow(toxics);
  }

  /** What it would be if it were new: these knobs of its own, no toxics, and new flows go there. */
  turn({ upstream, base }: Pick<ProxyPlan, 'upstream' | 'base'>, to: Peer): void {
    this.set({ toxics: [], base: base ?? NO_KNOBS });
    this.redirect(upstream, to);
  }

  /** @throws ApiError or UsageError as `turn` would; it changes nothing */
  checkTurn({ base }: Pick<ProxyPlan, 'base'>, to: Peer): void {
    const settings = settingsOf(base ?? NO_KNOBS);
    checkTogether(settings, []);
    this.#handle?.check(conditionsOf(settings, [], this.#isOut), to);
  }

  /** Everything is lost for so long. A later one takes the place of this one. */
  beginOutage(ms: number): void {
    if (!this.#isOut) this.#handle?.change(conditionsOf(this.#settings, this.toxics, true));
    this.#isOut = true;
    this.#endOutage?.();
    this.#endOutage = this.#opener.after(ms, () => {
      this.#endOutage = null;
      this.#isOut = false;
      this.#handle?.change(this.#conditions);
    });
  }

  async close(): Promise<void> {
    await this.release()?.close();
  }

  /** Does nothing more with what runs, which somebody else closes; null if nothing does. */
  release(): ProxyHandle | null {
    this.#endOutage?.();
    this.#endOutage = null;
    this.#acts.end();
    this.#isEnabled = false;
    const handle = this.#handle;
    this.#handle = null;
    return handle;
  }

  get #conditions(): Conditions {
    return conditionsOf(this.#settings, this.toxics, this.#isOut);
  }

  async #open({ listen, upstream }: Ends): Promise<ProxyHandle> {
    const { name, seed, protocol, flowOpened } = this;
    const isOut = this.#isOut;
    const handle = await this.#opener.open({
      name,
      seed,
      protocol,
      listen,
      upstream,
      conditions: this.#conditions,
      flowOpened,
    });
    // An outage may have ended while it opened.
    if (this.#isOut !== isOut) handle.change(this.#conditions);
    return handle;
  }
}
