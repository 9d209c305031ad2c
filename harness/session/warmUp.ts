/**
 * Runs a short stream in this process, without results, before one that is measured, so that the engine has compiled the
 * code. Compiling takes milliseconds at a time, which would delay a paced stream.
 */
import { NO_LOG } from '../../src/files/logFile.ts';
import { startServer } from '../../src/service/startServer.ts';
import { BankSource } from '../../src/stream/bankSource.ts';
import type { TransportChoice } from '../../src/net/select.ts';
import { readImpairment } from '../impairment/impairment.ts';
import { runSession } from './session.ts';
import { within } from './startTask.ts';
import type { Task } from './tasks.ts';

const MESSAGES = 10_000;
const INTERVAL_NS = 10e3;
const LONE_MESSAGES = 3000;
const LONE_INTERVAL_NS = 50e3;
const DATAGRAM_BYTES = 1200;
/** It takes a tenth of a second, and more if the transport does not keep up. */
const STREAM_LIMIT_MS = 5000;

const THROUGH_A_PROXY = readImpairment({
  seed: 'warmUp',
  down: { drop: '5%', reorder: '5%', reorderDistance: '1..3' },
  holdMaxNs: 1e8,
});

/** @param role of this process: a server also warms up pacing alone, a proxy sends the stream through a proxy */
export async function warmUp(role: Task['role'], transport: TransportChoice): Promise<void> {
  await runSession({
    clients: 1,
    source: { kind: 'bank', messages: MESSAGES, intervalNs: INTERVAL_NS, datagramSizeBytes: DATAGRAM_BYTES },
    speed: 1,
    transport,
    impairment: role === 'proxy' ? THROUGH_A_PROXY : null,
    check: false,
    tmaxNs: 1e6,
    streamLimitMs: STREAM_LIMIT_MS,
  });
  if (role === 'server') await paceAlone(transport);
}

/** A server paces differently if a client runs in the same process, so it also warms up alone. */
async function paceAlone(transport: TransportChoice): Promise<void> {
  const server = await startServer({
    source: new BankSource('warmUp', LONE_MESSAGES, LONE_INTERVAL_NS, DATAGRAM_BYTES),
    host: '127.0.0.1',
    port: 0,
    log: NO_LOG,
    logSends: false,
    pacing: 'hybrid',
    transport,
    waitFor: 0,
  });
  await within(server.done, STREAM_LIMIT_MS, 'the warm-up').finally(() => server.stop());
}
