/**
 * The report of `replay` with `--exec` or `--shrink`: what was done to the stream in the run as drawn, and in the smallest one
 * that still fails.
 */
import { basename, join } from 'node:path';
import { print } from '../../src/files/terminal.ts';
import { throwUnwritten, tryWriting } from '../../src/files/unwritten.ts';
import type { Impairment } from '../impairment/impairment.ts';
import type { ProxiedRun } from '../judge/proxied/judgeProxied.ts';
import type { Traffic } from '../proxy/told/traffic.ts';
import { readEnvironment, writeEnvironment } from '../report/environment.ts';
import { judgedProxy, trafficFor } from '../runs/proxiedReport.ts';
import { replayRecording } from '../runs/replay.ts';
import type { PreparedReplay } from '../runs/replay.ts';
import type { ReplayPlan } from '../runs/replayPlan.ts';
import { sessionExitCode, sessionSummary, writeSessionReports } from '../runs/sessionReport.ts';
import type { JudgedSession } from '../runs/sessionReport.ts';

/** A run that is reported: `shrunk` is the smallest network that still fails. */
export type TrialName = 'drawn' | 'shrunk';

export class TrialReport {
  readonly #folder: string;
  readonly #scenario: string;
  readonly #seed: string;
  readonly #sessions: JudgedSession[] = [];

  constructor(folder: string, scenario: string, seed: string) {
    this.#folder = folder;
    this.#scenario = scenario;
    this.#seed = seed;
  }

  /** What a proxy needs to be reported. */
  noting(name: TrialName, impairment: Impairment): { readonly traffic: Traffic; readonly fatesDir: string } {
    return { traffic: trafficFor(impairment), fatesDir: this.#fatesOf(name) };
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

  /**
   * Writes it all. Returns 1 where a verdict fails, which is a fault of ours or of the machine, else 0.
   * @throws EnvironmentError for what could not be written, when everything is printed
   */
  async write(): Promise<0 | 1> {
    const environment = async (): Promise<void> =>
      writeEnvironment(
        join(this.#folder, 'environment.json'),
        await readEnvironment({
          commandLine: process.argv,
          seed: this.#seed,
          network: this.#sessions[0]?.judgement.network ?? [],
        }),
      );
    const unwritten = [
      ...this.#sessions.flatMap((session) => session.unwritten),
      ...(await writeSessionReports(this.#folder, this.#sessions)),
      ...(await tryWriting(environment)),
    ];
    const failed = this.#sessions.filter((session) => sessionExitCode(session) !== 0);
    for (const session of failed) print('', ...sessionSummary(session));
    print(`report: ${this.#folder}`);
    throwUnwritten(unwritten);
    return failed.length === 0 ? 0 : 1;
  }

  #nameOf(name: TrialName): string {
    return name === 'drawn' ? this.#scenario : `${this.#scenario}, shrunk`;
  }

  #fatesOf(name: TrialName): string {
    return join(this.#folder, name === 'drawn' ? 'fates' : 'fates-shrunk');
  }
}
