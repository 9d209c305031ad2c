/**
 * Runs `matchstream proxy`: its log, its signals, a command behind it.
 */
import { EXIT } from '../../src/base/errors.ts';
import type { Interrupt } from '../../src/base/errors.ts';
import { UNREAD, during } from '../../src/base/progress.ts';
import { counted, sum } from '../../src/base/figures.ts';
import { formatDurationNs, formatHostPort } from '../../src/base/quantities.ts';
import { withoutLog } from '../../src/files/logFile.ts';
import { complain, print as printOut } from '../../src/files/terminal.ts';
import { throwUnwritten } from '../../src/files/unwritten.ts';
import { realNetwork } from '../../src/net/realNetwork.ts';
import { startTimer } from '../../src/net/timer.ts';
import { drawSeed } from '../../src/service/matchStream.ts';
import { showingProgress } from '../../src/service/progressDisplay.ts';
import { resolveAll, resolveHost } from '../../src/service/resolveHost.ts';
import { heedSignals, onInterrupt } from '../../src/service/signals.ts';
import { formatKnobs } from '../impairment/knobs.ts';
import { startProxy } from '../proxy/startProxy.ts';
import { isWrong } from '../report/model/verdict.ts';
import { formatCaptured } from '../proxy/told/capture.ts';
import type { ProxyReport, RunningProxy } from '../proxy/startProxy.ts';
import { endWhenBroken, watchParts } from '../runs/endWhen.ts';
import type { CertainPart } from '../runs/endWhen.ts';
import { TrafficWatch } from '../runs/trafficWatch.ts';
import { startBeside } from '../session/beside.ts';
import type { Beside } from '../session/beside.ts';
import { checkControl, formatSettings } from './impairmentOptions.ts';
import { refuse } from './declare.ts';
import { closing, logPathOf, openLog } from './logAndNetwork.ts';
import { chooseProtocol } from './protocolOptions.ts';
import { formatProxyTable } from './proxyTable.ts';
import { formatRecorded, openRecorder } from './recordOption.ts';
import { openReport, writeReport } from './proxyReport.ts';
import { rereadOnSignal } from './rereadScenario.ts';
import { chooseRun, describeTimeline } from './timelineOption.ts';
import type { ProxyCommandOptions } from './proxyCommand.ts';

const notice = (line: string): void => complain(`note: ${line}`);

/**
 * Returns the exit code.
 * @param command a program to run behind it, with its arguments; null for none
 */
export async function runProxyCommand(
  options: ProxyCommandOptions,
  command: readonly string[] | null,
): Promise<number> {
  // With a command, the output belongs to the command.
  const print = (...lines: readonly string[]): void =>
    command === null ? printOut(...lines) : lines.forEach(complain);
  const { impairment, protocols, scenario, timeline } = chooseRun(options, drawSeed);
  const protocol = chooseProtocol(options, protocols);
  if (timeline === null) checkControl(options, impairment, protocol, '--protocol');
  if (options.control !== undefined && impairment.phases.length > 0)
    refuse(
      '--control',
      'conditions that do not change by themselves',
      `${scenario} with phases`,
      'a change by hand would end them: leave one out',
    );
  const server = {
    address: await resolveHost(options.upstream.host, '--upstream'),
    port: options.upstream.port,
  };
  const host = await resolveHost(options.listen.host, '--listen');
  const reported = openReport(options);
  const logPath = logPathOf(reported.log, 'proxy');
  const log = openLog(logPath);
  return closing(log, async () => {
    const network = realNetwork(options.transport);
    const recorder =
      options.record === undefined
        ? null
        : await openRecorder(options.record, network.clock, protocol, notice);
    const control =
      options.control === undefined
        ? null
        : await (
            await import('./proxyControl.ts')
          ).ProxyControl.begin(
            { ...options, control: options.control },
            { seed: impairment.seed, protocol, network, log, notice },
          );
    const proxy = await startProxy({
      ...(control !== null && { observe: control.observe, waits: control.waits }),
      server,
      onRefused: options.onRefused,
      ...(options.answers && { answers: options.answers }),
      ...(options.multicast !== undefined && { multicastInterface: options.multicast }),
      ...(options.broadcast && { broadcast: true }),
      ...(options.resolveEvery !== undefined && {
        follow: { everyNs: options.resolveEvery, resolve: () => resolveAll(options.upstream.host) },
      }),
      host,
      ports: Array.from({ length: options.flows }, (_, k) =>
        options.listen.port === 0 ? 0 : options.listen.port + k,
      ),
      protocol,
      impairment,
      fatesDir: reported.fatesDir,
      capturePath: options.capture ?? null,
      journalPath: options.journal ?? null,
      changesPath: reported.changesPath,
      ...(timeline !== null && { timeline }),
      maxFlows: options.maxFlows,
      idleNs: options.idle,
      ...(options.newFlowAfter === undefined ? {} : { newFlowAfterNs: options.newFlowAfter }),
      network,
      ...(recorder !== null && { tap: recorder }),
      ...(reported.traffic !== null && { traffic: reported.traffic }),
      log,
      allowUnverified: options.allowUnverified,
      notice,
    }).catch(async (cause: unknown) => {
      await control?.close();
      await recorder?.abandon();
      return withoutLog(log)(cause);
    });
    control?.adopt(proxy, options, impairment, protocol);
    heedSignals();
    const reread = rereadOnSignal(options, impairment, protocol, control ?? proxy, notice);
    print(`seed ${impairment.seed}`);
    print(`impairment: ${formatKnobs(impairment.down) || 'none'}`);
    print(`impairment on the way up: ${formatKnobs(impairment.up) || 'none'}`);
    for (const phase of impairment.phases)
      print(`from ${formatDurationNs(phase.atNs)} on: ${formatSettings(phase)}`);
    const named = formatHostPort(options.upstream.host, options.upstream.port);
    const meant = formatHostPort(proxy.upstream.address, proxy.upstream.port);
    print(named === meant ? `upstream ${meant}` : `upstream ${named} is ${meant}`);
    if (timeline !== null) for (const line of describeTimeline(timeline, options.timeline)) print(line);
    for (const note of protocol.notes) print(`note: ${note}`);
    if (logPath !== null) print(`log: ${logPath}`);
    if (control !== null) print(control.line);
    for (const { address, port } of proxy.listening) print(`listening on ${formatHostPort(address, port)}`);
    const { for: forNs = Number.POSITIVE_INFINITY } = options;
    return showingProgress({ ...options, say: print, ownsTerminal: command === null }, async (progress) => {
      const watch = reported.traffic === null ? null : new TrafficWatch(reported.traffic, impairment);
      const parts = (): readonly CertainPart[] => watch?.look(performance.now()) ?? [];
      const { report, exitCode, cutShort, isAborted } = await during(
        progress,
        'forwarding',
        () => proxy.soFar(),
        () => untilEnd(proxy, forNs, command, print, (end) => watchParts(parts, endWhenBroken(options), end)),
      );
      reread();
      const recorded = await during(
        progress,
        'writing the recording',
        UNREAD,
        async () => (await recorder?.finish()) ?? null,
      );
      print(...formatProxyTable(report, { protocol, impairment }, logPath));
      if (recorded !== null) print(...formatRecorded(recorded));
      print(...formatCaptured(report.captured));
      const ran = { protocol, impairment, scenario, interrupted: cutShort, isAborted };
      if (proxy.epoch > 1 && reported.changesPath !== null)
        print(`changes: ${reported.changesPath} (--timeline makes them again, at the same datagrams)`);
      const written = await writeReport(reported, report, ran, options, print, progress);
      const unwritten = [...report.unwritten, ...written.unwritten];
      // Each was said at once, too; the last is printed by the program.
      const failures = [recorded?.failure ?? null, proxy.failure].filter((failure) => failure !== null);
      throwUnwritten([...unwritten, ...failures.slice(0, -1)], failures.at(-1));
      const isFailed = written.model !== null && isWrong(written.model.verdict);
      return cutShort === null && isFailed ? EXIT.mismatch : exitCode;
    }).finally(() => control?.close());
  });
}

/** Time for a command that got the signal from the terminal itself to end before it is asked again. */
const GRACE_MS = 1000;

/** Environment variables with the addresses for a command: the first one, as in `replay --exec`, and all, comma-separated. */
const addressesFor = ({ listening }: RunningProxy): Record<string, string> => {
  const all = listening.map(({ address, port }) => formatHostPort(address, port));
  return { MATCHSTREAM_SERVER: all[0] ?? '', MATCHSTREAM_LISTEN: all.join(',') };
};

/**
 * Waits for the end (a signal, `--for`, or the end of the command after `--`) and ends the proxy in good order. A proxy
 * has no end of its own, so a signal is its normal end; with `--for` or a command, a signal interrupts it.
 * @param forNs how long it runs; Infinity for no limit
 * @param command the program to run behind it, with its arguments; null for none
 * @param say receives why it ends, a line each
 * @param watch calls what it is given when an expectation is broken for good; returns a function that ends the watch
 * @throws UsageError for a command that cannot be run; what `proxy.done` rejects with
 */
async function untilEnd(
  proxy: RunningProxy,
  forNs: number,
  command: readonly string[] | null,
  say: (line: string) => void,
  watch: (end: () => void) => () => void,
): Promise<{
  readonly report: ProxyReport;
  readonly exitCode: number;
  /** The signal that cut it short; null if it came to its end. */
  readonly cutShort: Interrupt | null;
  /** Whether the watch has ended it. */
  readonly isAborted: boolean;
}> {
  let isAborted = false;
  let interrupted: Interrupt | null = null;
  let forced: Interrupt | null = null;
  let isEnding = false;
  let isStopped = false;
  const beside = command === null ? null : startBeside(command, addressesFor(proxy));
  const stop = (): void => {
    isEnding = true;
    isStopped = true;
    proxy.stop();
  };
  const end = (graceMs: number): void => {
    isEnding = true;
    if (beside === null) stop();
    else beside.end(graceMs);
  };
  // What has not left is thrown away; as long as the command runs, a second signal ends the process.
  const force = (signal: Interrupt): boolean => {
    if (!isStopped || forced !== null) return false;
    forced = signal;
    proxy.stop();
    return true;
  };
  const over = onInterrupt((signal) => {
    if (isEnding) return void force(signal);
    interrupted = signal;
    if (beside !== null) say(`${signal}: waiting for the command to end; a second one ends it at once`);
    end(GRACE_MS);
  }, force);
  const callOff = startTimer(() => {
    if (isEnding) return;
    if (beside !== null) say(`--for ${formatDurationNs(forNs)} is over: the command is ended`);
    end(0);
  }, forNs / 1e6);
  const endWatch = watch(() => {
    if (isEnding) return;
    isAborted = true;
    if (beside !== null) say('--abort-on-fail: an expectation is broken for good: the command is ended');
    end(0);
  });
  try {
    const exitCode = beside === null ? EXIT.match : await besideProxy(beside, proxy, stop);
    const report = await proxy.done;
    const thrown = thrownAway(report);
    const forcedBy = forced as Interrupt | null;
    if (forcedBy !== null && thrown > 0) {
      say(`${forcedBy} again: ended at once, ${counted(thrown, 'datagram')} thrown away`);
      return { report, exitCode: EXIT[forcedBy], cutShort: forcedBy, isAborted };
    }
    const isCutShort = forNs !== Number.POSITIVE_INFINITY || command !== null;
    const signal = interrupted as Interrupt | null;
    if (signal === null || !isCutShort)
      return { report, exitCode: isAborted ? EXIT.mismatch : exitCode, cutShort: null, isAborted };
    say(`interrupted by ${signal} before its end`);
    return { report, exitCode: EXIT[signal], cutShort: signal, isAborted };
  } finally {
    endWatch();
    callOff();
    over();
  }
}

/** Datagrams that had not left at the end. */
const thrownAway = ({ flows, earlier }: ProxyReport): number =>
  sum([...flows, earlier].map(({ up, down }) => up.heldAtEnd + down.heldAtEnd));

/**
 * Waits for the command, then ends the proxy; if the proxy fails, the command is ended. Returns the command's exit code.
 * @param stop ends the proxy
 */
async function besideProxy(beside: Beside, proxy: RunningProxy, stop: () => void): Promise<number> {
  try {
    return await Promise.race([beside.done, proxy.done.then(() => beside.done)]);
  } catch (cause) {
    beside.end(0);
    await beside.done.catch(() => undefined);
    throw cause;
  } finally {
    stop();
    await proxy.done.catch(() => undefined);
  }
}
