/**
 * Fates of a stream whose conditions change, from the definition: every decision is drawn index by index from index 1 on,
 * and each index has the settings of its own epoch. It keeps everything, and shares no code with the schedule but the
 * generator, the settings and the shapes of the delay.
 */
import { DROP_CAUSES } from '../../../harness/impairment/causes.ts';
import type { ImpairmentConfig } from '../../../harness/impairment/config.ts';
import { delayForDrawNs } from '../../../harness/impairment/distributions.ts';
import type { Epoch } from '../../../harness/impairment/epochs.ts';
import type { Schedule } from '../../../harness/impairment/schedule.ts';
import { randomStream } from '../../../src/base/random.ts';

export interface NaiveFate {
  readonly cause: string;
  readonly copies: number;
  readonly hold: number;
  readonly corrupt: number;
  readonly delayNs: number;
}

/** What a schedule says of an index. */
export function fateOf(of: Schedule, index: number): NaiveFate {
  const row = of.at(index);
  return {
    cause: DROP_CAUSES[of.dropCause[row] as number] as string,
    copies: of.copies[row] as number,
    hold: of.hold[row] as number,
    corrupt: of.corrupt[row] as number,
    delayNs: of.delayNs[row] as number,
  };
}

const UNHARMED: NaiveFate = { cause: 'none', copies: 0, hold: 0, corrupt: -1, delayNs: 0 };
const dropped = (cause: string): NaiveFate => ({ ...UNHARMED, cause });

const nthDraw = (key: string, n: number): number => {
  const stream = randomStream(key);
  for (let k = 1; k < n; k += 1) stream.draw();
  return stream.draw();
};

const within = (list: readonly { readonly from: number; readonly to: number }[], index: number): boolean =>
  list.some(({ from, to }) => index >= from && index <= to);

/** The losses of the loss model in force, and what it remembers. */
class NaiveLoss {
  #state = '';
  #place = 0;
  #owed = 0;

  /** @param u the draw that a chain starts from */
  start(config: ImpairmentConfig, u: () => number): void {
    const { drop } = config;
    this.#place = 0;
    if (drop?.kind === 'gilbertElliott') this.#state = u() < drop.r / (drop.p + drop.r) ? 'good' : 'bad';
    if (drop?.kind === 'markov4') {
      const { p13, p31, p32, p23, p14 } = drop;
      const weights = [p31, p32 === 0 ? 0 : (p13 * p32) / p23, p13, p31 * p14];
      const total = weights.reduce((a, b) => a + b);
      const shares = weights.map((weight) => weight / total);
      const draw = u();
      let below = 0;
      const found = shares.findIndex((share) => draw < (below += share));
      this.#state = String(found + 1);
    }
  }

  cause(config: ImpairmentConfig, u: number, uLoss: number): string {
    const { drop } = config;
    if (drop === null) return 'none';
    switch (drop.kind) {
      case 'independent':
        return u < drop.ratio ? 'independent' : 'none';
      case 'exact': {
        if (this.#place === 0) this.#owed = drop.lost;
        const isLost = u * (drop.block - this.#place) < this.#owed;
        if (isLost) this.#owed -= 1;
        this.#place = (this.#place + 1) % drop.block;
        return isLost ? 'exact' : 'none';
      }
      case 'gilbertElliott': {
        if (this.#state === 'good' ? u < drop.p : u < drop.r)
          this.#state = this.#state === 'good' ? 'bad' : 'good';
        const ratio = this.#state === 'bad' ? drop.lossBad : drop.lossGood;
        return uLoss < ratio ? 'burst' : 'none';
      }
      case 'markov4': {
        if (this.#state === '1') this.#state = u < drop.p14 ? '4' : u < drop.p14 + drop.p13 ? '3' : '1';
        else if (this.#state === '2') this.#state = u < drop.p23 ? '3' : '2';
        else if (this.#state === '3') this.#state = u < drop.p32 ? '2' : u < drop.p32 + drop.p31 ? '1' : '3';
        else this.#state = '1';
        return this.#state >= '3' ? 'state' : 'none';
      }
    }
  }
}

/** @param epochs the first from index 1 on, rising; of two from one index on the later one has it */
export function naiveFates(
  prefix: string,
  epochs: readonly Epoch[],
  count: number,
  mediaTimeNs: (index: number) => number,
): NaiveFate[] {
  const stream = (decision: string) => randomStream(`${prefix}/${decision}`).draw;
  const drop = stream('drop');
  const dropLoss = stream('drop-loss');
  const corrupt = stream('corrupt');
  const bit = stream('corrupt-bit');
  const duplicate = stream('duplicate');
  const hold = stream('hold');
  const distance = stream('hold-distance');
  const delay = stream('delay');
  const loss = new NaiveLoss();
  let run = 0;
  let before: Epoch | undefined;
  const fates: NaiveFate[] = [];
  for (let index = 1; index <= count; index += 1) {
    const epoch = epochs.findLast(({ firstIndex }) => firstIndex <= index) as Epoch;
    const { config } = epoch;
    if (JSON.stringify(before?.config.drop) !== JSON.stringify(config.drop))
      loss.start(config, () => nthDraw(`${prefix}/drop-start`, epoch.number));
    if (before?.config.dropMaxRun !== config.dropMaxRun) run = 0;
    before = epoch;
    const u = {
      drop: drop(),
      loss: dropLoss(),
      corrupt: corrupt(),
      bit: bit(),
      duplicate: duplicate(),
      hold: hold(),
      distance: distance(),
      delay: delay(),
    };
    let cause = loss.cause(config, u.drop, u.loss);
    if (config.dropMaxRun !== null) {
      run = cause === 'none' ? 0 : run + 1;
      if (run > config.dropMaxRun) {
        cause = 'none';
        run = 0;
      }
    }
    if (within(config.dropList, index)) cause = 'list';
    const timeNs = mediaTimeNs(index);
    if (config.outages.some(({ fromNs, toNs }) => timeNs >= fromNs && timeNs < toNs)) cause = 'outage';
    if (index <= config.spare) fates.push(UNHARMED);
    else if (cause === 'none') {
      const [least, most] = config.reorder.distance;
      const drawn = u.hold < config.reorder.ratio ? least + Math.floor(u.distance * (most - least + 1)) : 0;
      fates.push({
        cause,
        copies: u.duplicate < config.duplicateRatio || within(config.duplicateList, index) ? 1 : 0,
        hold: config.reorderList.find((one) => one.index === index)?.distance ?? drawn,
        corrupt: u.corrupt < config.corruptRatio ? u.bit : -1,
        delayNs: config.delay === null ? 0 : delayForDrawNs(config.delay, u.delay),
      });
    } else fates.push(dropped(cause));
  }
  return fates;
}
