/**
 * The impairment settings of one direction of a flow, as plain data, and their check.
 *
 * knobs.ts reads them from text; schedule.ts decides fates by them.
 */
import { isObject, refuseUnknownKeys, refuseValue } from '../../src/base/arguments.ts';
import { STAGES } from './stages/allStages.ts';
import type { CorruptFields } from './stages/corrupt.ts';
import type { DelayFields } from './stages/delay.ts';
import type { DropFields } from './stages/drop.ts';
import type { DropAfterFields } from './stages/dropAfter.ts';
import type { DropListFields } from './stages/dropList.ts';
import type { DropMaxRunFields } from './stages/dropMaxRun.ts';
import type { DuplicateFields } from './stages/duplicate.ts';
import type { JumpFields } from './stages/jump.ts';
import type { MtuFields } from './stages/mtu.ts';
import type { OutageFields } from './stages/outage.ts';
import type { RateFields } from './stages/rate.ts';
import type { RebindFields } from './stages/rebind.ts';
import type { ReorderFields } from './stages/reorder.ts';
import type { SharedFields } from './stages/shared.ts';
import type { SpareFields } from './stages/spare.ts';
import type { FieldKind, KnobNaming } from './stages/stage.ts';

export type { DelaySettings, Distribution } from './stages/delay.ts';
export type { DropModel } from './stages/drop.ts';
export type { TimeSpan } from './stages/outage.ts';
export type { IndexRange } from './stages/ranges.ts';
export type { RebindTime } from './stages/rebind.ts';
export type { ListedHold } from './stages/reorder.ts';

/** One direction's settings. An empty list, a ratio of 0 or null turns a stage off. */
export interface ImpairmentConfig
  extends
    CorruptFields,
    DelayFields,
    DropAfterFields,
    DropFields,
    DropListFields,
    DropMaxRunFields,
    DuplicateFields,
    JumpFields,
    MtuFields,
    OutageFields,
    RateFields,
    RebindFields,
    ReorderFields,
    SharedFields,
    SpareFields {}

/** The settings from all stages' parts. Every field belongs to one stage, so together the parts are complete. */
export const fieldsOf = (parts: readonly Partial<ImpairmentConfig>[]): ImpairmentConfig =>
  Object.assign({}, ...parts) as ImpairmentConfig;

/** Every stage off: a datagram passes untouched. */
export const NO_IMPAIRMENT: ImpairmentConfig = fieldsOf(STAGES.map(({ off }) => off));

/**
 * The settings for control datagrams: those of a direction, without lists and outages, which refer to the stream's
 * datagrams and times; without the link, which belongs to the stream; and without corruption, because control datagrams
 * carry no check that would detect it.
 */
export const controlConfig = (config: ImpairmentConfig): ImpairmentConfig => ({
  ...config,
  ...fieldsOf(STAGES.filter(({ actsOnControl }) => !actsOnControl).map(({ off }) => off)),
  // Some stages also act on control datagrams, but their lists name the stream's datagrams.
  duplicateList: [],
  reorderList: [],
});

/** A knob's flag. */
export const flagOf: KnobNaming = (name) =>
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

const KINDS = Object.assign({}, ...STAGES.map(({ kinds }) => kinds)) as Readonly<Record<string, FieldKind>>;
const FROM_TEXT = "readKnobs({ drop: '5%' }) makes settings, NO_IMPAIRMENT is none";

/** Refuses a value that is not a settings object at all, such as knobs that have not been read. */
function checkShape(config: unknown, where: string): void {
  if (!isObject(config)) refuseValue(where, 'settings', config, FROM_TEXT);
  // Report a wrong field first: it says more about the mistake than a missing one.
  const kinds = Object.entries(KINDS).toSorted(([a], [b]) => Number(b in config) - Number(a in config));
  for (const [key, [expected, is]] of kinds) {
    const value: unknown = config[key];
    if (!is(value)) refuseValue(`${where}: ${key}`, expected, value, FROM_TEXT);
    const wrong = Array.isArray(value) ? value.find((one) => !isObject(one)) : undefined;
    if (wrong !== undefined) refuseValue(`${where}: ${key}`, expected, wrong, FROM_TEXT);
  }
  refuseUnknownKeys(where, config, Object.keys(KINDS));
}

/**
 * Refuses invalid settings.
 * @param nameOf the name of a setting in the message; by default the command line's flag
 * @param where the name of the whole object in the message
 * @throws UsageError naming the setting, what was expected and what was got
 */
export function checkConfig(
  config: ImpairmentConfig,
  nameOf: KnobNaming = flagOf,
  where = 'impairment',
): void {
  checkShape(config, where);
  for (const stage of STAGES) stage.check(config, nameOf);
}
