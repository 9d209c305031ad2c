/**
 * All impairment stages, in the order of help. A new one is listed here, and its fields in `config.ts`.
 *
 * A stage decides after those before it in the list: `dropMaxRun` looks at what the loss model dropped, every stage from
 * the drop list on skips dropped datagrams, and `spare` undoes what the others decided.
 */
import { corrupt } from './corrupt.ts';
import { delay } from './delay.ts';
import { drop } from './drop.ts';
import { dropAfter } from './dropAfter.ts';
import { dropList } from './dropList.ts';
import { dropMaxRun } from './dropMaxRun.ts';
import { duplicate } from './duplicate.ts';
import { jump } from './jump.ts';
import { mtu } from './mtu.ts';
import { outage } from './outage.ts';
import { rate } from './rate.ts';
import { rebind } from './rebind.ts';
import { reorder } from './reorder.ts';
import { shared } from './shared.ts';
import { spare } from './spare.ts';
import type { Stage } from './stage.ts';

export const STAGES: readonly Stage[] = [
  drop,
  dropMaxRun,
  dropList,
  outage,
  mtu,
  dropAfter,
  corrupt,
  duplicate,
  reorder,
  jump,
  delay,
  rate,
  shared,
  rebind,
  spare,
];
