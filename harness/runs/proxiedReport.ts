/**
 * The report of a proxy by itself: judged, and with the names for its rows.
 */
import type { Pace } from '../../src/base/progress.ts';
import { judgeProxied } from '../judge/proxied/judgeProxied.ts';
import type { ProxiedRun } from '../judge/proxied/judgeProxied.ts';
import type { Impairment } from '../impairment/impairment.ts';
import type { JudgedSession } from './sessionReport.ts';

/** @param run the folder's name. @param scenario the name of the impairment. @param pace told of each datagram */
export function judgedProxy(
  proxied: ProxiedRun,
  { seed }: Impairment,
  run: string,
  scenario: string,
  pace?: Pace,
): JudgedSession {
  return {
    identity: {
      run,
      scenario,
      seed,
      clock: proxied.isVirtual === true ? 'virtual' : 'real',
      mode: proxied.isVirtual === true ? 'in-process' : 'processes',
      transport: proxied.report.network.transport,
    },
    judgement: judgeProxied(proxied, pace),
    shortened: null,
    unwritten: [],
  };
}
