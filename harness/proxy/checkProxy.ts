/**
 * What a proxy is told, checked at the call.
 *
 * Pure.
 */
import * as check from '../../src/base/arguments.ts';
import type { Check, Checks } from '../../src/base/arguments.ts';
import { wholeImpairment, withImpairment } from '../impairment/impairment.ts';
import type { FlowSettings } from './flowSettings.ts';
import type { ProxyOptions } from './proxyEndpoint.ts';
import type { ProxyRun } from './startProxy.ts';

const protocol: Check = (value, name) => {
  if (!check.isObject(value) || typeof value['open'] !== 'function')
    check.refuseValue(name, 'a protocol, as readProtocol gives it', value);
};

const FLOW_CHECKS: Checks<FlowSettings> = {
  protocol,
  impairment: wholeImpairment,
  keepFates: check.optional(check.flag),
  mediaTimeNs: check.optional(check.callback),
};

const { keepFates: _, ...SHARED_CHECKS } = FLOW_CHECKS;

const RUN_CHECKS: Checks<ProxyRun> = {
  ...SHARED_CHECKS,
  server: check.peer,
  host: check.address,
  ports: check.listOf(1, 'ports', check.port),
  maxFlows: check.whole(1),
  idleNs: check.waitNs,
  fatesDir: check.nullable(check.path),
  transport: check.transport,
  clock: check.clock,
  log: check.log,
  allowUnverified: check.optional(check.flag),
  notice: check.optional(check.callback),
};

const OPTION_CHECKS: Checks<ProxyOptions> = {
  ...FLOW_CHECKS,
  server: check.peer,
  listening: check.whole(1),
  openUpstream: check.callback,
  closeUpstream: check.optional(check.callback),
  localPeer: check.optional(check.callback),
  isLocal: check.optional(check.callback),
  maxFlows: check.optional(check.whole(1)),
  idleNs: check.optional(check.waitNs),
  allowUnverified: check.optional(check.flag),
  sweepNs: check.optional(check.positiveTimeNs),
  observe: check.optional(check.callback),
  forget: check.optional(check.callback),
};

/** @throws UsageError for what makes no sense */
export const checkProxyRun = (run: ProxyRun): void =>
  withImpairment(check.shape(RUN_CHECKS))(run, 'startProxy');

/** The options as they are. @throws UsageError for one that makes no sense */
export function checkProxyOptions(options: ProxyOptions): ProxyOptions {
  withImpairment(check.having(OPTION_CHECKS))(options, 'ProxyEndpoint');
  return options;
}
