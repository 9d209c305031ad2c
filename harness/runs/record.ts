/**
 * Records a seeded match: at once, or off the wire of a real server, with the same bytes either way.
 *
 * Times in the file are media times, so it does not depend on when it was made. An incomplete recording is removed.
 */
import * as check from '../../src/base/arguments.ts';
import type { Checks } from '../../src/base/arguments.ts';
import { EnvironmentError, UsageError } from '../../src/base/errors.ts';
import { NO_PROGRESS, during } from '../../src/base/progress.ts';
import type { Progress } from '../../src/base/progress.ts';
import { NO_LOG } from '../../src/files/logFile.ts';
import { checkNewFile } from '../../src/files/outputs.ts';
import { DEFAULT_SQUADS } from '../../src/match/data/inventedSquads.ts';
import { squadsHash } from '../../src/match/squads.ts';
import { GENERATOR } from '../../src/base/random.ts';
import { startClient } from '../../src/service/startClient.ts';
import { MATCH_CHECKS, matchSource, readSquadsFile } from '../../src/service/matchStream.ts';
import type { MatchStreamOptions } from '../../src/service/matchStream.ts';
import { startServer } from '../../src/service/startServer.ts';
import { DatagramBatch } from '../../src/net/batch.ts';
import type { MatchSource } from '../../src/stream/matchSource.ts';
import { realNetwork } from '../../src/net/realNetwork.ts';
import { RECORDING_FORMAT, RECORDING_VERSION } from '../recording/format.ts';
import type { RecordingHeader } from '../recording/format.ts';
import { RecordingWriter } from '../recording/writer.ts';

/** The match's rules and phrases; goes up when the same seed gives other events. */
const MATCH_VERSION = 1;
const BATCH_DATAGRAMS = 256;
const BATCH_BYTES = 1 << 20;
const REAL_TMAX_NS = 100e6;

export interface RecordPlan extends MatchStreamOptions {
  readonly out: string;
  readonly clock: 'virtual' | 'real';
  /** Gives the recording up before its end; the promise then rejects with its reason, and no file is left. */
  readonly signal?: AbortSignal;
  /** Where it says how much is recorded. Default: nowhere. */
  readonly progress?: Progress;
}

const CHECKS: Checks<RecordPlan> = {
  ...MATCH_CHECKS,
  out: check.path,
  clock: check.oneOf('virtual', 'real'),
  signal: check.nullable(check.signal),
  progress: check.optional(check.progress),
};

/** @throws UsageError for what makes no sense, EnvironmentError when the machine will not do it */
export async function recordMatch(plan: RecordPlan): Promise<{ frames: number; sha256: string }> {
  check.shape(CHECKS)(plan, 'recordMatch');
  const source = matchSource(plan);
  if (source.total === Number.POSITIVE_INFINITY) {
    throw new UsageError(
      'value-range',
      '--matches',
      'expected 1 or more for a recording, got 0, which never ends; give --messages N instead',
    );
  }
  checkNewFile(plan.out, '--out', plan.squads);
  const writer = new RecordingWriter(plan.out, headerOf(plan));
  try {
    const look = () => ({ done: writer.frames, of: source.total, unit: 'datagrams', counts: {} });
    await during(plan.progress ?? NO_PROGRESS, 'recording', look, () =>
      plan.clock === 'virtual'
        ? recordAtOnce(source, writer, plan.signal)
        : recordOffTheWire(source, writer, plan.signal),
    );
    return await writer.finish();
  } catch (cause) {
    await writer.discard();
    throw cause;
  }
}

const headerOf = (plan: RecordPlan): RecordingHeader => ({
  format: RECORDING_FORMAT,
  version: RECORDING_VERSION,
  seed: plan.seed,
  generator: `match@${MATCH_VERSION}/${plan.language} ${GENERATOR}`,
  intervalNs: plan.interval,
  squadsHash: squadsHash(plan.squads === undefined ? DEFAULT_SQUADS : readSquadsFile(plan.squads)),
  datagramSizeBytes: plan.datagramSize ?? null,
  flows: 1,
  check: plan.check,
});

async function recordAtOnce(
  source: MatchSource,
  writer: RecordingWriter,
  signal: AbortSignal | undefined,
): Promise<void> {
  const batch = new DatagramBatch(BATCH_DATAGRAMS, BATCH_BYTES);
  for (let count = 1; count <= source.total;) {
    signal?.throwIfAborted();
    batch.clear();
    while (count <= source.total && source.append(batch, count, source.mediaTimeNs(count))) count += 1;
    await writer.appendBatch(batch);
  }
}

async function recordOffTheWire(
  source: MatchSource,
  writer: RecordingWriter,
  signal: AbortSignal | undefined,
): Promise<void> {
  const network = realNetwork('node');
  const server = await startServer({
    source,
    host: '127.0.0.1',
    port: 0,
    network,
    log: NO_LOG,
    logSends: false,
    pacing: 'hybrid',
    waitFor: 1,
  });
  let next = 1;
  let written: Promise<void> = Promise.resolve();
  const client = await startClient({
    server: server.local,
    network,
    log: NO_LOG,
    logReceipts: false,
    check: false,
    tmaxNs: REAL_TMAX_NS,
    observeDatagram: (count, batch, row) => {
      if (count !== next) return;
      next += 1;
      const wait = writer.append(source.mediaTimeNs(count), batch.payload(row));
      if (wait !== undefined) written = written.then(() => wait);
    },
  });
  signal?.addEventListener('abort', client.interrupt);
  if (signal?.aborted === true) client.interrupt();
  const report = await client.done;
  signal?.removeEventListener('abort', client.interrupt);
  server.stop();
  await server.done;
  await written;
  signal?.throwIfAborted();
  if (next !== source.total + 1) {
    throw new EnvironmentError(
      'datagrams-lost',
      `expected ${source.total} datagrams in order, got ${next - 1} before one was missing ` +
        `(${report.kernel.drops ?? 'unknown'} dropped by the kernel); use a longer --interval, or --clock virtual`,
    );
  }
}
