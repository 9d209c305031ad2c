/**
 * Writes and checks recordings of datagrams of one size, and has openssl hash the same files: what a disk's pace is worth.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { verifyRecording } from '../../harness/recording/reader.ts';
import { RECORDING_FORMAT, RECORDING_VERSION } from '../../harness/recording/format.ts';
import type { RecordingHeader } from '../../harness/recording/format.ts';
import { RecordingWriter } from '../../harness/recording/writer.ts';
import { randomStream } from '../../src/base/random.ts';
import { EnvironmentError } from '../../src/base/errors.ts';
import { DatagramBatch } from '../../src/net/batch.ts';
import { BankSource } from '../../src/stream/bankSource.ts';

/** `text`: our own stream, padded; `bytes`: random ones, as base64 in our own format. */
export type Content = 'text' | 'bytes';

export interface FileFigures {
  readonly datagrams: number;
  readonly fileBytes: number;
  readonly writeNs: number;
  readonly checkNs: number;
  readonly opensslNs: number;
}

const BATCH_DATAGRAMS = 64;
const INTERVAL_NS = 10_000;
/** Smallest size of the bank's datagrams. */
const MIN_TEXT_BYTES = 800;

const headerOf = (datagramSizeBytes: number): RecordingHeader => ({
  format: RECORDING_FORMAT,
  version: RECORDING_VERSION,
  seed: 'bank',
  generator: null,
  intervalNs: INTERVAL_NS,
  squadsHash: null,
  datagramSizeBytes,
  flows: 1,
});

/** Some datagrams, to be written again and again. */
function contentOf(content: Content, sizeBytes: number): DatagramBatch {
  const batch = new DatagramBatch(BATCH_DATAGRAMS, BATCH_DATAGRAMS * sizeBytes);
  if (content === 'text' && sizeBytes >= MIN_TEXT_BYTES) {
    const source = new BankSource('bank', BATCH_DATAGRAMS, INTERVAL_NS, sizeBytes);
    for (let count = 1; count <= BATCH_DATAGRAMS; count += 1) source.append(batch, count, 0);
    return batch;
  }
  const random = randomStream('bench/recording');
  for (let k = 0; k < BATCH_DATAGRAMS; k += 1) {
    const text = `{"sensor":${k},"unit":"°C","values":[`.padEnd(sizeBytes - 3, `${21.5 + k / 10},`);
    const payload =
      content === 'text'
        ? Buffer.from(text).subarray(0, sizeBytes)
        : Buffer.from(Array.from({ length: sizeBytes }, () => Math.floor(random.draw() * 256)));
    batch.append(payload, 0, payload.length, 0);
  }
  return batch;
}

/** Writes a stream that can be replayed. */
export async function writeStream(path: string, sizeBytes: number, datagrams: number): Promise<void> {
  const source = new BankSource('bank', datagrams, INTERVAL_NS, sizeBytes);
  const batch = new DatagramBatch(BATCH_DATAGRAMS, BATCH_DATAGRAMS * sizeBytes);
  const writer = new RecordingWriter(path, headerOf(sizeBytes));
  for (let count = 1; count <= datagrams; batch.clear()) {
    while (count <= datagrams && source.append(batch, count, source.mediaTimeNs(count))) count += 1;
    await writer.appendBatch(batch);
  }
  await writer.finish();
}

const nowNs = (): number => performance.now() * 1e6;

/** @param name the file's, which says the format */
export async function measureFile(
  folder: string,
  name: string,
  content: Content,
  sizeBytes: number,
  datagrams: number,
): Promise<FileFigures> {
  const path = join(folder, name);
  const batch = contentOf(content, sizeBytes);
  const beganNs = nowNs();
  const writer = new RecordingWriter(path, headerOf(sizeBytes));
  for (let written = 0; written < datagrams; written += batch.count) {
    for (let row = 0; row < batch.count; row += 1) batch.timesNs[row] = (written + row) * INTERVAL_NS;
    await writer.appendBatch(batch, 0, Math.min(batch.count, datagrams - written));
  }
  const { sha256 } = await writer.finish();
  const writtenNs = nowNs();
  const summary = await verifyRecording(path);
  const checkedNs = nowNs();
  const { status } = spawnSync('openssl', ['dgst', '-sha256', path], { stdio: 'ignore' });
  const hashedNs = nowNs();
  if (status !== 0)
    throw new EnvironmentError('bench-failed', 'openssl dgst -sha256 failed; install openssl');
  if (summary.frames !== datagrams || (summary.format === 'jsonl' && summary.sha256 !== sha256))
    throw new EnvironmentError('bench-failed', `${path}: what was read is not what was written`);
  return {
    datagrams,
    fileBytes: summary.sizeBytes,
    writeNs: writtenNs - beganNs,
    checkNs: checkedNs - writtenNs,
    opensslNs: hashedNs - checkedNs,
  };
}
