/**
 * Our own paced stream with the recorder between server and client.
 *
 * The client registers and learns the end through the recorder; the stream itself ends there.
 */
import { startTask, within } from '../../harness/session/startTask.ts';
import type { Running, Task } from '../../harness/session/tasks.ts';
import type { Peer } from '../../src/net/batch.ts';
import { monotonicUs } from '../../src/net/clock.ts';
import type { TransportName } from '../resolveTransport.ts';
import type { PacedStream, Recorder, StartRecorder } from './pacing.ts';
import { DATAGRAM_BYTES } from './sample.ts';

const HOST = '127.0.0.1';
const REGISTER_TIMEOUT_NS = 20e9;
const TMAX_NS = 50e6;
const MARGIN_MS = 30_000;
const STOP_LIMIT_MS = 10_000;

/** @returns pairs of number and arrival time, in order of arrival */
export async function ownPacedStream(
  transport: TransportName,
  stream: PacedStream,
  record: StartRecorder,
): Promise<Float64Array> {
  const common = {
    epochUs: monotonicUs(),
    logPath: null,
    measureStalls: false,
    warmUp: true,
    transport,
  };
  const running: Pick<Running<Task['role']>, 'done' | 'stop' | 'kill'>[] = [];
  let recorder: Recorder | null = null;
  try {
    const server = await startTask<'server'>('processes', {
      ...common,
      role: 'server',
      source: {
        kind: 'bank',
        messages: stream.datagrams,
        intervalNs: stream.intervalNs,
        datagramSizeBytes: DATAGRAM_BYTES,
      },
      run: { host: HOST, port: 0, logSends: false, pacing: 'hybrid' },
    });
    running.push(server);
    recorder = await record('matchstream', 0, (server.local[0] as Peer).port, stream);
    const client = await startTask<'client'>('processes', {
      ...common,
      role: 'client',
      run: {
        server: { address: HOST, port: recorder.port },
        wishedId: 1,
        tmaxNs: TMAX_NS,
        registerTimeoutNs: REGISTER_TIMEOUT_NS,
        check: false,
        logReceipts: false,
      },
      verify: null,
      arrivals: null,
      statsPath: null,
    });
    running.push(client);
    await within(client.done, stream.durationS * 1e3 + MARGIN_MS, 'the client');
    await within(server.done, STOP_LIMIT_MS, 'the server');
    return await recorder.finish();
  } catch (cause) {
    for (const task of running) task.kill();
    throw cause;
  } finally {
    await recorder?.stop();
  }
}
