import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UsageError } from '../../src/base/errors.ts';
import { DEFAULT_SQUADS } from '../../src/match/data/inventedSquads.ts';
import { StreamMetrics } from '../../src/metrics/streamMetrics.ts';
import { resolveHost } from '../../src/service/resolveHost.ts';
import { LatenessRecorder } from '../../src/service/lateness.ts';
import { drawSeed, matchSource, readSquadsFile } from '../../src/service/matchStream.ts';
import { clientReport, delaysSince, serverReport } from '../../src/service/reports.ts';
import { UsageMeter } from '../../src/service/usageMeter.ts';
import { DatagramBatch } from '../../src/net/batch.ts';
import { MS, SECOND, Stage } from '../stream/stage.ts';
import { refusalIn } from '../refusals.ts';

const lateness = suite('lateness');

lateness('is null when nothing was sent', () => {
  assert.equal(new LatenessRecorder().summary(), { p50Us: null, p99Us: null, maxUs: null });
});

lateness('is told in microseconds, by nearest rank', () => {
  const recorder = new LatenessRecorder();
  for (let k = 1; k <= 200; k += 1) recorder.record(k * 1000);
  assert.equal(recorder.summary(), { p50Us: 100, p99Us: 198, maxUs: 200 });
});

lateness.run();

const folder = mkdtempSync(join(tmpdir(), 'matchstream-service-'));
const options = suite('the match of a command');
options.after(() => rmSync(folder, { recursive: true, force: true }));

const OPTIONS = { seed: 'cup', interval: 5 * MS, language: 'en', check: false } as const;
const firstOf = (more: object): Uint8Array => {
  const batch = new DatagramBatch(1, 65_536);
  matchSource({ ...OPTIONS, ...more }).append(batch, 1, 0);
  return Uint8Array.from(batch.payload(0));
};

options('has the interval, length, size and check that were asked for', () => {
  const source = matchSource({ ...OPTIONS, messages: 7 });
  assert.equal([source.intervalNs, source.total], [5 * MS, 7]);
  assert.is(matchSource({ ...OPTIONS, matches: 0 }).total, Number.POSITIVE_INFINITY);
  assert.is(firstOf({ datagramSize: 1400 }).length, 1400);
  assert.match(Buffer.from(firstOf({ check: true })).toString(), '"check":"');
  assert.not.match(Buffer.from(firstOf({})).toString(), '"check":"');
});

options('speaks the language that was asked for', () => {
  assert.not.equal(firstOf({ language: 'pt' }), firstOf({ language: 'en' }));
});

options('is played by the squads of a file', () => {
  const path = join(folder, 'squads.json');
  const [a, b] = DEFAULT_SQUADS.teams;
  const teams = [{ ...a, name: 'Os Testes' }, b];
  writeFileSync(path, JSON.stringify({ ...DEFAULT_SQUADS, teams }));
  assert.is(readSquadsFile(path).teams[0].name, 'Os Testes');
  assert.match(Buffer.from(firstOf({ squads: path })).toString(), 'Os Testes 0 - 0');
});

options('a squads file that is not there, or is none, is a usage error that names it', () => {
  const missing = join(folder, 'missing.json');
  const broken = join(folder, 'broken.json');
  writeFileSync(broken, '{"teams":');
  for (const path of [missing, broken]) {
    assert.throws(
      () => readSquadsFile(path),
      ({ subject }: UsageError) => subject === `--squads ${path}`,
    );
  }
});

options('a drawn seed is short, and another one every time', () => {
  const seeds = Array.from({ length: 20 }, drawSeed);
  assert.ok(seeds.every((seed) => /^[0-9a-f]{8}$/.test(seed)));
  assert.ok(new Set(seeds).size > 15);
});

options.run();

const hosts = suite('the host of a server');

hosts('is resolved to a number in the spelling of sockets', async () => {
  assert.is(await resolveHost('127.0.0.1', '--server'), '127.0.0.1');
  assert.is(await resolveHost('localhost', '--server'), '127.0.0.1');
  assert.is(await resolveHost('0:0:0:0:0:0:0:1', '--server'), '::1');
});

hosts('that cannot be found is a usage error that names the option', async () => {
  const cause = await resolveHost('no such host', '--upstream').then(
    () => null,
    (error: unknown) => error,
  );
  assert.is(refusalIn(cause), 'host-unknown | --upstream');
});

hosts.run();

const usage = suite('what a process spends');

usage('is null until both ends of the span are known', () => {
  const meter = new UsageMeter();
  meter.end(5);
  assert.is(meter.usage, null);
  meter.begin(1 * SECOND);
  assert.is(meter.usage, null);
  meter.end(3.5 * SECOND);
  assert.is(meter.usage?.wallSeconds, 2.5);
  assert.ok((meter.usage?.cpuSeconds as number) >= 0);
});

usage.run();

const reports = suite('the reports of a run');

reports('say of every client what the server knows, and of the client what it measured', () => {
  const stage = new Stage({ server: { waitFor: 2 } });
  const first = stage.watch({ wishedId: 9 });
  stage.watch();
  assert.ok(stage.network.run(5 * SECOND));
  const about = { kernel: { drops: 0, coalesced: false }, network: { transport: 'simulated', notes: ['n'] } };
  const served = serverReport(stage.server, 123, { p50Us: 1, p99Us: 2, maxUs: 3 }, about);
  const total = stage.server.lastCount;
  assert.equal(served, {
    startNs: 0,
    lastSendNs: 123,
    lastCount: total,
    clients: [
      {
        id: 9,
        peer: first.peer,
        original: false,
        nextCount: 1,
        sent: total,
        refused: 0,
        endCount: total,
        leftBecause: 'unregistered',
      },
      {
        id: 1,
        peer: stage.watchers[1]?.peer,
        original: false,
        nextCount: 1,
        sent: total,
        refused: 0,
        endCount: total,
        leftBecause: 'unregistered',
      },
    ],
    counters: { malformed: 0, refusedRequests: 0 },
    lateness: { p50Us: 1, p99Us: 2, maxUs: 3 },
    skippedIntervals: 0,
    ...about,
  });
  const report = clientReport(first.machine, first.machine.recorder as StreamMetrics, {
    ...about,
    local: first.peer,
    tmaxNs: SECOND,
    check: false,
  });
  assert.equal(report, {
    client: 9,
    reason: 'end of stream',
    refusal: null,
    nextCount: 1,
    lastCount: total,
    statistics: first.statistics(),
    reorderDensity: [[0, total]],
    lastArrivalNs: 510e6, // 52 datagrams, 10 ms apart
    foreign: 0,
    ...about,
    local: first.peer,
    tmaxNs: SECOND,
  });
});

reports('a server that streamed nothing has no times', () => {
  const stage = new Stage({ server: { waitFor: 1 } });
  const about = { kernel: { drops: null, coalesced: false }, network: { transport: 'simulated', notes: [] } };
  const report = serverReport(stage.server, Number.NaN, { p50Us: null, p99Us: null, maxUs: null }, about);
  assert.equal([report.startNs, report.lastSendNs, report.lastCount], [null, null, 0]);
});

reports('delays are counted from the start of the stream, and not at all where that is unknown', () => {
  const metrics = new StreamMetrics({ firstCount: 1 });
  metrics.handleArrival(1, 7 * MS, 0, 10);
  metrics.handleArrival(2, 20 * MS, 10 * MS, 10);
  metrics.finish(2);
  const statistics = metrics.statistics();
  assert.is(statistics.delay_max_us, 10_000);
  const since = delaysSince(statistics, 6 * MS);
  assert.equal([since.delay_p50_us, since.delay_max_us, since.pdv_max_us], [1000, 4000, 3000]);
  const unknown = delaysSince(statistics, null);
  assert.equal([unknown.delay_p50_us, unknown.delay_max_us, unknown.pdv_max_us], [null, null, 3000]);
});

reports.run();
