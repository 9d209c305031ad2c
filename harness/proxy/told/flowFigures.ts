/**
 * Tells the figures of every flow once, when it closes or at the end: all in the log, and those of the first few that close
 * also to the caller.
 */
import { NO_LOG } from '../../../src/files/logFile.ts';
import type { Log } from '../../../src/files/logFile.ts';
import type { FlowReport } from '../flows/closedFlows.ts';
import { formatFlow } from './flowLines.ts';

/** Number of closed flows whose figures are also notices. */
const MAX_NOTICED = 8;

export class FlowFigures {
  readonly #log: Log;
  readonly #notice: ((line: string) => void) | undefined;
  readonly #told = new WeakSet<FlowReport>();
  #closed = 0;

  constructor(log: Log, notice: ((line: string) => void) | undefined) {
    this.#log = log;
    this.#notice = notice;
  }

  /** A flow was closed. @param what one line that says so */
  closed(nowNs: number, what: string, report: FlowReport): void {
    this.#told.add(report);
    this.#closed += 1;
    const isNoticed = this.#notice !== undefined && this.#closed <= MAX_NOTICED;
    if (this.#closed === MAX_NOTICED + 1)
      this.#notice?.('the figures of further flows that close are in the log and in the total at the end');
    if (this.#log === NO_LOG && !isNoticed) return;
    for (const line of [what, ...linesOf(report)]) {
      this.#log.line(nowNs, line);
      if (isNoticed) this.#notice?.(line);
    }
  }

  /** The proxy has ended: logs the figures of all flows that are not told yet. */
  atEnd(nowNs: number, reports: readonly FlowReport[]): void {
    for (const report of reports) {
      if (this.#told.has(report)) continue;
      for (const line of linesOf(report)) this.#log.line(nowNs, line);
    }
  }
}

const linesOf = (report: FlowReport): string[] => formatFlow(`flow ${report.flow}`, report);
