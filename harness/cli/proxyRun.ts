/**
 * Runs `matchstream proxy`: its log, its signals, its closing table.
 *
 * An edge module.
 */
import { LogFile, NO_LOG, defaultLogPath, withoutLog } from '../../src/files/logFile.ts';
import { complain, print as printOut } from '../../src/files/terminal.ts';
import { formatHostPort } from '../../src/base/quantities.ts';
import { resolveHost } from '../../src/service/resolveHost.ts';
import { closeLog } from './closeLog.ts';
import { drawSeed } from '../../src/service/matchStream.ts';
import { describeDrops, networkLines } from './networkLines.ts';
import { heedSignals } from '../../src/service/signals.ts';
import type { TransportChoice } from '../../src/net/select.ts';
import { MonotonicClock } from '../../src/net/clock.ts';
import { formatKnobs } from '../impairment/knobs.ts';
import { checkControl, chooseImpairment } from './impairmentOptions.ts';
import type { ImpairmentOptions } from './impairmentOptions.ts';
import { untilEnd } from './proxyEnding.ts';
import type { ProxyProtocol } from '../proxy/flow.ts';
import { formatFlow } from './formatFlow.ts';
import { formatIgnored } from '../proxy/ignored.ts';
import { startProxy } from '../proxy/startProxy.ts';
import type { ProxyReport } from '../proxy/startProxy.ts';

export interface ProxyCommandRun extends ImpairmentOptions {
  readonly listen: { readonly host: string; readonly port: number };
  readonly upstream: { readonly host: string; readonly port: number };
  readonly flows: number;
  readonly protocol: ProxyProtocol;
  readonly seed?: string;
  readonly maxFlows: number;
  readonly transport: TransportChoice;
  readonly idle: number;
  readonly allowUnverified: boolean;
  readonly fates?: string;
  readonly log?: string;
  /** How long it runs, nanoseconds; without it, until it is ended. */
  readonly for?: number;
  /** A program to run behind it, with its arguments; null for none. */
  readonly command: readonly string[] | null;
}

const notice = (line: string): void => complain(`note: ${line}`);

/** Returns the exit code. */
export async function runProxyCommand(run: ProxyCommandRun): Promise<number> {
  // With a command, what goes to the output is the command's.
  const print = (...lines: readonly string[]): void =>
    run.command === null ? printOut(...lines) : lines.forEach(complain);
  const { impairment } = chooseImpairment(run, run.seed ?? drawSeed());
  checkControl(run, impairment, run.protocol, '--protocol');
  const server = { address: await resolveHost(run.upstream.host, '--upstream'), port: run.upstream.port };
  const host = await resolveHost(run.listen.host, '--listen');
  const log = run.log === 'none' ? NO_LOG : new LogFile(run.log ?? defaultLogPath('proxy', new Date()));
  try {
    const proxy = await startProxy({
      server,
      host,
      ports: Array.from({ length: run.flows }, (_, k) => (run.listen.port === 0 ? 0 : run.listen.port + k)),
      protocol: run.protocol,
      impairment,
      fatesDir: run.fates ?? null,
      maxFlows: run.maxFlows,
      idleNs: run.idle,
      transport: run.transport,
      clock: new MonotonicClock(),
      log,
      allowUnverified: run.allowUnverified,
      notice,
    }).catch(withoutLog(log));
    heedSignals();
    print(`seed ${impairment.seed}`);
    print(`impairment: ${formatKnobs(impairment.down) || 'none'}`);
    print(`impairment on the way up: ${formatKnobs(impairment.up) || 'none'}`);
    if (run.protocol === 'any')
      print('note: without media time, order and time-based effects depend on arrival times');
    for (const { address, port } of proxy.listening) print(`listening on ${formatHostPort(address, port)}`);
    const { report, exitCode } = await untilEnd(proxy, {
      forNs: run.for ?? null,
      command: run.command,
      say: print,
    });
    print(...formatReport(report));
    return exitCode;
  } finally {
    await closeLog(log);
  }
}

function formatReport(report: ProxyReport): string[] {
  const lines = report.flows.flatMap((flow) => [
    ...formatFlow(`flow ${flow.flow}`, flow),
    `flow ${flow.flow}: dropped by the kernel down: ${describeDrops(flow.kernelDown)}, up: ${describeDrops(flow.kernelUp)}`,
  ]);
  const { earlier } = report;
  if (earlier.flows > 0) lines.unshift(...formatFlow(`${earlier.flows} earlier flows`, earlier));
  if (lines.length === 0) lines.push('nothing was forwarded');
  return [...lines, ...formatIgnored(report.ignored), ...networkLines(report.network)];
}
