/**
 * The conditions of a proxy: what they are, and with which epoch each stream begins.
 *
 * A change has a number, from 2 on. It begins in each stream at the stream's next index, which is in the journal as soon as the
 * change is made, as is the epoch that a later stream begins with. With a timeline the indices are those of a journal.
 */
import { isObject, refuseValue } from '../../../src/base/arguments.ts';
import { UsageError } from '../../../src/base/errors.ts';
import type { ImpairmentConfig } from '../../impairment/config.ts';
import { checkConfig } from '../../impairment/config.ts';
import { conditionsOfFlow, hasShare } from '../../impairment/conditions.ts';
import type { Conditions, FlowConditions } from '../../impairment/conditions.ts';
import { FIRST_EPOCH, isSameSetting } from '../../impairment/epochs.ts';
import type { Epoch } from '../../impairment/epochs.ts';
import { PhaseSteps, settingsOver } from '../../impairment/phases.ts';
import type { Phased } from '../../impairment/phases.ts';
import type { Impairment } from '../../impairment/impairment.ts';
import type { Direction, ScheduleKey } from '../../impairment/schedule.ts';
import { rebindTimesNs } from '../../impairment/stages/rebind.ts';
import { StreamPhases } from './streamPhases.ts';
import { SharedSettings } from './sharedSettings.ts';
import type { Journal } from './journal.ts';
import type { FirstIndex } from './journalLines.ts';
import { streamName } from './timeline.ts';
import type { Timeline } from './timeline.ts';

/** A change that has been applied. */
export interface AppliedChange {
  /** Of the change: 2 for the first one. */
  readonly number: number;
  /** When, nanoseconds since the run's epoch. */
  readonly atNs: number;
  /** How many flows were open. */
  readonly flows: number;
}

const DIRECTIONS: readonly Direction[] = ['down', 'up'];
/** Kinds of flows, by which shares they have, whose settings are kept: many shares give more than flows come of. */
const MAX_KINDS = 1024;

export class Changes {
  /** Of the last change. */
  number = FIRST_EPOCH;
  /** Whether conditions follow phases: until the first change. */
  isInPhases: boolean;
  /** Whether that change is being made. */
  isLeavingPhases = false;
  readonly #phased: Phased;
  readonly #lastPhase: number;
  readonly #seed: string;
  readonly #journal: Journal;
  readonly #timeline: Timeline | null;
  readonly #settings = new SharedSettings();
  /** Whether a number of a flow is given again: then a stream is told from an earlier one of the same key by its life. */
  readonly #hasLives: boolean;
  readonly #lives = new Map<string, number>();
  /** Called with a flow that the timeline does not have. */
  readonly #unknown: (flow: number, nowNs: number) => void;
  /** The directions that began with a link. */
  readonly #linked: ReadonlySet<Direction>;
  /** When flows move to new ports, from the beginning. */
  readonly #rebindsNs: readonly number[];
  #conditions: Conditions;
  /** Conditions → by which of their shares a flow has, its settings: formatted once, for a trace may be long, and flows many. */
  readonly #byShares = new WeakMap<Conditions, Map<string, FlowConditions>>();

  constructor(
    { seed, down, up, phases }: Pick<Impairment, 'seed' | Direction | 'phases'>,
    about: {
      readonly journal: Journal;
      readonly timeline: Timeline | null;
      readonly hasLives: boolean;
      readonly unknown: (flow: number, nowNs: number) => void;
    },
  ) {
    this.#seed = seed;
    this.#phased = { down, up, phases };
    this.isInPhases = phases.length > 0;
    this.#lastPhase = FIRST_EPOCH + phases.length;
    this.#journal = about.journal;
    this.#timeline = about.timeline;
    this.#hasLives = about.hasLives;
    this.#unknown = about.unknown;
    this.#linked = new Set(
      DIRECTIONS.filter((way) => settingsOver(this.#phased, way).some(({ rate }) => rate !== null)),
    );
    this.#rebindsNs = rebindTimesNs([down, up]);
    this.#conditions = { down, up };
  }

  /** What they are now. */
  get conditions(): Conditions {
    return this.#conditions;
  }

  /** The settings of a flow now, the same values for the same settings. */
  of(flow: number): FlowConditions {
    return this.#settingsOf(this.#conditions, flow);
  }

  /**
   * Makes a change. @param apply gives it to all flows and returns where it begins in each stream
   * @throws UsageError for conditions that cannot hold from now on; then nothing has changed
   */
  change(
    nowNs: number,
    conditions: Conditions,
    apply: (number: number) => { readonly firstIndices: readonly FirstIndex[]; readonly flows: number },
  ): AppliedChange {
    this.check(conditions);
    const before = this.#conditions;
    this.isLeavingPhases = this.isInPhases;
    this.isInPhases = false;
    this.#conditions = conditions;
    this.#byShares.delete(conditions);
    // Numbers of phases are not given again.
    this.number = Math.max(this.number, this.#lastPhase) + 1;
    const { firstIndices, flows } = apply(this.number);
    this.isLeavingPhases = false;
    this.#journal.change(nowNs, this.number, before, conditions, firstIndices);
    return { number: this.number, atNs: nowNs, flows };
  }

  /** The phases of a stream that begins; null for none: there are none, they are over, or a timeline has them. */
  phasesOf(key: ScheduleKey, nowNs: () => number): StreamPhases | null {
    if (!this.isInPhases || this.#timeline !== null) return null;
    const isDown = key.direction.startsWith('down');
    const isControl = key.direction.endsWith('-control');
    return new StreamPhases(
      new PhaseSteps(this.#phased, isDown ? 'down' : 'up'),
      ({ number, firstIndex, config }) => {
        this.#journal.phase(nowNs(), this.firstIndex(key, firstIndex), number);
        const settings = this.#settings.of(config);
        return { number, firstIndex, config: isControl ? this.controlOf(settings) : settings };
      },
    );
  }

  /** The settings of a flow that has every share: whoever has that may have any. */
  whole(conditions: Conditions): FlowConditions {
    const { shares = [] } = conditions;
    return conditionsOfFlow(
      { ...conditions, shares: shares.map((share) => ({ ...share, toxicity: 1 })) },
      this.#seed,
      1,
    );
  }

  /** A stream begins. Returns its epochs, as far as they are known: the first one, and those of a timeline. */
  begin(nowNs: number, key: ScheduleKey, config: ImpairmentConfig): readonly [Epoch, ...Epoch[]] {
    const life = this.#nextLife(key);
    if (this.#timeline === null) {
      if (this.number > FIRST_EPOCH) this.#journal.stream(nowNs, key, life, this.number);
      return [{ number: this.number, firstIndex: 1, config }];
    }
    const { flow, direction } = key;
    if (!this.#timeline.has(flow)) this.#unknown(flow, nowNs);
    return this.#timeline.epochsOf(key, life, (conditions) => {
      const settings = this.#settingsOf(conditions, flow)[direction.startsWith('down') ? 'down' : 'up'];
      return direction.endsWith('-control') ? this.controlOf(settings) : settings;
    });
  }

  /** Where a change begins in a stream, as the journal has it. */
  firstIndex(key: ScheduleKey, index: number): FirstIndex {
    const { flow, direction, stream = 1 } = key;
    const life = this.#lives.get(streamName(flow, direction, stream)) ?? 1;
    return life === 1 ? [flow, direction, stream, index] : [flow, direction, stream, index, life];
  }

  /** The settings of control datagrams, the same values for the same settings. */
  controlOf(config: ImpairmentConfig): ImpairmentConfig {
    return this.#settings.controlOf(config);
  }

  /** @throws UsageError for conditions that cannot hold from now on */
  check(conditions: Conditions): void {
    if (this.#timeline !== null)
      throw new UsageError(
        'conflict',
        'change',
        'expected no change beside --timeline, whose journal says what changes, got one; leave --timeline out',
      );
    if (!isObject(conditions)) refuseValue('change', 'conditions, with settings for down and up', conditions);
    for (const way of DIRECTIONS) checkConfig(conditions[way], undefined, `change: ${way}`);
    const all = this.whole(conditions);
    for (const way of DIRECTIONS) {
      const { rebinds } = all[way];
      if (rebinds.some(({ atNs }) => !this.#rebindsNs.includes(atNs)))
        throw new UsageError(
          'conflict',
          '--rebind',
          'expected no times but those from the beginning, since they are those of a whole flow, got others; move a flow now with rebind()',
        );
      // What a share sets holds as well.
      const [before, after] = [this.#conditions[way], all[way]];
      if (before.shared !== after.shared)
        throw new UsageError(
          'conflict',
          '--shared',
          `expected ${before.shared ? 'it' : 'none'} as at the beginning, since it holds for a whole run, got ${after.shared ? 'it' : 'none'}`,
        );
      if (after.shared && after.rate !== null && !this.#linked.has(way))
        throw new UsageError(
          'conflict',
          '--rate',
          'expected a shared link to be there from the beginning, got one now; give --rate at the start, such as 1000gbit',
        );
      if (after.shared) this.#checkShares(way, conditions);
    }
  }

  #settingsOf(conditions: Conditions, flow: number): FlowConditions {
    let own = '';
    for (const share of conditions.shares ?? []) own += hasShare(share, this.#seed, flow) ? '1' : '0';
    let byShares = this.#byShares.get(conditions);
    if (byShares === undefined) this.#byShares.set(conditions, (byShares = new Map()));
    const known = byShares.get(own);
    if (known !== undefined) return known;
    const { down, up } = conditionsOfFlow(conditions, this.#seed, flow);
    const settings = { down: this.#settings.of(down), up: this.#settings.of(up) };
    if (byShares.size < MAX_KINDS) byShares.set(own, settings);
    return settings;
  }

  #nextLife({ flow, direction, stream = 1 }: ScheduleKey): number {
    if (!this.#hasLives) return 1;
    const name = streamName(flow, direction, stream);
    const life = (this.#lives.get(name) ?? 0) + 1;
    this.#lives.set(name, life);
    return life;
  }

  /** One link has one rate, whose flow comes. */
  #checkShares(way: Direction, conditions: Conditions): void {
    const { shares = [] } = conditions;
    const without = { ...conditions, shares: shares.filter(({ toxicity }) => toxicity >= 1) };
    if (isSameSetting(this.whole(without)[way].rate, this.whole(conditions)[way].rate)) return;
    throw new UsageError(
      'conflict',
      '--rate',
      'expected the same rate for all flows, which share one link, got one for a share of them; let it act on all',
    );
  }
}
