/**
 * Resolves host names with the system's resolver.
 */
import { lookup } from 'node:dns/promises';
import { UsageError } from '../base/errors.ts';
import { canonicalAddress } from '../net/transport.ts';

/** All addresses of a host now, in the canonical form of sockets. Rejects where there are none. */
export async function resolveAll(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true, family: host === 'localhost' ? 4 : 0 });
  return found.map(({ address }) => canonicalAddress(address));
}

/** A host's numeric address in the canonical form of sockets. Throws UsageError when there is none. */
export async function resolveHost(host: string, option: string): Promise<string> {
  const refusal = (remedy: string, cause?: unknown): UsageError =>
    new UsageError('host-unknown', option, `expected a host that can be found, got "${host}"; ${remedy}`, {
      cause,
    });
  const [, alone, port] = /^([^:]+):(\d{1,5})$/.exec(host) ?? [];
  if (port !== undefined) throw refusal(`say ${option} ${alone} --port ${port}`);
  try {
    const { address } = await lookup(host, { family: host === 'localhost' ? 4 : 0 });
    return canonicalAddress(address);
  } catch (cause) {
    throw refusal('check the name', cause);
  }
}
