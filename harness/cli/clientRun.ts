/**
 * `matchstream client`: a client for people or for programs, with its log, its signals and its statistics file.
 */
import { jsonText, linesOf } from '../../src/base/escape.ts';
import { during } from '../../src/base/progress.ts';
import { closingLines } from '../../src/display/closing.ts';
import { formatStatistics } from '../../src/display/statisticsText.ts';
import { EXIT, EnvironmentError, UsageError } from '../../src/base/errors.ts';
import type { Interrupt } from '../../src/base/errors.ts';
import { checkNewFile } from '../../src/files/outputs.ts';
import { wantsColour } from '../../src/files/colour.ts';
import {
  columnsOf,
  complain,
  print,
  printJson,
  printStyled,
  statusScreen,
} from '../../src/files/terminal.ts';
import { writeAtomicFile } from '../../src/files/atomicFile.ts';
import { throwUnwritten, tryWriting } from '../../src/files/unwritten.ts';
import { figuresOf } from '../../src/metrics/absent.ts';
import { formatDurationNs, formatHostPort } from '../../src/base/quantities.ts';
import type { DatagramBatch } from '../../src/net/batch.ts';
import type { CLIENT_OPTIONS } from './clientCommand.ts';
import type { ValuesOf } from './declare.ts';
import { startClient } from '../../src/service/startClient.ts';
import { closing, describeDrops, logPathOf, networkLines, openLog } from './logAndNetwork.ts';
import { LiveScoreboard } from '../../src/service/liveScoreboard.ts';
import { showingProgress } from '../../src/service/progressDisplay.ts';
import { describeRefusal } from '../../src/service/refusal.ts';
import { delaysSince } from '../../src/service/reports.ts';
import type { ClientReport } from '../../src/service/reports.ts';
import { resolveHost } from '../../src/service/resolveHost.ts';
import { statsFile } from '../../src/service/statisticsFile.ts';
import { onInterrupt } from '../../src/service/signals.ts';
import { Spectator } from '../../src/service/spectator.ts';

/** Returns the exit code: 0, or a signal's when that ended it before the stream's end. */
export async function runClientCommand(options: ValuesOf<typeof CLIENT_OPTIONS>): Promise<number> {
  const server = { address: await resolveHost(options.server.host, '--server'), port: options.server.port };
  const logPath = logPathOf(options.log, 'client');
  const statsPath = options.stats ?? logPath?.replace(/(\.log)?$/, '.stats.json') ?? null;
  if (statsPath !== null) checkNewFile(statsPath, '--stats');
  if (statsPath !== null && statsPath === logPath) {
    throw new UsageError(
      'conflict',
      '--stats and --log',
      `expected two files, got ${statsPath} twice; choose another name`,
    );
  }
  const log = openLog(logPath);
  const spectator = new Spectator(options.original);
  const board = boardFor(options, spectator);
  return closing(log, async () => {
    const client = await startClient({
      server,
      log,
      logReceipts: options.logLevel === 'debug',
      check: options.check,
      transport: options.transport,
      wishedId: options.id ?? null,
      tmaxNs: options.tmax,
      registerTimeoutNs: options.registerTimeout,
      original: options.original,
      quietTimeoutNs: options.quietTimeout,
      ...(options.validate !== undefined && { validate: options.validate }),
      observeRefusal: (text) =>
        complain(`note: ${text}; asking again for up to ${formatDurationNs(options.registerTimeout)}`),
      ...(board !== null && { observeDatagram: (count, batch, row) => board.add(count, batch, row) }),
      ...(board === null && !options.quiet && { observeDatagram: show(spectator, options.json) }),
    });
    board?.begin(client.statistics);
    let asked: Interrupt | null = null;
    const over = onInterrupt((signal) => {
      asked = signal;
      client.interrupt();
    });
    const watched = { every: options.every, quiet: board !== null, say: options.json ? complain : print };
    const report = await showingProgress(watched, (progress) =>
      during(progress, 'receiving', client.soFar, () => client.done.finally(over)),
    );
    board?.end();
    const unwritten =
      statsPath === null
        ? []
        : await tryWriting(() => writeAtomicFile(statsPath, `${jsonText(statsFile(report), 2)}\n`));
    tell(report, options, unwritten.length === 0 ? statsPath : null, logPath);
    throwUnwritten(unwritten, unserved(report, options));
    return report.reason === 'interrupted' && asked !== null ? EXIT[asked as Interrupt] : EXIT.match;
  });
}

/** Why the server served nothing; null if it did. */
function unserved(
  { reason, refusal }: ClientReport,
  { server: { host, port }, original }: ValuesOf<typeof CLIENT_OPTIONS>,
): EnvironmentError | null {
  if (reason === 'no place')
    return new EnvironmentError(
      'server-full',
      `expected a place at the server at ${formatHostPort(host, port)}, got none: ` +
        `${describeRefusal(refusal ?? '')}; try again when a client has left, or have the server take more`,
    );
  if (reason !== 'no answer') return null;
  return new EnvironmentError(
    'no-server',
    `expected a server at ${formatHostPort(host, port)}, got no answer; ` +
      `check the address, or ${original ? 'leave --original out for a server of matchstream' : 'use --original for an original server'}`,
  );
}

function show(spectator: Spectator, json: boolean) {
  const colour = wantsColour(process.stdout);
  return (_count: number, batch: DatagramBatch, row: number): void => {
    const payload = batch.payload(row);
    const widthColumns = process.stdout.columns || 100;
    const text = json ? spectator.json(payload) : spectator.lines(payload, { colour, widthColumns });
    if (text !== null) printStyled(text);
  };
}

/** A scoreboard at a terminal, for people; null where events are printed one by one, or not at all. */
function boardFor(
  { json, quiet, every, server }: ValuesOf<typeof CLIENT_OPTIONS>,
  spectator: Spectator,
): LiveScoreboard | null {
  if (json || quiet || process.stdout.isTTY !== true || statusScreen() === null) return null;
  const title = `matchstream client of ${formatHostPort(server.host, server.port)}`;
  return new LiveScoreboard(spectator, title, every === undefined ? undefined : every / 1e6);
}

function tell(
  report: ClientReport,
  { json, verbose }: ValuesOf<typeof CLIENT_OPTIONS>,
  statsPath: string | null,
  logPath: string | null,
): void {
  if (json) return printJson({ statistics: statsFile(report) });
  if (report.reason === 'no answer' || report.reason === 'no place') return;
  const who = report.client === null ? 'client' : `client ${report.client}`;
  print('', `${who}: ${report.reason}`);
  const columns = columnsOf(process.stdout);
  printStyled(closingLines(report.statistics, columns, wantsColour(process.stdout)).join('\n'));
  if (verbose) print('', ...linesOf(formatStatistics(figuresOf(delaysSince(report.statistics, null)))), '');
  print(`dropped by the kernel: ${describeDrops(report.kernel)}`);
  print(...networkLines(report.network));
  if (statsPath !== null) print(`statistics: ${statsPath}`);
  if (logPath !== null) print(`log: ${logPath}`);
}
