/**
 * Free ports on loopback for programs that cannot pick one themselves, and the wait until they are listening.
 *
 * It opens a listening socket briefly, and reads the kernel's tables of sockets.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { EnvironmentError } from '../../src/base/errors.ts';
import type { Child } from './peerProcess.ts';

export type PortKind = 'tcp' | 'udp';

const TRIES = 20;
const LISTEN_LIMIT_MS = 5000;
const LOOK_MS = 10;
const TCP_LISTENING = '0A';

/** Whether a UDP socket has the port, or a TCP socket listens on it. */
function isTaken(kind: PortKind, port: number): boolean {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return [`/proc/net/${kind}`, `/proc/net/${kind}6`].some((path) =>
    linesOf(path).some((line) => {
      const [, local = '', , state] = line.trim().split(/\s+/);
      return local.endsWith(suffix) && (kind === 'udp' || state === TCP_LISTENING);
    }),
  );
}

/** Without IPv6 its table is missing. */
function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').slice(1);
  } catch {
    return [];
  }
}

/** A port that is free for TCP and UDP. */
export async function freePort(): Promise<number> {
  for (let k = 0; k < TRIES; k += 1) {
    const server = createServer();
    const port = await new Promise<number>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    });
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
    if (!isTaken('udp', port)) return port;
  }
  throw new EnvironmentError('bench-failed', 'there is no free port on 127.0.0.1; end some programs');
}

/** Waits until the program listens on its port. Throws EnvironmentError when it ends before, or takes too long. */
export async function untilListening(
  child: Child,
  kind: PortKind,
  port: number,
  limitMs = LISTEN_LIMIT_MS,
): Promise<void> {
  const tries = limitMs / LOOK_MS;
  for (let k = 0; k < tries && !child.over; k += 1) {
    if (isTaken(kind, port)) return;
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_MS);
    });
  }
  if (child.over) await child.done();
  await child.stop();
  throw new EnvironmentError('bench-failed', `nothing listens on ${kind} port ${port} after ${limitMs} ms`);
}
