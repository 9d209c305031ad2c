/**
 * Tests whether batched I/O works here: sends segments over loopback and checks the arrivals.
 *
 * Kernels without segmentation may ignore the request and send one long datagram, and sandboxes may accept an option
 * without effect, so only a test shows it.
 */
import { DatagramBatch } from '../batch.ts';
import type { Clock } from '../clock.ts';
import type { NativeSockets } from './native.ts';
import { LinuxTransport } from './linuxTransport.ts';

const LENGTHS = [100, 100, 60];
const LIMIT_MS = 1000;

/** Null when everything works, else the reason. */
export async function findObstacle(native: NativeSockets, clock: Clock): Promise<string | null> {
  const transport = new LinuxTransport(native, clock);
  try {
    const from = await transport.open({ host: '127.0.0.1', port: 0 });
    const to = await transport.open({ host: '127.0.0.1', port: 0 });
    const got = await exchange(transport, from, to);
    const wanted = LENGTHS.join(', ');
    if (got !== wanted)
      return `datagrams of ${wanted} bytes over loopback came as ${got === '' ? 'nothing' : got}`;
    const [refusal] = transport.refusals();
    return refusal ?? null;
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  } finally {
    await transport.close();
  }
}

/** Returns the lengths of the arrivals. */
async function exchange(transport: LinuxTransport, from: number, to: number): Promise<string> {
  const batch = new DatagramBatch(LENGTHS.length, 1024);
  for (const lengthBytes of LENGTHS) batch.append(new Uint8Array(lengthBytes), 0, lengthBytes, 0);
  const lengths: number[] = [];
  let timer: NodeJS.Timeout | undefined;
  const arrived = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, LIMIT_MS);
    transport.onBatch = (_port, received) => {
      lengths.push(...received.lengths.subarray(0, received.count));
      if (lengths.length >= LENGTHS.length) resolve();
    };
  });
  transport.send(from, transport.localPeer(to), batch, 0, batch.count);
  await arrived;
  clearTimeout(timer);
  return lengths.join(', ');
}
