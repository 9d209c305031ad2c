/**
 * Picks the transport: batched system calls where this machine has them, node:dgram everywhere else.
 *
 * An edge module. The batched one, and the library it needs, are loaded only when they are wanted.
 */
import { EnvironmentError } from '../base/errors.ts';
import type { Decoded } from '../base/errors.ts';
import type { Clock } from './clock.ts';
import type { NativeSockets } from './linux/native.ts';
import { NodeTransport } from './nodeTransport.ts';
import type { Transport } from './transport.ts';

/** `auto` takes `linux` where it works and `node` elsewhere. */
export type TransportChoice = 'auto' | 'node' | 'linux';

/**
 * A transport without ports yet; its `notes` say which one it is, and why.
 * Throws an EnvironmentError when `linux` was asked for and does not work here.
 *
 * @param load gives the system calls; for tests
 */
export async function openTransport(
  choice: TransportChoice,
  clock: Clock,
  load?: () => Promise<Decoded<NativeSockets>>,
): Promise<Transport> {
  if (choice === 'node') return new NodeTransport(clock);
  const { loadNativeSockets } = await import('./linux/native.ts');
  const loaded = await (load ?? loadNativeSockets)();
  const obstacle = loaded.ok ? await obstacleOf(loaded.value, clock) : loaded.reason;
  if (loaded.ok && obstacle === null) {
    const { LinuxTransport } = await import('./linux/linuxTransport.ts');
    return new LinuxTransport(loaded.value, clock);
  }
  if (choice === 'auto') return new NodeTransport(clock, obstacle ?? '');
  throw new EnvironmentError(
    'transport-unavailable',
    `the linux transport does not work here: ${obstacle}; or choose the transport "node" or "auto"`,
  );
}

async function obstacleOf(native: NativeSockets, clock: Clock): Promise<string | null> {
  const { findObstacle } = await import('./linux/probe.ts');
  return await findObstacle(native, clock);
}
