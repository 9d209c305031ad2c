import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  ArrivalsPart,
  joinArrivals,
  openDirect,
  openQueued,
  ownArrivals,
  removeArrivalsParts,
} from '../../../harness/session/arrivalsFile.ts';
import { EnvironmentError } from '../../../src/base/errors.ts';
import { QueuedFile } from '../../../src/files/queuedFile.ts';
import type { Write } from '../../../src/files/queuedFile.ts';
import { DatagramBatch } from '../../../src/net/batch.ts';

const folder = mkdtempSync(join(tmpdir(), 'matchstream-arrivals-'));
const test = suite('an arrivals file');
test.after(() => rmSync(folder, { recursive: true, force: true }));

const path = join(folder, 'arrivals.csv');
const batch = new DatagramBatch(1, 16);
batch.append(new Uint8Array(3), 0, 3, 7);

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (cause: unknown) => cause,
  );

for (const how of ['direct', 'queued'] as const) {
  test(`${how}: the parts are joined by client, and gone`, async () => {
    const parts = [1, 2].map(
      (client) => new ArrivalsPart(ownArrivals(path), client, how === 'direct' ? openDirect : openQueued),
    );
    for (const count of [1, 2, 3]) for (const part of parts.toReversed()) part.add(count, batch, 0);
    for (const part of parts) await part.close();
    await joinArrivals(path, 2);
    const [, ...lines] = readFileSync(path, 'utf8').trimEnd().split('\n');
    assert.equal(
      lines.map((line) => line.split(',').filter((_cell, column) => column === 0 || column === 2)),
      [1, 2].flatMap((client) => [1, 2, 3].map((count) => [`${client}`, `${count}`])),
    );
    assert.equal(readdirSync(folder), ['arrivals.csv']);
    rmSync(path);
  });
}

test('a disk that cannot keep up costs the file, never the arrivals, and is told with the number that did not fit', async () => {
  const pending: (() => void)[] = [];
  const write: Write = (_descriptor, bytes, done) => void pending.push(() => done(null, bytes.length));
  const part = new ArrivalsPart(
    ownArrivals(path),
    1,
    (file, name) => new QueuedFile(file, name, { write, maxWaitingBytes: 100_000 }),
  );
  // Twelve bytes and more a row, so the second block of 65,536 does not fit.
  for (let count = 1; count <= 20_000; count += 1) part.add(count, batch, 0);
  const closing = failureOf(part.close());
  for (let answer = pending.shift(); answer !== undefined; answer = pending.shift()) answer();
  const failure = await closing;
  assert.instance(failure, EnvironmentError);
  const [, missing] =
    /arrivals\.csv: the disk is too slow for the arrivals at client 1, (\d+) of them did not fit/.exec(
      (failure as Error).message,
    ) ?? [];
  assert.ok(Number(missing) > 10_000 && Number(missing) < 20_000, `${missing}`);
  removeArrivalsParts(path, 1);
  assert.equal(readdirSync(folder), []);
});

test('a part that is not there is an environment error, and no file is left', async () => {
  const failure = await failureOf(joinArrivals(path, 1));
  assert.instance(failure, EnvironmentError);
  assert.match((failure as Error).message, /arrivals\.csv: no such file or folder/);
  assert.is(existsSync(path), false);
});

test.run();
