/**
 * A simulation that has ended: what was sent and what became of it.
 */
import type { ImpairmentConfig } from '../../impairment/config.ts';
import type { Direction } from '../../impairment/schedule.ts';
import type { LedgerRow } from '../../judge/accounting.ts';
import { droppedTotal } from '../../proxy/path/counters.ts';
import { latenessOf } from '../../proxy/path/lateness.ts';
import { fateLines } from '../../proxy/told/fateLines.ts';
import type { FateSource } from '../../proxy/told/fateLines.ts';
import type { FateRecord } from '../lossyProxy.ts';
import type { SimulatedDatagram } from './datagramLog.ts';
import type { Pair } from './pair.ts';
import type { Ended, SimulationRun } from './run.ts';
import { simulateCode } from './showCode.ts';
import { pathName } from './simulateOptions.ts';
import type { SimulateSettings } from './simulateOptions.ts';

/** A direction of two endpoints that was used, and what its fates are worked out from. */
export interface UsedPath {
  /** `client>server`. */
  readonly name: string;
  readonly config: ImpairmentConfig;
  readonly fates: readonly FateSource[];
}

const DIRECTIONS: readonly Direction[] = ['down', 'up'];

export class Simulation {
  readonly seed: string;
  readonly ended: Ended;
  /** When it ended, on the virtual clock. */
  readonly endMs: number;
  /** Every datagram that was sent, in order. */
  readonly log: readonly SimulatedDatagram[];
  readonly #settings: SimulateSettings;
  readonly #run: SimulationRun;

  /** Called by `simulate`. */
  constructor(settings: SimulateSettings, run: SimulationRun, ended: Ended) {
    this.seed = settings.impairment.seed;
    this.ended = ended;
    this.endMs = run.nowMs;
    this.log = run.log;
    this.#settings = settings;
    this.#run = run;
  }

  /** A row a pair of endpoints and direction: `sent` and `delivered` are the endpoints', the rest is the network's. */
  ledger(): readonly LedgerRow[] {
    return this.#run.pairs.flatMap((pair) =>
      DIRECTIONS.filter((direction) => pair[direction].flow.arrived > 0).map((direction) =>
        this.#row(pair, direction),
      ),
    );
  }

  /** What the schedule decided about each datagram, by pair, direction and index, with the keys of a fate file. */
  fates(): FateRecord[] {
    return usedPaths(this.#run)
      .flatMap(({ fates }) => fates)
      .flatMap((source) => [...fateLines(source)].map((line) => JSON.parse(line) as FateRecord));
  }

  /** The code that runs the same again. */
  showAgain(): readonly string[] {
    return [simulateCode(this.#settings)];
  }

  #row(pair: Pair, direction: Direction): LedgerRow {
    const { flow, carried } = pair[direction];
    const counters = flow.totalCounters();
    const dropped = droppedTotal(counters);
    const arriving = this.#run.arriving(
      (entry) => entry.index !== null && entry.flow === pair.number && entry.direction === direction,
    );
    const held = counters.heldAtEnd + arriving;
    const late = latenessOf(counters.late);
    return {
      flow: pair.number,
      direction,
      client: null,
      sent: carried.sent,
      duplicated: counters.duplicated,
      dropped,
      kernel_drops_proxy: 0,
      kernel_drops_client: 0,
      kernel_drop_events: 0,
      refused: 0,
      held_at_end: held,
      delivered: carried.delivered,
      unexplained: carried.sent + counters.duplicated - carried.delivered - dropped - held,
      late_p50_us: late.p50Us ?? 'none',
      late_p99_us: late.p99Us ?? 'none',
      late_max_us: late.maxUs ?? 'none',
    };
  }
}

/** Of a run that has ended, or failed. */
export const usedPaths = ({ pairs }: SimulationRun): UsedPath[] =>
  pairs.flatMap(({ first, second, down, up }) => [
    { name: pathName(second.name, first.name), config: down.config, fates: down.flow.fateSources() },
    { name: pathName(first.name, second.name), config: up.config, fates: up.flow.fateSources() },
  ]);
