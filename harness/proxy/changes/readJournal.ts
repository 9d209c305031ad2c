/**
 * Reads a journal: strictly, since a line that is missed gives other fates. Each refusal names the line, what was expected and what
 * was got.
 */
import { isObject } from '../../../src/base/arguments.ts';
import { UsageError } from '../../../src/base/errors.ts';
import { escaped } from '../../../src/base/escape.ts';
import { MAX_STREAMS } from '../../../src/metrics/unwrap.ts';
import { readKnobs } from '../../impairment/knobs.ts';
import type { Knobs } from '../../impairment/knobs.ts';
import type { Conditions, Share } from '../../impairment/conditions.ts';
import type { ImpairmentConfig } from '../../impairment/config.ts';
import { FIRST_EPOCH } from '../../impairment/epochs.ts';
import type { Phase } from '../../impairment/phases.ts';
import type { Direction, ScheduleDirection } from '../../impairment/schedule.ts';
import { ACTION_NAMES, JOURNAL_VERSION } from './journalLines.ts';
import { Timeline, streamName } from './timeline.ts';
import type { StreamLife } from './timeline.ts';

type JsonObject = Readonly<Record<string, unknown>>;

const MAX_EPOCH = 0xffff_ffff;
const MAX_FLOW = Number.MAX_SAFE_INTEGER;
const DIRECTIONS: readonly string[] = ['down', 'up', 'down-control', 'up-control'];
const LONGEST_GOT = 60;

/** Refuses what stands in a line. */
class Line {
  readonly #where: string;

  constructor(file: string, number: number) {
    this.#where = `${file}: line ${number}`;
  }

  refuse(expected: string, got: string, remedy = ''): never {
    throw new UsageError(
      'file-format',
      this.#where,
      `expected ${expected}, got ${got}${remedy === '' ? '' : `; ${remedy}`}`,
    );
  }

  /** The same for a value of a key. */
  refuseValue(key: string, expected: string, value: unknown): never {
    return this.refuse(`${key} to be ${expected}`, describe(value));
  }

  whole(object: JsonObject, key: string, min: number, max: number): number {
    const value = object[key];
    if (
      !Number.isSafeInteger(value) ||
      (value as number) < min ||
      (value as number) > max ||
      Object.is(value, -0)
    )
      this.refuseValue(key, `a whole number from ${min}${max === MAX_FLOW ? '' : ` to ${max}`}`, value);
    return value as number;
  }

  text(object: JsonObject, key: string): string {
    const value = object[key];
    if (typeof value !== 'string') this.refuseValue(key, 'text', value);
    return value;
  }

  object(value: unknown, key: string): JsonObject {
    if (!isObject(value)) this.refuseValue(key, 'an object', value);
    return value;
  }

  keys(object: JsonObject, ...known: readonly string[]): void {
    const other = Object.keys(object).find((key) => !known.includes(key));
    if (other !== undefined) this.refuse(`the keys ${known.join(', ')}`, describe(other));
  }

  direction(value: unknown): ScheduleDirection {
    if (!DIRECTIONS.includes(value as string)) this.refuseValue('direction', DIRECTIONS.join(' or '), value);
    return value as ScheduleDirection;
  }

  settings(object: JsonObject, key: string): ImpairmentConfig {
    const knobs = this.object(object[key], key) as Knobs;
    try {
      return readKnobs(knobs, (name) => `${key}.${name}`);
    } catch (cause) {
      if (!(cause instanceof UsageError)) throw cause;
      throw new UsageError('file-format', this.#where, escaped(cause.message), { cause });
    }
  }
}

function describe(value: unknown): string {
  if (value === undefined) return 'none';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value);
  return text.length > LONGEST_GOT ? `${text.slice(0, LONGEST_GOT)}…` : text;
}

/**
 * @param text the file's content
 * @param file its name, for messages
 * @throws UsageError for a file that is no whole journal
 */
export function readJournal(text: string, file: string): Timeline {
  const lines = text.split('\n');
  const rest = lines.pop();
  if (lines.length === 0 || rest !== '') {
    const last = new Line(file, lines.length + 1);
    last.refuse(
      'a whole line',
      rest === '' ? 'an empty file' : `the beginning of one, ${describe(rest)}`,
      rest === '' ? 'give the epochs.jsonl of a run that changed' : 'remove it, if the run was killed',
    );
  }
  const reader = new JournalReader(file);
  for (const [k, line] of lines.entries()) reader.take(line, k + 1);
  return reader.timeline();
}

class JournalReader {
  readonly #file: string;
  #header: { readonly seed: string; readonly protocol: string; readonly impairControl: boolean } | null =
    null;
  #last: Conditions | null = null;
  #number = 1;
  readonly #conditions = new Map<number, Conditions>();
  readonly #streams = new Map<string, StreamLife[]>();
  readonly #flows = new Set<number>();
  readonly #phases: Phase[] = [];
  #actions = 0;

  constructor(file: string) {
    this.#file = file;
  }

  take(text: string, number: number): void {
    const line = new Line(this.#file, number);
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      return line.refuse('a JSON object', describe(text));
    }
    if (!isObject(parsed)) return line.refuse('a JSON object', describe(parsed));
    if (this.#header === null) this.#takeHeader(line, parsed);
    else if ('phase' in parsed) this.#takePhase(line, parsed);
    else if ('leftOut' in parsed)
      line.refuse(
        'a whole journal',
        `one without ${describe(parsed['leftOut'])} lines, which the disk was too slow for`,
      );
    else if ('action' in parsed) this.#takeAction(line, parsed);
    else if ('flow' in parsed) this.#takeStream(line, parsed);
    else if ('epoch' in parsed) this.#takeChange(line, parsed);
    else line.refuse('a change, a stream or an action', describe(Object.keys(parsed).join(', ')));
  }

  timeline(): Timeline {
    return new Timeline({
      ...(this.#header as { seed: string; protocol: string; impairControl: boolean }),
      phases: this.#phases,
      conditions: this.#conditions,
      streams: this.#streams,
      flows: this.#flows,
      actions: this.#actions,
    });
  }

  #takeHeader(line: Line, object: JsonObject): void {
    const { version } = object;
    if (version !== JOURNAL_VERSION)
      line.refuse(
        `a journal of version ${JOURNAL_VERSION}`,
        version === undefined ? 'a line without a version' : `version ${describe(version)}`,
        'give the epochs.jsonl of a run that changed',
      );
    line.keys(object, 'version', 'seed', 'protocol', 'down', 'up', 'phases', 'impairControl');
    const { impairControl = false } = object;
    if (typeof impairControl !== 'boolean') line.refuseValue('impairControl', 'true', impairControl);
    this.#header = {
      seed: line.text(object, 'seed'),
      protocol: line.text(object, 'protocol'),
      impairControl,
    };
    this.#setConditions({ down: line.settings(object, 'down'), up: line.settings(object, 'up') });
    const { phases = [] } = object;
    if (!Array.isArray(phases)) line.refuseValue('phases', 'a list', phases);
    for (const one of phases as readonly unknown[]) this.#takePhaseSettings(line, one);
  }

  #takePhaseSettings(line: Line, value: unknown): void {
    const phase = line.object(value, 'phases');
    line.keys(phase, 'atUs', 'down', 'up');
    const { atUs } = phase;
    const beforeNs = this.#phases.at(-1)?.atNs ?? 0;
    const atNs = typeof atUs === 'number' ? Math.round(atUs * 1e3) : Number.NaN;
    if (!(Number.isSafeInteger(atNs) && atNs > beforeNs))
      line.refuseValue('atUs', `a time above ${beforeNs / 1e3}`, atUs);
    const settings = { down: line.settings(phase, 'down'), up: line.settings(phase, 'up') };
    this.#phases.push({ atNs, ...settings });
    this.#number += 1;
    this.#conditions.set(this.#number, settings);
  }

  /** A phase begins in a stream. */
  #takePhase(line: Line, object: JsonObject): void {
    line.keys(object, 'phase', 'flow', 'direction', 'stream', 'life', 'index', 'atUs');
    line.whole(object, 'atUs', 0, MAX_FLOW);
    if (this.#phases.length === 0)
      line.refuse('a change, a stream or an action', 'a phase, where the first line has none');
    const number = line.whole(object, 'phase', 2, 1 + this.#phases.length);
    const { flow, direction, stream, index, life = 1 } = object;
    this.#begin(line, { flow, direction, stream, index, life }, number);
  }

  #takeChange(line: Line, object: JsonObject): void {
    line.keys(object, 'epoch', 'atUs', 'down', 'up', 'shares', 'firstIndices');
    line.whole(object, 'atUs', 0, MAX_FLOW);
    this.#number = line.whole(object, 'epoch', this.#number + 1, MAX_EPOCH);
    const before = this.#last as Conditions;
    const shares =
      object['shares'] === undefined ? (before.shares ?? []) : readShares(line, object['shares']);
    this.#setConditions({
      down: object['down'] === undefined ? before.down : line.settings(object, 'down'),
      up: object['up'] === undefined ? before.up : line.settings(object, 'up'),
      ...(shares.length > 0 && { shares }),
    });
    const firstIndices = object['firstIndices'];
    if (!Array.isArray(firstIndices)) line.refuseValue('firstIndices', 'a list', firstIndices);
    for (const one of firstIndices as readonly unknown[]) this.#takeFirstIndex(line, one);
  }

  #takeFirstIndex(line: Line, value: unknown): void {
    if (!Array.isArray(value) || value.length < 4 || value.length > 5)
      line.refuseValue('firstIndices', 'of flow, direction, stream and index each', value);
    const [flow, direction, stream, index, life = 1] = value as readonly unknown[];
    this.#begin(line, { flow, direction, stream, index, life }, this.#number);
  }

  /** An epoch begins in a stream. */
  #begin(line: Line, object: JsonObject, number: number): void {
    const lives = this.#livesOf(line, object);
    const own = line.whole(object, 'life', 1, lives.length + MAX_LIVES);
    this.#fill(line, lives, own, own);
    const { start, changes } = lives[own - 1] as StreamLife;
    const last = changes.at(-1) ?? { number: start, firstIndex: 1 };
    if (number <= last.number) line.refuse(`an epoch above ${last.number} for that stream`, String(number));
    changes.push({ number, firstIndex: line.whole(object, 'index', last.firstIndex, MAX_FLOW) });
  }

  #takeStream(line: Line, object: JsonObject): void {
    line.keys(object, 'flow', 'direction', 'stream', 'life', 'epoch', 'atUs');
    line.whole(object, 'atUs', 0, MAX_FLOW);
    const epoch = line.whole(object, 'epoch', 2, MAX_EPOCH);
    if (epoch !== this.#number)
      line.refuseValue('epoch', `that of the change before, ${this.#number}`, epoch);
    const lives = this.#livesOf(line, object);
    const { life: given = 1 } = object;
    const life = line.whole({ life: given }, 'life', 1, MAX_FLOW);
    if (life <= lives.length)
      line.refuseValue('life', `above ${lives.length}, since that one has begun`, life);
    if (life > lives.length + MAX_LIVES)
      line.refuseValue('life', `at most ${lives.length + MAX_LIVES}`, life);
    this.#fill(line, lives, life - 1, life);
    lives.push({ start: epoch, changes: [] });
  }

  /** Lives that began before the first change have no line; after one that was there at a change none can have. */
  #fill(line: Line, lives: StreamLife[], count: number, life: number): void {
    if (count <= lives.length) return;
    const lastPhase = FIRST_EPOCH + this.#phases.length;
    if (lives.some(({ start, changes }) => Math.max(start, changes.at(-1)?.number ?? start) > lastPhase))
      line.refuseValue('life', `one that has begun, up to ${lives.length}`, life);
    while (lives.length < count) lives.push({ start: FIRST_EPOCH, changes: [] });
  }

  #takeAction(line: Line, object: JsonObject): void {
    const action = line.text(object, 'action');
    if (!(ACTION_NAMES as readonly string[]).includes(action))
      line.refuseValue('action', ACTION_NAMES.join(' or '), action);
    line.whole(object, 'atUs', 0, MAX_FLOW);
    this.#actions += 1;
  }

  /** The lives of a stream so far. */
  #livesOf(line: Line, object: JsonObject): StreamLife[] {
    const flow = line.whole(object, 'flow', 1, MAX_FLOW);
    const direction = line.direction(object['direction']);
    const stream = line.whole(object, 'stream', 1, MAX_STREAMS);
    this.#flows.add(flow);
    const name = streamName(flow, direction, stream);
    const known = this.#streams.get(name);
    if (known !== undefined) return known;
    const lives: StreamLife[] = [];
    this.#streams.set(name, lives);
    return lives;
  }

  #setConditions(conditions: Conditions): void {
    this.#last = conditions;
    this.#conditions.set(this.#number, conditions);
  }
}

/** Streams of one key that may have ended before the first change. */
const MAX_LIVES = 1 << 16;

function readShares(line: Line, value: unknown): readonly Share[] {
  if (!Array.isArray(value)) line.refuseValue('shares', 'a list', value);
  return (value as readonly unknown[]).map((one) => {
    const share = line.object(one, 'shares');
    line.keys(share, 'name', 'direction', 'toxicity', 'knobs');
    const { direction, toxicity } = share;
    if (direction !== 'down' && direction !== 'up') line.refuseValue('direction', 'down or up', direction);
    if (!(typeof toxicity === 'number' && toxicity >= 0 && toxicity <= 1))
      line.refuseValue('toxicity', 'a number from 0 to 1', toxicity);
    line.settings(share, 'knobs');
    return {
      name: line.text(share, 'name'),
      direction: direction as Direction,
      toxicity,
      knobs: share['knobs'] as Knobs,
    };
  });
}
