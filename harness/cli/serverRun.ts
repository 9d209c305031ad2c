/**
 * `matchstream server`: a server for people, with its log, its signals and its closing table.
 */
import { during } from '../../src/base/progress.ts';
import { withoutLog } from '../../src/files/logFile.ts';
import { complain, print } from '../../src/files/terminal.ts';
import { formatHostPort } from '../../src/base/quantities.ts';
import { resolveHost } from '../../src/service/resolveHost.ts';
import type { SERVER_OPTIONS } from './serverCommand.ts';
import type { ValuesOf } from './declare.ts';
import { drawSeed, matchSource } from '../../src/service/matchStream.ts';
import { MatchWatch, WatchedSource } from '../../src/service/matchWatch.ts';
import { closing, describeDrops, logPathOf, networkLines, openLog } from './logAndNetwork.ts';
import { startServer } from '../../src/service/startServer.ts';
import type { ServerReport } from '../../src/service/reports.ts';
import { showingProgress } from '../../src/service/progressDisplay.ts';
import { onInterrupt } from '../../src/service/signals.ts';
import { showingWeb } from './webOption.ts';

export async function runServerCommand(options: ValuesOf<typeof SERVER_OPTIONS>): Promise<void> {
  const seed = options.seed ?? drawSeed();
  const played = matchSource({ ...options, seed });
  const host = await resolveHost(options.host, '--host');
  const logPath = logPathOf(options.log, 'server');
  const log = openLog(logPath);
  await closing(log, () =>
    showingWeb(options, 'server', async (board) => {
      const seen = board === null ? null : new MatchWatch();
      const source = seen === null ? played : new WatchedSource(played, seen);
      const server = await startServer({
        source,
        host,
        port: options.port,
        log,
        logSends: options.logLevel === 'debug',
        pacing: options.pacing,
        transport: options.transport,
        waitFor: options.waitFor,
        catchUp: options.catchUp,
        maxClients: options.maxClients,
        maxClientsPerAddress: options.maxClientsPerAddress,
        originalTimeoutNs: options.originalTimeout === 0 ? Number.POSITIVE_INFINITY : options.originalTimeout,
        keepAliveNs: options.keepAlive,
        allowUnverified: options.allowUnverified,
        observeRefusal: (text) => complain(`note: ${text}`),
      }).catch(withoutLog(log));
      // Before it says that it listens: whoever waits for that may signal it at once.
      const over = onInterrupt(() => server.stop());
      const { address, port } = server.local;
      print(`seed ${seed}`);
      print(`listening on ${formatHostPort(address, port)}`);
      if (options.waitFor > 0)
        print(`waiting for ${options.waitFor} client${options.waitFor === 1 ? '' : 's'}`);
      board?.showServer(
        () => seen?.look() ?? null,
        () => server.clients(),
      );
      const report = await showingProgress(options, (progress) =>
        during(
          progress,
          'streaming',
          () => server.soFar(),
          () => server.done.finally(over),
        ),
      );
      print(...formatReport(report));
      if (logPath !== null) print(`log: ${logPath}`);
    }),
  );
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
