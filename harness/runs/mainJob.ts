/**
 * The main job, in order: live run, recording, lossy replay, benchmarks, reports, all in one folder. It prints progress,
 * and ends with a short table and the folder's name.
 */
import { basename, join } from 'node:path';
import { linesOf } from '../../src/base/escape.ts';
import type { Interrupt } from '../../src/base/errors.ts';
import { UNREAD, during } from '../../src/base/progress.ts';
import type { Progress } from '../../src/base/progress.ts';
import { complain, print, printStyled, tableScreen } from '../../src/files/terminal.ts';
import { throwUnwritten } from '../../src/files/unwritten.ts';
import { drawSeed } from '../../src/service/matchStream.ts';
import type { Pacing } from '../../src/net/driver.ts';
import type { TransportChoice } from '../../src/net/select.ts';
import { readImpairment } from '../impairment/impairment.ts';
import { formatKnobs } from '../impairment/knobs.ts';
import { recordMatch } from './record.ts';
import { prepareReplay, replayControl, replayRecording } from './replay.ts';
import { completePlan } from './replayPlan.ts';
import type { ReplayPlan } from './replayPlan.ts';
import { clientSubjects, judgeExpectations } from '../judge/expectation.ts';
import { describeShortened } from '../judge/judge.ts';
import type { Expectation, Subject } from '../judge/expectation.ts';
import { expectationLines } from '../report/closing.ts';
import { readEnvironment } from '../report/environment.ts';
import { untilInterrupted } from './interruption.ts';
import type { Reporter } from '../report/reporters.ts';
import { inReportFolder } from '../report/runFolder.ts';
import { RunReport } from '../report/runReport.ts';
import { exitCodeOf, tellVerdict } from '../report/tellVerdict.ts';
import { endWhenBroken } from './endWhen.ts';
import { abortedLine, addExpectations, addSessions, sessionSummary } from './sessionReport.ts';
import type { JudgedSession } from './sessionReport.ts';
import type { RunIdentity, TableRow } from '../report/tables.ts';
import { throughputTable } from '../report/terminal.ts';
import { runLive } from './live.ts';
import type { SessionWatch } from '../session/sessionWatch.ts';
import type { Mode } from '../session/startTask.ts';

/** The options of `matchstream run`. */
export interface RunOptions {
  readonly mode: Mode;
  readonly transport: TransportChoice;
  readonly seed?: string;
  readonly report?: string;
  readonly short: boolean;
  /** What every client of the lossy replay must measure, on either clock. */
  readonly expect?: readonly Expectation[];
  /** Whether to end after a lossy replay that does not meet one. */
  readonly abortOnFail: boolean;
  readonly reporter: readonly Reporter[];
  /** Whether to leave out the lines that say which step it is at. */
  readonly quiet: boolean;
  /** Where it says how far it is. */
  readonly progress: Progress;
  /** Where the matches are shown, and what it is at; null for nowhere. */
  readonly board: (SessionWatch & { say(doing: string): void }) | null;
}

/** The benchmarks of `bench/`, passed in because the harness never imports them. */
export interface Benchmarks {
  runThroughput(options: {
    intervalsNs: readonly number[];
    clients: number;
    datagramBytes: number;
    durationMs: number;
    mode: Mode;
    pacing: Pacing;
    transport: TransportChoice;
    tmaxNs: number;
    onRow: (row: TableRow<'throughput'>) => void;
    signal: AbortSignal;
    progress: Progress;
  }): Promise<TableRow<'throughput'>[]>;
  /** What `auto` means on this machine. */
  resolveTransport(choice: TransportChoice): Promise<string>;
  runMicro(options: {
    timeMs: number;
    smoke?: boolean;
    onRow: (row: TableRow<'micro'>) => void;
    signal: AbortSignal;
    progress: Progress;
  }): Promise<{ warnings: string[] }>;
}

const CLIENTS = 3;
/** The impairment of the replay. */
const LOSSY_NAME = 'lossy';
const LOSSY = { drop: '5%', reorder: '5%', duplicate: '1%' };
/** 100 ms to 1 us, and flat out. */
const INTERVALS_NS = [100e6, 10e6, 1e6, 100e3, 10e3, 1e3, 0];
const DATAGRAM_BYTES = 1200;
const LIVE_INTERVAL_NS = 20e6;
const RECORDED_INTERVAL_NS = 10e6;
const TMAX_NS = 500e6;
const BENCH_TMAX_NS = 200e6;

/** Returns the exit code. */
export async function runMainJob(options: RunOptions, benchmarks: Benchmarks): Promise<number> {
  const seed = options.seed ?? drawSeed();
  print(`seed ${seed}`);
  return inReportFolder(options.report, 'run', (folder, signal) =>
    runInto(folder, { ...options, seed }, benchmarks, signal),
  );
}

/** What the job has measured so far, and what is kept after an interrupt. */
interface Measured {
  readonly sessions: JudgedSession[];
  readonly throughput: TableRow<'throughput'>[];
  readonly micro: TableRow<'micro'>[];
  /** What limits the figures of the micro-benchmarks. */
  readonly microNotes: string[];
  /** Of the whole run; null until known. */
  network: readonly string[];
  streamStartNs: number | null;
  identity: RunIdentity | null;
  /** Why --abort-on-fail ended it, and where; null if it did not. */
  aborted: string | null;
  /** The current step. */
  step: string;
}

async function runInto(
  folder: string,
  options: RunOptions & { readonly seed: string },
  benchmarks: Benchmarks,
  signal: AbortSignal,
): Promise<number> {
  const startedAt = performance.now();
  const measured: Measured = {
    sessions: [],
    throughput: [],
    micro: [],
    microNotes: [],
    network: [],
    streamStartNs: null,
    identity: null,
    aborted: null,
    step: '',
  };
  const { progress, board } = options;
  let endStep = progress.begin('beginning', UNREAD);
  const begin = (step: string): void => {
    endStep();
    endStep = progress.begin(step, UNREAD);
    measured.step = step;
    board?.say(`Step ${step}.`);
  };
  const work = measure(folder, options, benchmarks, { signal, begin, measured }).finally(() => endStep());
  const measuring = untilInterrupted(work);
  const interrupted = await measuring.catch(async (cause: unknown) => {
    // What is measured so far is kept, and told.
    for (const { message } of await reportOf(measured, options.expect, true).writeTables(folder))
      complain(`error: ${message}`);
    printTables(measured);
    throw cause;
  });
  const { sessions, network, streamStartNs } = measured;
  const environment = await readEnvironment({
    commandLine: process.argv,
    seed: options.seed,
    network,
    streamStartNs,
    interrupted,
  });
  const report = reportOf(measured, options.expect, interrupted !== null);
  const { model, unwritten } = await during(progress, 'writing the report', UNREAD, () =>
    report.write(folder, environment, options.reporter),
  );

  printTables(measured);
  print('', ...(measured.aborted === null ? [] : [measured.aborted]), ...expectationLines(model));
  if (interrupted !== null) print(interruptedStep(interrupted, measured), `report: ${folder}`);
  else print(`done in ${((performance.now() - startedAt) / 1e3).toFixed(1)} s; report: ${folder}`);
  tellVerdict(model);
  throwUnwritten([...sessions.flatMap((session) => session.unwritten), ...unwritten]);
  return exitCodeOf(model);
}

function printTables({ sessions, throughput }: Measured): void {
  const screen = tableScreen();
  for (const session of sessions) {
    print('', `${session.identity.scenario}, ${session.identity.clock} clock`);
    printStyled(sessionSummary(session, screen).join('\n'));
  }
  if (throughput.length === 0) return;
  print('', `throughput, ${DATAGRAM_BYTES} bytes`);
  printStyled(linesOf(throughputTable(throughput, screen)).join('\n'));
}

/** @param isCutShort whether a signal ended the run */
function reportOf(
  { sessions, throughput, micro, microNotes, identity, aborted }: Measured,
  expectations: readonly Expectation[] | undefined,
  isCutShort: boolean,
): RunReport {
  const report = addSessions(new RunReport(), sessions, aborted === null ? [] : [aborted]);
  addExpectations(
    report,
    sessions.filter((session) => session.identity.scenario === LOSSY_NAME),
    expectations ?? [],
    isCutShort,
  );
  if (identity === null) return report;
  return report
    .addRows('throughput', [{ identity, rows: throughput }])
    .addRows('micro', [{ identity: { ...identity, scenario: 'micro' }, rows: micro }])
    .addNotes([{ identity: { ...identity, scenario: 'micro' }, notes: microNotes, faults: [] }]);
}

/** Whether a subject misses one of the expectations. */
const misses =
  (expectations: readonly Expectation[]) =>
  (subject: Subject): boolean =>
    judgeExpectations(expectations, [subject]).some(({ result }) => result === 'not met');

/** Which step was interrupted, and what is kept of it. */
function interruptedStep(interrupted: Interrupt, { step, sessions }: Measured): string {
  const shortened = sessions.at(-1)?.shortened ?? null;
  const kept =
    shortened === null
      ? 'what was under way is left out'
      : `the last table is of its first ${describeShortened(shortened)}`;
  return `interrupted by ${interrupted} in step ${step}; ${kept}`;
}

/** The five steps. Results go into `measured` at once. */
async function measure(
  folder: string,
  options: RunOptions & { readonly seed: string },
  benchmarks: Benchmarks,
  underWay: {
    readonly signal: AbortSignal;
    readonly measured: Measured;
    /** Called with the name of each step. */
    readonly begin: (step: string) => void;
  },
): Promise<void> {
  const { signal, measured, begin } = underWay;
  const {
    mode,
    short,
    seed,
    transport,
    quiet,
    progress,
    board,
    reporter,
    expect = [],
    abortOnFail,
  } = options;
  const say = (line: string): void => (quiet ? undefined : print(line));
  const run = basename(folder);
  const match = { seed, language: 'en', check: false } as const;
  const columns = reporter.includes('html');
  /** An interrupted session is the last one. */
  const keep = (session: JudgedSession): void => {
    measured.sessions.push(session);
    if (session.shortened !== null) signal.throwIfAborted();
  };

  begin('1/5, live');
  say(`1/5 live: a server and ${CLIENTS} clients, ${mode}`);
  const live = await runLive({
    run,
    clock: 'real',
    mode,
    clients: CLIENTS,
    transport,
    match: { ...match, interval: LIVE_INTERVAL_NS },
    pacing: 'hybrid',
    tmaxNs: TMAX_NS,
    logsDir: join(folder, 'logs', 'live'),
    debugLog: true,
    columns,
    signal,
    progress,
    watch: board,
  });
  measured.network = live.judgement.network;
  keep(live);

  begin('2/5, record');
  const recording = join(folder, 'recording.jsonl');
  const recorded = await recordMatch({
    ...match,
    interval: RECORDED_INTERVAL_NS,
    matches: short ? 1 : 4,
    out: recording,
    clock: 'virtual',
    signal,
    progress,
  });
  say(`2/5 record: ${recorded.frames} datagrams, sha256 ${recorded.sha256.slice(0, 16)}…`);

  begin('3/5, replay');
  const impairment = readImpairment({ seed, down: LOSSY });
  const plan: ReplayPlan = {
    path: recording,
    run,
    mode,
    clients: CLIENTS,
    scenario: LOSSY_NAME,
    impairment,
    transport,
    tmaxNs: TMAX_NS,
    arrivalsPath: join(folder, 'arrivals.csv'),
    fatesDir: join(folder, 'fates'),
    logsDir: join(folder, 'logs', 'lossy'),
    debugLog: true,
    columns,
    signal,
    progress,
    watch: board,
    endWhen: endWhenBroken(options),
  };
  say(
    `3/5 replay: without impairment, then with ${formatKnobs(impairment.down)}, on sockets and on the virtual clock`,
  );
  const prepared = await prepareReplay(completePlan(plan));
  const control = await replayControl(
    { ...plan, logsDir: join(folder, 'logs') },
    Number.POSITIVE_INFINITY,
    prepared,
  );
  keep(control.session);
  const lossySession = await replayRecording({ ...plan, noise: control.noise }, prepared);
  measured.streamStartNs = lossySession.judgement.streamStartNs;
  keep(lossySession);
  if (abortOnFail && clientSubjects(lossySession.judgement.measured).some(misses(expect))) {
    const line = abortedLine(lossySession) ?? '--abort-on-fail: ended after the lossy replay on sockets';
    measured.aborted = `${line}; the steps behind it are left out`;
    return;
  }
  const exact = { clock: 'virtual', arrivalsPath: null, fatesDir: null, logsDir: null } as const;
  keep(await replayRecording({ ...plan, ...exact }, prepared));

  begin('4/5, throughput');
  say('4/5 throughput, expected against measured');
  measured.identity = {
    run,
    scenario: 'throughput',
    seed,
    clock: 'real',
    mode,
    transport: await benchmarks.resolveTransport(transport),
  };
  await benchmarks.runThroughput({
    intervalsNs: INTERVALS_NS,
    clients: 1,
    datagramBytes: DATAGRAM_BYTES,
    durationMs: short ? 200 : 1000,
    mode,
    pacing: 'hybrid',
    transport,
    tmaxNs: BENCH_TMAX_NS,
    onRow: (row) => {
      measured.throughput.push(row);
      say(`    ${progressLine(row)}`);
    },
    signal,
    progress,
  });

  begin('5/5, micro-benchmarks');
  say('5/5 micro-benchmarks');
  const { warnings } = await benchmarks.runMicro({
    timeMs: short ? 20 : 100,
    smoke: short,
    onRow: (row) => void measured.micro.push(row),
    signal,
    progress,
  });
  for (const warning of warnings) complain(`warning: ${warning}`);
  measured.microNotes.push(...warnings);
}

const rate = (value: number | null): string => (value === null ? '-' : `${Math.round(value)}/s`);

function progressLine(row: TableRow<'throughput'>): string {
  const interval = row.interval_us === 0 ? 'flat out' : `${row.interval_us} us`;
  return `${interval}: expected ${rate(row.expected_pps)}, sent ${rate(row.sent_pps)}, received ${rate(row.received_pps)}`;
}
