/**
 * Checks of a proxy's options.
 */
import * as check from '../../src/base/arguments.ts';
import { UsageError } from '../../src/base/errors.ts';
import type { Check, Checks } from '../../src/base/arguments.ts';
import { NETWORK_CHECKS } from '../../src/net/realNetwork.ts';
import { wholeImpairment, withImpairment } from '../impairment/impairment.ts';
import { DEFAULT_PROTOCOL } from '../protocols/defaultProtocol.ts';
import { ON_REFUSED } from './ports/listeningPorts.ts';
import type { ProxyOptions } from './proxyOptions.ts';
import { ANSWERS } from './ports/route.ts';
import type { ProxyRun } from './proxyRun.ts';

const protocol: Check = (value, name) => {
  if (!check.isObject(value) || typeof value['open'] !== 'function')
    check.refuseValue(name, 'a protocol, as readProtocol gives it', value);
};

/** Checks that `ProxyRun` and `ProxyOptions` share. */
const SHARED = {
  mediaTimeNs: check.optional(check.callback),
  server: check.peer,
  allowUnverified: check.optional(check.flag),
  answers: check.optional(check.oneOf(...ANSWERS)),
  onRefused: check.optional(check.oneOf(...ON_REFUSED)),
  tap: check.optional(check.method('what sees every datagram', 'note')),
  traffic: check.optional(check.method('what notes entries and exits', 'open')),
  waits: check.optional(check.having({})),
  timeline: check.optional(check.method('a timeline, as readJournal gives it', 'epochsOf')),
  observe: check.optional(check.callback),
};

const RUN_CHECKS: Checks<ProxyRun> = {
  ...SHARED,
  protocol: check.optional(protocol),
  impairment: check.optional(wholeImpairment),
  host: check.optional(check.address),
  ports: check.optional(check.listOf(1, 'ports', check.port)),
  maxFlows: check.optional(check.whole(1)),
  idleNs: check.optional(check.waitNs),
  newFlowAfterNs: check.optional(check.positiveTimeNs),
  keepFates: check.optional(check.flag),
  keepsAlive: check.optional(check.flag),
  fatesDir: check.optional(check.nullable(check.path)),
  capturePath: check.optional(check.nullable(check.path)),
  journalPath: check.optional(check.nullable(check.path)),
  changesPath: check.optional(check.nullable(check.path)),
  journalBytes: check.optional(check.whole(1)),
  journalled: check.optional(check.callback),
  ...NETWORK_CHECKS,
  sweepNs: check.optional(check.positiveTimeNs),
  log: check.optional(check.log),
  notice: check.optional(check.callback),
  follow: check.optional(check.shape({ everyNs: check.positiveTimeNs, resolve: check.callback })),
  multicastInterface: check.optional(check.text),
  broadcast: check.optional(check.flag),
};

const OPTION_CHECKS: Checks<ProxyOptions> = {
  ...SHARED,
  protocol,
  impairment: wholeImpairment,
  capture: check.optional(check.method('a capture', 'way')),
  keepFates: check.optional(check.flag),
  listening: check.whole(1),
  openUpstream: check.callback,
  closeUpstream: check.optional(check.callback),
  movedPort: check.optional(check.callback),
  isSharedUpstream: check.optional(check.flag),
  closeListening: check.optional(check.callback),
  openListening: check.optional(check.callback),
  resolveEveryNs: check.optional(check.positiveTimeNs),
  resolveUpstream: check.optional(check.callback),
  localPeer: check.optional(check.callback),
  isLocal: check.optional(check.callback),
  random: check.optional(check.callback),
  maxFlows: check.optional(check.whole(1)),
  maxPorts: check.optional(check.whole(1)),
  idleNs: check.optional(check.waitNs),
  newFlowAfterNs: check.optional(check.positiveTimeNs),
  sweepNs: check.optional(check.positiveTimeNs),
  isVirtual: check.optional(check.flag),
  journal: check.optional(check.method('a journal', 'change')),
  forget: check.optional(check.callback),
};

/** @throws UsageError for invalid options */
export function checkProxyRun(run: ProxyRun): void {
  withImpairment(check.shape(RUN_CHECKS))(run, 'startProxy');
  checkNewFlows(run);
}

/** The options, unchanged. @throws UsageError for an invalid one */
export function checkProxyOptions(options: ProxyOptions): ProxyOptions {
  withImpairment(check.having(OPTION_CHECKS))(options, 'ProxyEndpoint');
  checkNewFlows(options);
  return options;
}

/** @throws UsageError if clients register, so that their silence begins nothing */
function checkNewFlows({
  newFlowAfterNs,
  protocol: { admission, text } = DEFAULT_PROTOCOL,
}: Partial<Pick<ProxyOptions, 'newFlowAfterNs' | 'protocol'>>): void {
  if (newFlowAfterNs === undefined || admission === 'source') return;
  throw new UsageError(
    'conflict',
    '--new-flow-after',
    `expected --protocol any, rtp or a field beside it, got ${text}, whose clients register for a new flow; leave it out`,
  );
}
