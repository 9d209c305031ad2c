/**
 * Picks the transport: batched system calls where this machine has them, node:dgram everywhere else.
 *
 * The batched transport and its library are loaded only on demand, and tested once a process: a thousand that open together share
 * the test.
 */
import { EnvironmentError, refused } from '../base/errors.ts';
import type { Decoded } from '../base/errors.ts';
import type { Clock } from './clock.ts';
import type { NativeSockets } from './linux/native.ts';
import { NodeTransport } from './nodeTransport.ts';
import type { Transport } from './transport.ts';

/** `auto` takes `linux` where it works and `node` elsewhere. */
export type TransportChoice = 'auto' | 'node' | 'linux';

/**
 * Opens a transport without ports; its `notes` say which one it is, and why. Throws an EnvironmentError when `linux`
 * was chosen and does not work here.
 *
 * @param load loads the system calls; for tests
 */
export async function openTransport(
  choice: TransportChoice,
  clock: Clock,
  load?: () => Promise<Decoded<NativeSockets>>,
): Promise<Transport> {
  if (choice === 'node') return new NodeTransport(clock);
  const loaded = await (load === undefined ? loadOnce(clock) : tried(load, clock));
  if (loaded.ok) {
    const { LinuxTransport } = await import('./linux/linuxTransport.ts');
    return new LinuxTransport(loaded.value, clock);
  }
  const obstacle = loaded.reason;
  if (choice === 'auto') return new NodeTransport(clock, obstacle);
  throw new EnvironmentError(
    'transport-unavailable',
    `the linux transport does not work here: ${obstacle}; or choose the transport "node" or "auto"`,
  );
}

let loading: Promise<Decoded<NativeSockets>> | null = null;

/** What failed may work the next time, such as when descriptors have become free. */
async function loadOnce(clock: Clock): Promise<Decoded<NativeSockets>> {
  const mine = (loading ??= loadGuarded(clock));
  const isSound = await mine.then(
    ({ ok }) => ok,
    () => false,
  );
  if (!isSound && loading === mine) loading = null;
  return mine;
}

/** Loads and tests the system calls, unless loading them crashed an earlier process. */
async function loadGuarded(clock: Clock): Promise<Decoded<NativeSockets>> {
  const { raiseGuard } = await import('./linux/loadGuard.ts');
  const { loadNativeSockets } = await import('./linux/native.ts');
  const guard = raiseGuard();
  if (guard.obstacle !== null) return refused(guard.obstacle);
  try {
    return await tried(loadNativeSockets, clock);
  } finally {
    guard.lower();
  }
}

async function tried(
  load: () => Promise<Decoded<NativeSockets>>,
  clock: Clock,
): Promise<Decoded<NativeSockets>> {
  const loaded = await load();
  if (!loaded.ok) return loaded;
  const { findObstacle } = await import('./linux/probe.ts');
  const obstacle = await findObstacle(loaded.value, clock);
  return obstacle === null ? loaded : refused(obstacle);
}
