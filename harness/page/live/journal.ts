/**
 * A line of a proxy's journal in words, and the list of those that the page has. Pure.
 */
import type { EpochEvent } from '../../control/liveState.ts';

/** Kept for the page; the whole journal is at `/epochs`. */
const KEPT_LINES = 200;

export interface JournalEntry {
  /** What tells it from others. */
  readonly key: string;
  readonly proxy: string;
  /** Seconds since the program's start; null for what it began with. */
  readonly atS: number | null;
  /** Null for what is no change of conditions. */
  readonly epoch: number | null;
  readonly text: string;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const flagOf = (name: string): string =>
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Of a value that is a whole text, such as a trace, its name. */
const firstLine = (value: unknown): string => String(value).split('\n', 1)[0] ?? '';

/** Knobs as on the command line. */
export function knobsText(knobs: unknown): string {
  if (!isRecord(knobs)) return 'none';
  const words = Object.entries(knobs)
    .filter(([, value]) => value !== undefined && value !== null && value !== false)
    .map(([name, value]) => (value === true ? flagOf(name) : `${flagOf(name)} ${firstLine(value)}`));
  return words.length === 0 ? 'none' : words.join(' ');
}

const directionText = (line: EpochEvent, direction: 'down' | 'up'): string[] =>
  line[direction] === undefined ? [] : [`${direction}: ${knobsText(line[direction])}`];

/** Toxics, as the journal has them. */
function sharesText(shares: unknown): string[] {
  if (!Array.isArray(shares)) return [];
  if (shares.length === 0) return ['no toxics'];
  const words = shares.filter(isRecord).map(({ name, direction, toxicity, knobs }) => {
    const part = toxicity === 1 || toxicity === undefined ? '' : ` for ${String(toxicity)} of the flows`;
    return `${String(name)} (${String(direction)}${part}): ${knobsText(knobs)}`;
  });
  return [`toxics: ${words.join(', ')}`];
}

const secondsOf = (atUs: unknown): number | null => (typeof atUs === 'number' ? atUs / 1e6 : null);

/** Other keys of an action, as they are. */
const details = (line: EpochEvent): string =>
  Object.entries(line)
    .filter(([key]) => !['action', 'atUs', 'proxy'].includes(key))
    .map(([key, value]) => `${key} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ');

export function entryOf(line: EpochEvent): JournalEntry {
  const { proxy, atUs, epoch, action, flow, leftOut } = line;
  const common = { key: JSON.stringify(line), proxy, atS: secondsOf(atUs) };
  if (typeof leftOut === 'number')
    return { ...common, epoch: null, text: `${leftOut} earlier lines stand in the journal only` };
  if (typeof action === 'string') {
    const more = details(line);
    return { ...common, epoch: null, text: more === '' ? action : `${action}: ${more}` };
  }
  if (typeof flow === 'number')
    return {
      ...common,
      epoch: null,
      text: `flow ${flow} ${String(line['direction'])} begins under change ${String(epoch)}`,
    };
  const parts = [...directionText(line, 'down'), ...directionText(line, 'up'), ...sharesText(line['shares'])];
  const text = parts.length === 0 ? 'no difference' : parts.join('; ');
  return typeof epoch === 'number'
    ? { ...common, epoch, text }
    : { ...common, epoch: 1, text: `began with ${text}` };
}

/** The list with one line more, the latest last; what is there already is not added again. */
export function withLine(entries: readonly JournalEntry[], line: EpochEvent): readonly JournalEntry[] {
  const entry = entryOf(line);
  if (entries.some(({ key }) => key === entry.key)) return entries;
  return [...entries, entry].slice(-KEPT_LINES);
}
