/**
 * The conditions of a lossy proxy while a test runs: knobs that are set, pauses, outages. Each holds when the call returns.
 */
import * as check from '../../src/base/arguments.ts';
import { UsageError } from '../../src/base/errors.ts';
import { startTimer } from '../../src/net/timer.ts';
import { allLost } from '../impairment/conditions.ts';
import type { ImpairmentConfig } from '../impairment/config.ts';
import { KNOBS, knobsOf, mergeKnobs, readKnobs } from '../impairment/knobs.ts';
import type { Knobs } from '../impairment/knobs.ts';
import type { Direction } from '../impairment/schedule.ts';
import type { RunningProxy } from '../proxy/startProxy.ts';
import type { LossySettings } from './lossyOptions.ts';

/** Knobs as text; null takes one away, and those that are not named stay. */
export type KnobChange = Readonly<Record<string, string | boolean | null | undefined>>;

/** Knobs for the direction that the proxy was started for, or for one each. */
export interface LossyChange {
  readonly down?: KnobChange;
  readonly up?: KnobChange;
  readonly [knob: string]: unknown;
}

const KNOB_NAMES: readonly string[] = KNOBS.map(({ name }) => name);
const CALL = 'LossyProxy.set';
const DIRECTIONS: readonly Direction[] = ['down', 'up'];

export class LossyConditions {
  readonly #proxy: Pick<RunningProxy, 'change'>;
  /** Which way knobs without a direction act. */
  readonly #direction: Direction | 'both';
  /** Whether they change by the time of each stream already. */
  readonly #hasPhases: boolean;
  #base: Readonly<Record<Direction, ImpairmentConfig>>;
  #isPaused = false;
  #isEnded = false;
  /** What ends each outage that has begun. */
  readonly #outages = new Set<() => void>();

  constructor(
    proxy: Pick<RunningProxy, 'change' | 'conditions'>,
    { direction, impairment }: Pick<LossySettings, 'direction' | 'impairment'>,
  ) {
    this.#proxy = proxy;
    this.#direction = direction;
    this.#hasPhases = impairment.phases.length > 0;
    this.#base = proxy.conditions;
  }

  /** @throws UsageError for an unknown key and for a value that cannot be read; then nothing has changed */
  set(change: LossyChange): void {
    this.#checkChanges(CALL);
    if (!check.isObject(change)) check.refuseValue(CALL, "knobs, such as { drop: '30%' }", change);
    check.refuseUnknownKeys(CALL, change, [...DIRECTIONS, ...KNOB_NAMES]);
    const settingsOf = (way: Direction): ImpairmentConfig => {
      const isMeant = this.#direction === 'both' || this.#direction === way;
      const { down: _down, up: _up, ...beside } = change;
      const own = change[way] ?? {};
      if (!check.isObject(own)) check.refuseValue(`${CALL}: ${way}`, "knobs, such as { drop: '5%' }", own);
      check.refuseUnknownKeys(`${CALL}: ${way}`, own, KNOB_NAMES);
      const given = { ...(isMeant ? beside : {}), ...own } as KnobChange;
      return Object.keys(given).length === 0 ? this.#base[way] : changed(knobsOf(this.#base[way]), given);
    };
    const base = this.#base;
    this.#base = { down: settingsOf('down'), up: settingsOf('up') };
    try {
      this.#apply();
    } catch (cause) {
      this.#base = base;
      throw cause;
    }
  }

  /** Everything is lost until `resume`. */
  pause(): void {
    this.#checkChanges('LossyProxy.pause');
    if (this.#isPaused) return;
    this.#isPaused = true;
    try {
      this.#applyLoss(1);
    } catch (cause) {
      this.#isPaused = false;
      throw cause;
    }
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.checkRuns('LossyProxy.resume');
    this.#isPaused = false;
    this.#applyLoss(0);
  }

  /** Everything is lost for so long. Resolves when that is over, or the proxy ends. */
  async outage(ms: number): Promise<void> {
    this.#checkChanges('LossyProxy.outage');
    if (!(Number.isFinite(ms) && ms > 0)) check.refuseValue('LossyProxy.outage', 'milliseconds, above 0', ms);
    await new Promise<void>((resolve, reject) => {
      const over = (): void => {
        if (!this.#outages.delete(over)) return;
        cancel();
        resolve();
      };
      const cancel = startTimer(() => {
        over();
        this.#applyLoss(0);
      }, ms);
      this.#outages.add(over);
      try {
        this.#applyLoss(1);
      } catch (cause) {
        reject(cause as Error);
        over();
      }
    });
  }

  /** The proxy ends: nobody waits any longer. */
  end(): void {
    this.#isEnded = true;
    for (const over of this.#outages) over();
  }

  /** @throws UsageError when the proxy has ended, or ends */
  checkRuns(call: string): void {
    if (this.#isEnded)
      throw new UsageError('conflict', call, 'expected a proxy that runs, got one that was closed');
  }

  /** What is changed by hand has no phases any more, and what was changed has no conditions to go back to. */
  #checkChanges(call: string): void {
    this.checkRuns(call);
    if (this.#hasPhases)
      throw new UsageError(
        'conflict',
        call,
        'expected conditions that do not change by themselves, got a scenario with phases, which a change by hand would end; ' +
          'say it as a phase of that file, or start the proxy without phases',
      );
  }

  /** One cause of losing everything has come or gone. @param alone how many there are if it is the only one */
  #applyLoss(alone: number): void {
    if ((this.#isPaused ? 1 : 0) + this.#outages.size === alone) this.#apply();
  }

  #apply(): void {
    const isLost = this.#isPaused || this.#outages.size > 0;
    this.#proxy.change(isLost ? allLost(this.#base) : this.#base);
  }
}

const nameOf = (name: string): string => `${CALL}: ${name}`;

/** Knobs with others in their place; with one that is taken away go those that need it. */
function changed(before: Knobs, change: KnobChange): ImpairmentConfig {
  const given = Object.fromEntries(
    Object.entries(change).filter(([, value]) => value !== null && value !== undefined),
  ) as Knobs;
  const kept = Object.fromEntries(Object.entries(before).filter(([name]) => change[name] !== null));
  const knobs: Record<string, string | boolean | undefined> = { ...mergeKnobs(kept, given) };
  for (;;) {
    try {
      return readKnobs(knobs, nameOf);
    } catch (cause) {
      const without =
        cause instanceof UsageError && cause.code === 'missing'
          ? Object.keys(knobs).find((name) => nameOf(name) === cause.subject && given[name] === undefined)
          : undefined;
      if (without === undefined) throw cause;
      delete knobs[without];
    }
  }
}
