/**
 * Runs `matchstream control`: its log, its signals, its proxies, and what is written of each.
 */
import { EXIT } from '../../src/base/errors.ts';
import { NO_PROGRESS } from '../../src/base/progress.ts';
import { formatHostPort } from '../../src/base/quantities.ts';
import { printable } from '../../src/base/printable.ts';
import { counted } from '../../src/base/figures.ts';
import { complain, print } from '../../src/files/terminal.ts';
import { throwUnwritten } from '../../src/files/unwritten.ts';
import type { Unwritten } from '../../src/files/unwritten.ts';
import { realNetwork } from '../../src/net/realNetwork.ts';
import { drawSeed } from '../../src/service/matchStream.ts';
import { onInterrupt } from '../../src/service/signals.ts';
import { startControl } from '../control/controlServer.ts';
import type { OpenProxy } from '../control/proxies/proxyHandle.ts';
import { ProxySet } from '../control/proxies/proxySet.ts';
import { StartedProxies, logOf } from '../control/proxies/startedProxy.ts';
import { DEFAULT_PROTOCOL } from '../protocols/defaultProtocol.ts';
import { addFlows, noFlows } from '../proxy/flows/closedFlows.ts';
import { droppedTotal } from '../proxy/path/counters.ts';
import type { ProxyReport } from '../proxy/startProxy.ts';
import { isWrong } from '../report/model/verdict.ts';
import { makeRunFolder } from '../report/runFolder.ts';
import { accessFor } from './controlAccess.ts';
import type { ControlCommandOptions } from './controlCommand.ts';
import { readControlConfig } from './controlConfig.ts';
import { reachOf } from './controlOptions.ts';
import { closing, logPathOf, openLog } from './logAndNetwork.ts';
import { ProxyFolders } from './proxyFolders.ts';
import { writeReport } from './proxyReport.ts';

/** Returns the exit code. */
export async function runControlCommand(options: ControlCommandOptions): Promise<number> {
  const seed = options.seed ?? drawSeed();
  const plans = options.config === undefined ? [] : readControlConfig(options.config);
  const { access, listen } = await accessFor(options.listen, options.controlAllow, '--listen');
  if (options.journal !== undefined) makeRunFolder(options.journal, '--journal');
  if (options.report !== undefined) makeRunFolder(options.report, '--report');
  const folders = new ProxyFolders(options);
  const logPath = logPathOf(options.log, 'control');
  const log = openLog(logPath);
  return closing(log, async () => {
    const network = realNetwork(options.transport);
    const unwritten: Unwritten[] = [];
    let isFailed = false;
    const tell = async (proxy: OpenProxy, report: ProxyReport): Promise<void> => {
      const name = printable(proxy.name);
      const told = `${name}: ${endLine(report)}`;
      log.line(network.clock.nowNs(), told);
      print(told);
      const { opened, ran } = folders.take(proxy);
      const written = await writeReport(opened, report, ran, options, print, NO_PROGRESS);
      unwritten.push(...report.unwritten, ...written.unwritten);
      isFailed ||= written.model !== null && isWrong(written.model.verdict);
    };
    const opener = new StartedProxies(network, {
      moreOf: (proxy, impairment) => {
        const name = printable(proxy.name);
        return {
          ...folders.open(proxy, impairment),
          log: logOf(log, proxy),
          notice: (line) => complain(`note: ${name}: ${line}`),
        };
      },
      refused: (proxy) => folders.giveBack(proxy),
      ended: tell,
      failed: (proxy, cause) => {
        folders.take(proxy);
        unwritten.push({ code: cause.code, message: `${printable(proxy.name)}: ${cause.message}` });
        complain(`error: ${printable(proxy.name)}: ${cause.message}`);
      },
    });
    const proxies = new ProxySet({
      opener,
      reach: reachOf(options),
      seed,
      protocol: (options.protocol ?? DEFAULT_PROTOCOL).text,
    });
    const close = async (): Promise<void> => {
      await proxies.close();
      await opener.end();
    };
    const begun = await proxies.populatePlans(plans);
    const server = await startControl({
      listen,
      access,
      proxies,
      program: 'control',
      nowNs: () => network.clock.nowNs(),
    }).catch(async (cause: unknown) => {
      await close();
      throw cause;
    });
    const over = await new Promise<() => void>((resolve) => {
      const ended = onInterrupt(
        () => resolve(ended),
        (signal) => {
          complain(`${signal} again: what has not left is thrown away`);
          opener.stop();
          return true;
        },
      );
      const { address, port } = server.listening;
      print(`seed ${seed}`);
      for (const proxy of begun) {
        const state = proxy.isEnabled ? '' : 'disabled, ';
        print(`${printable(proxy.name)}: ${state}${proxy.listen} to ${proxy.upstream}`);
      }
      if (logPath !== null) print(`log: ${logPath}`);
      print(`control API and page on http://${formatHostPort(address, port)}/`);
    });
    await server.close();
    // What is held or delayed leaves first.
    await opener.end();
    over();
    await proxies.close();
    throwUnwritten(unwritten);
    return isFailed ? EXIT.mismatch : EXIT.match;
  });
}

/** What a proxy did, in one line; its report and the log have more. */
function endLine({ flows, earlier }: ProxyReport): string {
  const total = noFlows(false);
  for (const one of [...flows, earlier]) addFlows(total, one);
  const { up, down } = total;
  const dropped = droppedTotal(up) + droppedTotal(down);
  return `ended; ${counted(total.flows, 'flow')}, ${up.arrived} up, ${down.arrived} down, ${dropped} dropped`;
}
