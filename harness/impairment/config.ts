/**
 * What one direction of a flow is put through: plain data, and the check that it makes sense.
 *
 * It reads no text (knobs.ts does) and decides no fate (schedule.ts does).
 */
import { isObject, refuseUnknownKeys, refuseValue } from '../../src/base/arguments.ts';
import { STAGES } from './stages/allStages.ts';
import type { CorruptFields } from './stages/corrupt.ts';
import type { DelayFields } from './stages/delay.ts';
import type { DropFields } from './stages/drop.ts';
import type { DropListFields } from './stages/dropList.ts';
import type { DropMaxRunFields } from './stages/dropMaxRun.ts';
import type { DuplicateFields } from './stages/duplicate.ts';
import type { MtuFields } from './stages/mtu.ts';
import type { OutageFields } from './stages/outage.ts';
import type { RateFields } from './stages/rate.ts';
import type { ReorderFields } from './stages/reorder.ts';
import type { FieldKind, KnobNaming } from './stages/stage.ts';

export type { DelaySettings, Distribution } from './stages/delay.ts';
export type { DropModel } from './stages/drop.ts';
export type { TimeSpan } from './stages/outage.ts';
export type { IndexRange } from './stages/ranges.ts';
export type { RateSettings } from './stages/rate.ts';
export type { ListedHold, ReorderSettings } from './stages/reorder.ts';

/** One direction's settings. An empty list, a ratio of 0 or null turns a stage off. */
export interface ImpairmentConfig
  extends
    CorruptFields,
    DelayFields,
    DropFields,
    DropListFields,
    DropMaxRunFields,
    DuplicateFields,
    MtuFields,
    OutageFields,
    RateFields,
    ReorderFields {}

/** The fields that the stages give together. Every field is of a stage, so together they are all there are. */
export const fieldsOf = (parts: readonly Partial<ImpairmentConfig>[]): ImpairmentConfig =>
  Object.assign({}, ...parts) as ImpairmentConfig;

/** Every stage off: a datagram passes untouched. */
export const NO_IMPAIRMENT: ImpairmentConfig = fieldsOf(STAGES.map(({ off }) => off));

/**
 * What control datagrams are put through: a direction's settings, without what names the stream's own datagrams
 * and times, without the link, which is the stream's, and without damage, which they have no check to show.
 */
export const controlConfig = (config: ImpairmentConfig): ImpairmentConfig => ({
  ...config,
  ...fieldsOf(STAGES.filter(({ actsOnControl }) => !actsOnControl).map(({ off }) => off)),
  // Of the stages that act on control datagrams, too, the lists name the stream's own.
  duplicateList: [],
  reorderList: [],
});

/** A knob's flag. */
export const flagOf: KnobNaming = (name) =>
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

const KINDS = Object.assign({}, ...STAGES.map(({ kinds }) => kinds)) as Readonly<Record<string, FieldKind>>;
const FROM_TEXT = "readKnobs({ drop: '5%' }) makes settings, NO_IMPAIRMENT is none";

/** Refuses what is no settings at all, such as knobs that nobody has read. */
function checkShape(config: unknown, where: string): void {
  if (!isObject(config)) refuseValue(where, 'settings', config, FROM_TEXT);
  // What is there and wrong says more about a mistake than what is missing.
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
 * Refuses settings that make no sense.
 * @param nameOf what to call a setting in the message; the command line's flag unless told
 * @param where what the whole is called
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
