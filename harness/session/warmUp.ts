/**
 * A short stream inside this process, whose figures nobody sees, before one that is measured: by then the engine has
 * compiled what both run. Compiling takes milliseconds at a time, and a paced stream would be that late.
 *
 * An edge module by way of the runner.
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
/** It needs a tenth of a second, and more on a transport that does not keep up. */
const STREAM_LIMIT_MS = 5000;

const THROUGH_A_PROXY = readImpairment({
  seed: 'warmUp',
  down: { drop: '5%', reorder: '5%', reorderDistance: '1..3' },
  holdMaxNs: 1e8,
});

/** @param role what this process will be: a server also paces alone, a proxy has the stream go through one */
export async function warmUp(role: Task['role'], transport: TransportChoice): Promise<void> {
  await runSession({
    mode: 'in-process',
    clients: 1,
    source: { kind: 'bank', messages: MESSAGES, intervalNs: INTERVAL_NS, datagramSizeBytes: DATAGRAM_BYTES },
    speed: 1,
    pacing: 'hybrid',
    transport,
    impairment: role === 'proxy' ? THROUGH_A_PROXY : null,
    check: false,
    tmaxNs: 1e6,
    verify: null,
    arrivalsPath: null,
    logsDir: null,
    debugLog: false,
    measureStalls: false,
    streamLimitMs: STREAM_LIMIT_MS,
  });
  if (role === 'server') await paceAlone(transport);
}

/** Beside a client of the same process a server does not wait as it does alone. */
async function paceAlone(transport: TransportChoice): Promise<void> {
  const server = await startServer({
    source: new BankSource('warmUp', LONE_MESSAGES, LONE_INTERVAL_NS, DATAGRAM_BYTES),
    host: '127.0.0.1',
    port: 0,
    log: NO_LOG,
    logSends: false,
    pacing: 'hybrid',
    transport,
    machine: { waitFor: 0 },
  });
  await within(server.done, STREAM_LIMIT_MS, 'the warmUp').finally(() => server.stop());
}
