/**
 * The report of `replay` with `--exec` or `--shrink`: what was done to the stream in the run as drawn, and in the smallest one
 * that still fails.
 */
import { basename, join } from 'node:path';
import { print } from '../../src/files/terminal.ts';
import { throwUnwritten } from '../../src/files/unwritten.ts';
import type { Impairment } from '../impairment/impairment.ts';
import type { ProxiedRun } from '../judge/proxied/judgeProxied.ts';
import { Traffic } from '../proxy/told/traffic.ts';
import { readEnvironment } from '../report/environment.ts';
import { isWrong } from '../report/model/verdict.ts';
import { RunReport } from '../report/runReport.ts';
import { tellVerdict } from '../report/tellVerdict.ts';
import { judgedProxy } from '../runs/proxiedReport.ts';
import { replayRecording } from '../runs/replay.ts';
import type { PreparedReplay } from '../runs/replay.ts';
import type { ReplayPlan } from '../runs/replayPlan.ts';
import { addExpectations, addSessions, sessionSummary } from '../runs/sessionReport.ts';
import type { JudgedSession } from '../runs/sessionReport.ts';
import type { Judging } from './sessionEnd.ts';

/** A run that is reported: `shrunk` is the smallest network that still fails. */
export type TrialName = 'drawn' | 'shrunk';

export class TrialReport {
  readonly #folder: string;
  readonly #scenario: string;
  readonly #seed: string;
  readonly #sessions: JudgedSession[] = [];
  readonly #faults: string[] = [];

  constructor(folder: string, scenario: string, seed: string) {
    this.#folder = folder;
    this.#scenario = scenario;
    this.#seed = seed;
  }

  /** What a proxy needs to be reported. */
  noting(name: TrialName): { readonly traffic: Traffic; readonly fatesDir: string } {
    return { traffic: new Traffic(), fatesDir: this.#fatesOf(name) };
  }

  addProxied(name: TrialName, proxied: ProxiedRun, impairment: Impairment): void {
    const session = judgedProxy(proxied, impairment, basename(this.#folder), this.#nameOf(name));
    this.#sessions.push({ ...session, unwritten: proxied.report.unwritten });
  }

  /** Replays to our clients on the virtual clock, as the search for the smallest network does. */
  async addReplay(name: TrialName, plan: ReplayPlan, prepared: PreparedReplay): Promise<void> {
    const run = basename(this.#folder);
    const fatesDir = this.#fatesOf(name);
    this.#sessions.push(
      await replayRecording(
        { ...plan, run, scenario: this.#nameOf(name), clock: 'virtual', fatesDir },
        prepared,
      ),
    );
  }

  /** Notes what the command did wrong: no table has it. */
  addFault(fault: string): void {
    this.#faults.push(fault);
  }

  /**
   * Writes it all, and prints the verdict. Returns 1 where it fails, else 0.
   * @throws EnvironmentError for what could not be written, when everything is printed
   */
  async write({ expect = [], reporter }: Judging): Promise<0 | 1> {
    const sessions = this.#sessions.map((session, k) =>
      k > 0
        ? session
        : {
            ...session,
            judgement: {
              ...session.judgement,
              faults: [...session.judgement.faults, ...this.#faults],
            },
          },
    );
    const report = addSessions(new RunReport(), sessions);
    addExpectations(report, sessions.slice(0, 1), expect, false);
    const environment = await readEnvironment({
      commandLine: process.argv,
      seed: this.#seed,
      network: sessions[0]?.judgement.network ?? [],
    });
    const { model, unwritten } = await report.write(this.#folder, environment, reporter);
    for (const session of sessions.filter(isFaulty)) print('', ...sessionSummary(session));
    print(`report: ${this.#folder}`);
    tellVerdict(model);
    throwUnwritten([...sessions.flatMap((session) => session.unwritten), ...unwritten]);
    return isWrong(model.verdict) ? 1 : 0;
  }

  #nameOf(name: TrialName): string {
    return name === 'drawn' ? this.#scenario : `${this.#scenario} shrunk`;
  }

  #fatesOf(name: TrialName): string {
    return join(this.#folder, name === 'drawn' ? 'fates' : 'fates-shrunk');
  }
}

/** Whether a row of a session is wrong, which the run as a whole need not show on the terminal otherwise. */
const isFaulty = ({ judgement: { comparison, ledger } }: JudgedSession): boolean =>
  comparison.some(({ verdict }) => verdict === 'mismatch') ||
  ledger.some(({ unexplained }) => unexplained !== null && unexplained !== 0);
