/**
 * `matchstream server`: a server for people, with its log, its signals and its closing table.
 */
import { LogFile, NO_LOG, defaultLogPath, withoutLog } from '../../src/files/logFile.ts';
import { complain, print } from '../../src/files/terminal.ts';
import { formatHostPort } from '../../src/base/quantities.ts';
import type { CatchUp } from '../../src/net/pacer.ts';
import { MonotonicClock } from '../../src/net/clock.ts';
import type { Pacing } from '../../src/net/driver.ts';
import type { TransportChoice } from '../../src/net/select.ts';
import { resolveHost } from '../../src/service/resolveHost.ts';
import { closeLog } from './closeLog.ts';
import { drawSeed, matchSource } from '../../src/service/matchStream.ts';
import type { MatchOptions } from '../../src/service/matchStream.ts';
import { describeDrops, networkLines } from './networkLines.ts';
import { startServer } from '../../src/service/startServer.ts';
import type { ServerReport } from '../../src/service/reports.ts';
import { onInterrupt } from '../../src/service/signals.ts';

export interface ServerCommandOptions extends MatchOptions {
  readonly host: string;
  readonly port: number;
  readonly waitFor: number;
  readonly maxClients: number;
  readonly maxClientsPerAddress?: number;
  readonly originalTimeout: number;
  readonly keepAlive: number;
  readonly allowUnverified: boolean;
  readonly pacing: Pacing;
  readonly catchUp: CatchUp;
  readonly transport: TransportChoice;
  readonly log?: string;
  readonly logLevel: 'info' | 'debug';
}

export async function runServerCommand(options: ServerCommandOptions): Promise<void> {
  const seed = options.seed ?? drawSeed();
  const source = matchSource({ ...options, seed });
  const host = await resolveHost(options.host, '--host');
  const clock = new MonotonicClock();
  const log =
    options.log === 'none' ? NO_LOG : new LogFile(options.log ?? defaultLogPath('server', new Date()));
  try {
    const server = await startServer({
      source,
      host,
      port: options.port,
      clock,
      log,
      logSends: options.logLevel === 'debug',
      pacing: options.pacing,
      transport: options.transport,
      machine: {
        waitFor: options.waitFor,
        catchUp: options.catchUp,
        maxClients: options.maxClients,
        maxClientsPerAddress: options.maxClientsPerAddress,
        originalTimeoutNs: options.originalTimeout === 0 ? Number.POSITIVE_INFINITY : options.originalTimeout,
        keepAliveNs: options.keepAlive,
        allowUnverified: options.allowUnverified,
      },
      observeRefusal: (text) => complain(`note: ${text}`),
    }).catch(withoutLog(log));
    // Before it says that it listens: whoever waits for that may signal it at once.
    const over = onInterrupt(() => server.stop());
    const { address, port } = server.local;
    print(`seed ${seed}`);
    print(`listening on ${formatHostPort(address, port)}`);
    if (options.waitFor > 0)
      print(`waiting for ${options.waitFor} client${options.waitFor === 1 ? '' : 's'}`);
    const report = await server.done.finally(over);
    print(...formatReport(report));
    if (log instanceof LogFile) print(`log: ${log.path}`);
  } finally {
    await closeLog(log);
  }
}

function formatReport(report: ServerReport): string[] {
  const { clients, lateness, counters, skippedIntervals } = report;
  const lines = [
    `stream ended at message ${report.lastCount}; ${clients.length} client${clients.length === 1 ? '' : 's'}`,
  ];
  for (const { id, peer, nextCount, sent, leftBecause } of clients) {
    lines.push(
      `  client ${id} at ${formatHostPort(peer.address, peer.port)}: ${sent} sent, from ${nextCount}, ${leftBecause ?? 'still here'}`,
    );
  }
  if (lateness.p50Us !== null && lateness.p99Us !== null) {
    lines.push(`lateness: p50 ${lateness.p50Us.toFixed(1)} us, p99 ${lateness.p99Us.toFixed(1)} us`);
  }
  if (skippedIntervals > 0) lines.push(`skipped: ${skippedIntervals} intervals, after late wake-ups`);
  const { malformed, refusedRequests } = counters;
  if (malformed + refusedRequests > 0) {
    lines.push(`ignored: ${malformed} malformed datagrams, ${refusedRequests} refused requests`);
  }
  lines.push(`dropped by the kernel: ${describeDrops(report.kernel)}`, ...networkLines(report.network));
  return lines;
}
