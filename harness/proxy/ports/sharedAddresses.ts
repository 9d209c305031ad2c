/**
 * Addresses that several machines have, or none: groups (multicast), broadcast addresses and wildcards, as a proxy's
 * upstream or where it listens.
 */
import { UsageError } from '../../../src/base/errors.ts';
import { formatHostPort } from '../../../src/base/quantities.ts';
import { isBroadcast, isGroup } from '../../../src/net/multicast.ts';
import { mayAnswerElsewhere } from './route.ts';
import type { RouteRules } from './route.ts';
import type { Peer } from '../../../src/net/batch.ts';
import { checkNoLoop } from './ownPorts.ts';
import type { IsLocal } from './ownPorts.ts';
import type { WholeProxyRun } from '../proxyRun.ts';

/** What an upstream's address means: a wildcard is this machine, as the kernel has it. */
export function meantAddress(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  return address === '::' ? '::1' : address;
}

/**
 * Whether the upstream is a group or a broadcast address, so that everybody there may answer.
 * @throws UsageError where the option for it is missing, or has no effect
 */
export function checkShared({
  server: { address },
  host,
  answers,
  follow,
  onRefused,
  multicastInterface,
  broadcast = false,
}: Pick<
  WholeProxyRun,
  'server' | 'host' | 'answers' | 'follow' | 'onRefused' | 'multicastInterface' | 'broadcast'
>): boolean {
  for (const [option, name] of [
    ['--upstream', address],
    ['--listen', host],
  ] as const) {
    if (isGroup(name) && multicastInterface === undefined)
      throw new UsageError(
        'missing',
        '--multicast',
        `expected the interface of the group ${name} (${option}), got none; say --multicast eth0 with the interface's name`,
      );
  }
  const isGroupUpstream = isGroup(address);
  if (multicastInterface !== undefined && !isGroupUpstream && !isGroup(host))
    throw new UsageError(
      'conflict',
      '--multicast',
      `expected a group as --upstream or --listen, got ${address} and ${host}; leave it out`,
    );
  if (!broadcast && isBroadcast(address))
    throw new UsageError(
      'missing',
      '--broadcast',
      `expected it beside ${address}, a broadcast address (--upstream), got none; add --broadcast`,
    );
  if (broadcast && (isGroupUpstream || address.includes(':')))
    throw new UsageError(
      'conflict',
      '--broadcast',
      `expected a broadcast address of IPv4 as --upstream, got ${address}; leave it out`,
    );
  const isShared = isGroupUpstream || broadcast;
  if (isShared && answers !== undefined)
    throw new UsageError(
      'conflict',
      '--answers',
      `expected an upstream that is one machine, got ${address}, where everybody may answer; leave it out`,
    );
  if (isShared && follow !== undefined)
    throw new UsageError(
      'conflict',
      '--resolve-every',
      `expected an upstream that is one machine, got ${address}; leave it out`,
    );
  if (isShared && onRefused === 'close')
    throw new UsageError(
      'conflict',
      '--on-refused',
      `expected an upstream that is one machine, got ${address}, which refuses nothing; leave it out`,
    );
  return isShared;
}

/**
 * Refuses to pass refusals on where the transport is not told of them.
 * @param rules whose answers are taken
 * @throws UsageError
 */
export function checkTold(
  { server, onRefused }: Pick<WholeProxyRun, 'server' | 'onRefused'>,
  rules: RouteRules,
  transport: string,
): void {
  if (onRefused !== 'close' || transport !== 'node' || !mayAnswerElsewhere(server, rules)) return;
  throw new UsageError(
    'conflict',
    '--on-refused',
    `expected count where answers may come from elsewhere than ${formatHostPort(server.address, server.port)}, got close: ` +
      'on node such an upstream cannot be heard to refuse; leave it out, or use --transport linux',
  );
}

/**
 * The address that another upstream for new flows means.
 * @param isShared whether everybody at the first one may answer
 * @throws UsageError for one of another kind, and for the proxy itself
 */
export function checkOther(
  run: WholeProxyRun,
  upstream: Peer,
  listening: readonly Peer[],
  isShared: boolean,
  isLocal: IsLocal,
): Peer {
  const meant = { address: meantAddress(upstream.address), port: upstream.port };
  if (checkShared({ ...run, server: meant }) !== isShared)
    throw new UsageError(
      'conflict',
      'setUpstream',
      `expected an upstream that is ${isShared ? 'a group or a broadcast address' : 'one machine'} as the first, got ${meant.address}`,
    );
  checkNoLoop(
    run.host,
    listening.map(({ port }) => port),
    meant,
    isLocal,
  );
  return meant;
}
