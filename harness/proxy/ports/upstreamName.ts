/**
 * The name of an upstream, looked up again by a function that is given. It waits no longer than ten seconds.
 */
import type { Peer } from '../../../src/net/batch.ts';
import { startTimer } from '../../../src/net/timer.ts';
import { checkNoLoop } from './ownPorts.ts';
import type { IsLocal } from './ownPorts.ts';
import { meantAddress } from './sharedAddresses.ts';

/** Resolvers ask several servers, several times each. */
const LIMIT_MS = 10_000;

/** A name that is looked up again. */
export interface UpstreamName {
  readonly everyNs: number;
  /** Its numeric addresses; while the one in use is among them, it is kept. */
  readonly resolve: () => Promise<readonly string[]>;
}

/**
 * The address of a name. Rejects where there is none that can be used.
 * @param inUse the address until now
 * @param listening where the proxy itself listens
 * @param over when nobody wants to know any more: then it never settles
 */
export async function lookUp(
  { resolve }: UpstreamName,
  inUse: Peer,
  listening: readonly Peer[],
  isLocal: IsLocal,
  over: AbortSignal,
): Promise<string> {
  const found = (await inTime(resolve(), over)).map(meantAddress);
  // A name with several addresses gives them in any order.
  const address = found.includes(inUse.address) ? inUse.address : found[0];
  if (address === undefined) throw new Error('it has no address');
  for (const local of listening) checkNoLoop(local.address, [local.port], { ...inUse, address }, isLocal);
  return address;
}

const inTime = <T>(looking: Promise<T>, over: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const callOff = startTimer(() => reject(new Error(`no answer in ${LIMIT_MS / 1e3} s`)), LIMIT_MS);
    over.addEventListener('abort', callOff);
    void looking.then(resolve, reject).finally(() => {
      callOff();
      over.removeEventListener('abort', callOff);
    });
  });
