/**
 * The schedule: the fates of a flow's first datagrams, computed in order and read as in a proxy.
 *
 * The construction of the schedule is part of a block and is spread over all of its fates.
 */
import { NO_IMPAIRMENT } from '../../harness/impairment/config.ts';
import type { DropModel, ImpairmentConfig } from '../../harness/impairment/config.ts';
import { Schedule } from '../../harness/impairment/schedule.ts';
import { EMPTY, mixWord } from './checksum.ts';
import type { MicroSize, MicroSuite, MicroTask } from './task.ts';

const FATES: Record<MicroSize, number> = { full: 20_480, smoke: 2048 };

const KEY = { seed: 'bench', flow: 1, direction: 'down' } as const;
const mediaTimeNs = (index: number): number => (index - 1) * 100_000;

const INDEPENDENT: DropModel = { kind: 'independent', ratio: 0.05 };
const BURSTS: DropModel = { kind: 'gilbertElliott', p: 0.02, r: 0.3, lossBad: 0.9, lossGood: 0.001 };
const REORDER = { ratio: 0.05, distance: [1, 3] } as const;

const ALL: ImpairmentConfig = {
  outages: [{ fromNs: 50e6, toNs: 60e6 }],
  dropList: [{ from: 100, to: 120 }],
  drop: BURSTS,
  dropMaxRun: null,
  mtuBytes: null,
  dropAfterBytes: null,
  corruptRatio: 0.01,
  duplicateRatio: 0.01,
  duplicateList: [],
  reorder: REORDER,
  reorderList: [],
  jump: { ratio: 0, distance: [5, 20] },
  delay: { delayNs: 40e6, jitterNs: 5e6, distribution: 'normal', keepOrder: false },
  rate: null,
  shared: false,
  rebinds: [],
  spare: 0,
};

function fatesTask(name: string, config: ImpairmentConfig, fates: number): MicroTask {
  return {
    name,
    operations: fates,
    run: () => {
      const schedule = new Schedule(config, KEY, mediaTimeNs);
      const { dropCause, copies, hold, corrupt, delayNs } = schedule;
      let sum = EMPTY;
      for (let index = 1; index <= fates; index += 1) {
        const row = schedule.at(index);
        // One word per fate keeps the sum cheap; a change in any column changes it.
        const counts =
          (dropCause[row] as number) | ((copies[row] as number) << 8) | ((hold[row] as number) << 9);
        const draws = ((corrupt[row] as number) * 2 ** 31) ^ (delayNs[row] as number);
        sum = mixWord(sum, counts ^ draws);
      }
      return sum;
    },
  };
}

export const SCHEDULE: MicroSuite = {
  name: 'schedule',
  tasks: (size) => {
    const fates = FATES[size];
    const reordering = { ...NO_IMPAIRMENT, drop: INDEPENDENT, reorder: REORDER, duplicateRatio: 0.01 };
    return [
      fatesTask('nothing', NO_IMPAIRMENT, fates),
      fatesTask('drop', { ...NO_IMPAIRMENT, drop: INDEPENDENT }, fates),
      fatesTask('drop reorder duplicate', reordering, fates),
      fatesTask('gilbert-elliott', { ...NO_IMPAIRMENT, drop: BURSTS }, fates),
      fatesTask('everything', ALL, fates),
    ];
  },
};
