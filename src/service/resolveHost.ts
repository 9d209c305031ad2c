/**
 * Resolves host names with the system's resolver.
 */
import { lookup } from 'node:dns/promises';
import { UsageError } from '../base/errors.ts';
import { canonicalAddress } from '../net/transport.ts';

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
