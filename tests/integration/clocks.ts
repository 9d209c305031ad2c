/**
 * One case run on both clocks and in both modes: presets and scenarios drawn from a seed, and what of a run must agree.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { readImpairment } from '../../harness/impairment/impairment.ts';
import { KNOBS } from '../../harness/impairment/knobs.ts';
import type { Knobs } from '../../harness/impairment/knobs.ts';
import { PRESETS } from '../../harness/impairment/presets.ts';
import { recordMatch } from '../../harness/runs/record.ts';
import { replayRecording } from '../../harness/runs/replay.ts';
import { randomStream } from '../../src/base/random.ts';
import { METRIC_NAMES, METRICS } from '../../src/metrics/catalogue.ts';
import type { Statistics } from '../../src/metrics/catalogue.ts';

export interface Case {
  readonly name: string;
  readonly seed: string;
  readonly knobs: Knobs;
  /** Whether the same happens on the way up, and to control datagrams both ways. */
  readonly bothWays: boolean;
}

export interface Way {
  readonly clock: 'virtual' | 'real';
  readonly mode: 'in-process' | 'processes';
  readonly transport: 'auto' | 'node';
}

export interface Outcome {
  /** What must be the same on every clock, in every mode and on every transport. */
  readonly fixed: {
    /** Client by client: every statistic that does not depend on timing. */
    readonly counts: readonly Partial<Statistics>[];
    readonly ledger: readonly object[];
    readonly causes: readonly object[];
    readonly reorderDensity: readonly object[];
    /** File → text. */
    readonly fates: Readonly<Record<string, string>>;
    /** One `client,count,bytes` an arrival, in order of arrival at each client. */
    readonly arrivals: readonly string[];
  };
  /** File → lines, of control datagrams: how many these are depends on timing, what happens to each does not. */
  readonly controlFates: Readonly<Record<string, readonly string[]>>;
  /** What the virtual clock gives the same each time, too. */
  readonly all: unknown;
  /** Whether a bound struck, so that the order is not the scheduled one. */
  readonly struck: boolean;
}

const CLIENTS = 2;
const INTERVAL_NS = 2e6;
const HOLD_MAX_NS = 1e9;
/** The end is forwarded behind everything else, so nothing can come much later than it. */
const TMAX_NS = 100e6;

export const presetCases = (names: readonly string[] = PRESETS.map(({ name }) => name)): Case[] =>
  PRESETS.filter(({ name }) => names.includes(name)).map(({ name, knobs }) => ({
    name: `preset ${name}`,
    seed: `preset-${name}`,
    knobs,
    bothWays: false,
  }));

/** Scenario `number`: any knob may be on. Ratios are kept low enough for something to arrive. */
export function drawnCase(number: number): Case {
  const { draw } = randomStream(`clocks/${number}`);
  const chance = (ratio: number): boolean => draw() < ratio;
  const between = (least: number, most: number): number => least + Math.floor(draw() * (most - least + 1));
  const percent = (least: number, most: number): string => `${between(least * 10, most * 10) / 10}%`;
  const knobs: Record<string, string | boolean> = {};
  const models: (() => void)[] = [
    () => undefined,
    () => (knobs['drop'] = percent(1, 20)),
    () => (knobs['dropExact'] = `${between(0, 4) * 5}%/20`),
    () => (knobs['dropBurst'] = `${percent(1, 5)},${percent(20, 80)}`),
    () => (knobs['dropBurst'] = `${percent(1, 5)},${percent(20, 80)},${percent(50, 100)},${percent(0, 2)}`),
    () =>
      (knobs['dropState'] =
        `${percent(1, 5)},${percent(20, 50)},${percent(5, 20)},${percent(20, 60)},${percent(0, 1)}`),
  ];
  models[between(0, models.length - 1)]?.();
  if (chance(0.3)) knobs['dropList'] = `${between(1, 5)},${between(20, 30)}-${between(31, 40)}`;
  if (chance(0.3)) knobs['outage'] = `${between(0, 150)}ms..${between(160, 250)}ms`;
  if (chance(0.6)) knobs['duplicate'] = percent(0, 10);
  if (chance(0.6)) knobs['reorder'] = percent(1, 20);
  if (chance(0.5) && knobs['reorder'] !== undefined)
    knobs['reorderDistance'] = `${between(1, 3)}..${between(3, 20)}`;
  if (chance(0.5)) knobs['corrupt'] = percent(0, 5);
  if (chance(0.5)) {
    knobs['delay'] = `${between(0, 30)}ms`;
    if (chance(0.7)) {
      knobs['jitter'] = `${between(1, 10)}ms`;
      knobs['distribution'] = ['uniform', 'normal', 'pareto', 'paretonormal'][between(0, 3)] as string;
    }
    if (chance(0.4)) knobs['keepOrder'] = true;
  }
  if (chance(0.4)) {
    // The stream itself is about 2.8 Mbit a second, so most of these are bottlenecks.
    knobs['rate'] = `${between(15, 60) * 100}kbit`;
    knobs['queue'] = `${between(0, 30)}`;
    // Of three clients, so that most of these are bottlenecks, too.
    if (chance(0.5)) Object.assign(knobs, { shared: true, rate: `${between(45, 180) * 100}kbit` });
  }
  if (chance(0.3)) knobs['spare'] = `${between(1, 30)}`;
  return { name: `scenario ${number}`, seed: `clocks-${number}`, knobs, bothWays: false };
}

/**
 * The same with everything impaired both ways, control datagrams too. Their loss is without bursts, so that a client
 * can register, hear the end and leave within the attempts it has.
 */
export function drawnCaseBothWays(number: number): Case {
  const { knobs } = drawnCase(number);
  const loss = randomStream(`clocks/${number}/both ways`).draw();
  const { dropExact: _exact, dropBurst: _burst, dropState: _state, ...others } = knobs;
  return {
    name: `scenario ${number}, both ways`,
    seed: `clocks-both-${number}`,
    knobs: { ...others, drop: `${5 + Math.floor(loss * 15)}%` },
    bothWays: true,
  };
}

const RECORDED = {
  seed: 'clocks',
  interval: INTERVAL_NS,
  language: 'en',
  check: true,
  clock: 'virtual',
} as const;

export interface Recorded {
  readonly matches: number;
  readonly path: string;
  /** For what the runs write. */
  readonly folder: string;
}

/** Records `matches` matches, hands the recording over, and leaves nothing behind. */
export async function withRecording(
  matches: number,
  use: (recorded: Recorded) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'matchstream-clocks-'));
  try {
    const path = join(folder, 'clocks.jsonl');
    await recordMatch({ ...RECORDED, matches, out: path });
    await use({ matches, path, folder });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether two runs agree; if not, says how to see it again. */
export function assertAgree(
  actual: unknown,
  expected: unknown,
  one: Case,
  { matches }: Recorded,
  way: Way,
): void {
  const difference = firstDifference(actual, expected, '');
  assert.is(
    difference,
    null,
    `${one.name} differs at ${difference}; to see it again: ${commandsOf(one, matches, way)}`,
  );
}

/** Where two values differ first, and how: a text of lines by its line. Null where they are equal. */
function firstDifference(actual: unknown, expected: unknown, path: string): string | null {
  if (typeof actual === 'string' && typeof expected === 'string' && actual.includes('\n'))
    return firstDifference(actual.split('\n'), expected.split('\n'), path);
  if (actual === null || expected === null || typeof actual !== 'object' || typeof expected !== 'object')
    return Object.is(actual, expected)
      ? null
      : `${path}: expected ${String(expected)}, got ${String(actual)}`;
  const [mine, theirs] = [actual, expected].map((value) =>
    value instanceof Map ? value : new Map<unknown, unknown>(Object.entries(value)),
  ) as [Map<unknown, unknown>, Map<unknown, unknown>];
  for (const key of new Set([...theirs.keys(), ...mine.keys()])) {
    const difference = firstDifference(mine.get(key), theirs.get(key), `${path}/${String(key)}`);
    if (difference !== null) return difference;
  }
  return null;
}

/** What both runs decided about control datagrams is the same. Returns how many were dropped, in the first. */
export function assertControlAgrees(actual: Outcome, expected: Outcome): number {
  assert.equal(Object.keys(actual.controlFates), Object.keys(expected.controlFates));
  let dropped = 0;
  for (const [file, lines] of Object.entries(actual.controlFates)) {
    const others = expected.controlFates[file] as readonly string[];
    const both = Math.min(lines.length, others.length);
    // To register, to hear the end and to leave takes as many at the least.
    assert.ok(both >= 2, file);
    assert.equal(lines.slice(0, both), others.slice(0, both), file);
    dropped += lines.filter((line) => !line.includes('"drop":null')).length;
  }
  return dropped;
}

/** The commands that show a case again. */
function commandsOf({ seed, knobs, bothWays }: Case, matches: number, way: Way): string {
  const flags = KNOBS.filter(({ name }) => knobs[name] !== undefined).map(({ name, flags: [...text] }) => {
    const flag = text.join('').split(' ')[0] as string;
    return knobs[name] === true ? flag : `${flag} ${knobs[name]}`;
  });
  return (
    `matchstream record --seed ${RECORDED.seed} --interval 2ms --matches ${matches} --check --out clocks.jsonl && ` +
    `matchstream replay clocks.jsonl --clients ${CLIENTS} --seed ${seed} ${flags.join(' ')} ` +
    `${bothWays ? '--direction both --impair-control ' : ''}--tmax 100ms ` +
    `--clock ${way.clock} --mode ${way.mode} --transport ${way.transport} --fates fates --arrivals arrivals.csv`
  );
}

/** Runs a case, checks what every run must fulfil by itself, and returns what must agree. */
export async function runCase(recorded: Recorded, one: Case, way: Way): Promise<Outcome> {
  try {
    return await runOnce(recorded, one, way);
  } catch (cause) {
    const again = commandsOf(one, recorded.matches, way);
    throw new Error(`${one.name}: ${(cause as Error).message}; to see it again: ${again}`, { cause });
  }
}

async function runOnce(
  { path, folder }: Recorded,
  { name, seed, knobs, bothWays }: Case,
  { clock, mode, transport }: Way,
): Promise<Outcome> {
  const own = mkdtempSync(join(folder, 'run-'));
  const fatesDir = join(own, 'fates');
  const arrivalsPath = join(own, 'arrivals.csv');
  const { judgement } = await replayRecording({
    path,
    run: name,
    mode,
    clients: CLIENTS,
    scenario: name,
    impairment: readImpairment({
      seed,
      down: knobs,
      up: bothWays ? knobs : {},
      holdMaxNs: HOLD_MAX_NS,
      impairControl: bothWays,
    }),
    intervalNs: null,
    speed: 1,
    pacing: 'hybrid',
    transport,
    tmaxNs: TMAX_NS,
    recover: false,
    clock,
    arrivalsPath,
    fatesDir,
    logsDir: null,
    debugLog: false,
  });
  const arrivals = readFileSync(arrivalsPath, 'utf8');
  const fates: Record<string, string> = {};
  const controlFates: Record<string, string[]> = {};
  for (const file of readdirSync(fatesDir).toSorted()) {
    const text = readFileSync(join(fatesDir, file), 'utf8');
    if (file.endsWith('-control.jsonl')) controlFates[file] = text.split('\n').slice(0, -1);
    else fates[file] = text;
  }
  assert.is(Object.keys(controlFates).length, bothWays ? 2 * CLIENTS : 0);
  const bound = judgement.remarks.filter((remark) => WITHHELD.test(remark));
  for (const remark of bound) checkWithheld(judgement.comparison, remark);
  if (bound.length === 0) {
    assert.equal(
      judgement.comparison.filter(({ verdict }) => verdict === 'mismatch' || verdict === 'kernel drop'),
      [],
    );
  }
  assert.is(judgement.differentPayloads, 0);
  for (const { unexplained } of judgement.ledger) assert.is(unexplained, 0);
  return {
    fixed: {
      counts: judgement.measured.map(countsOf),
      // How late the machine was is its own.
      ledger: judgement.ledger.map((row) => ({ ...row, late_p50_us: 0, late_p99_us: 0, late_max_us: 0 })),
      causes: judgement.causes,
      reorderDensity: judgement.reorderDensity,
      fates,
      arrivals: arrivals.split('\n').map((line) => line.replace(/^(\d+),\d+,/, '$1,')),
    },
    controlFates,
    all: { judgement, fates, controlFates, arrivals },
    struck: bound.some((remark) => WITHHELD.exec(remark)?.[2]?.startsWith('order')),
  };
}

const countsOf = (statistics: Statistics): Partial<Statistics> =>
  Object.fromEntries(
    METRIC_NAMES.filter((name) => METRICS[name].timing === undefined).map((name) => [name, statistics[name]]),
  );

/** Says whose order, or only times, are not measured. */
const WITHHELD = /^client (\d+), in the proxy: .*; so not measured: (order|times)/;

/** Where the order or the times could not be kept, nothing that depends on them has a figure. */
function checkWithheld(
  rows: readonly { readonly client: number | null; readonly metric: string; readonly verdict: string }[],
  remark: string,
): void {
  const [, client, what] = WITHHELD.exec(remark) as unknown as [string, string, string];
  const names: readonly string[] = METRIC_NAMES.filter((name) => {
    const { isOrdered = false, timing } = METRICS[name];
    return timing !== undefined || (isOrdered && what === 'order');
  });
  const withheld = rows.filter((row) => row.client === Number(client) && names.includes(row.metric));
  assert.is(withheld.length, names.length);
  for (const { verdict } of withheld) assert.is(verdict, 'not measured');
}
