/**
 * Compares our stream with its peers: every round runs all contenders of a workload one after the other, so that other
 * load on the machine affects all of them alike.
 *
 * A peer that is missing or fails is reported and left out; the run continues.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { writeCsv } from '../../harness/report/csv.ts';
import { readEnvironment, writeEnvironment } from '../../harness/report/environment.ts';
import { defaultRunFolder, makeRunFolder } from '../../harness/report/runFolder.ts';
import { linesOf } from '../../src/base/escape.ts';
import { EnvironmentError } from '../../src/base/errors.ts';
import { chooseTransport, transportLines } from '../resolveTransport.ts';
import { compileTools } from './compile.ts';
import { findPrograms } from './programs.ts';
import type { Contender, Sample, Workload } from './sample.ts';
import { latencyLines, ownLines, peerRows, peerTable, ratioLines } from './summary.ts';
import type { Measured, MeasuredWorkload } from './summary.ts';
import { workloadsOf } from './workloads.ts';
import type { Bench, WorkloadName } from './workloads.ts';

export interface PeersRun {
  readonly workloads: readonly WorkloadName[];
  readonly runs: number;
  readonly durationS: number;
  readonly halvings: number;
  readonly report?: string;
  readonly print: (text: string) => void;
}

/** The seed of the message bank and of the proxy's schedule. */
const SEED = 'bank';

/** Returns the exit code: 1 when datagrams of ours are unexplained. */
export async function runPeers(run: PeersRun): Promise<0 | 1> {
  const { print } = run;
  if (process.platform !== 'linux')
    throw new EnvironmentError('bench-failed', `the peers run on Linux, and this is ${process.platform}`);
  const programs = await findPrograms();
  for (const line of programs.missing) print(line);
  if (programs.packages.length > 0)
    print(`to install what is missing (Debian): apt-get install -y ${programs.packages.join(' ')}`);
  const folder = makeRunFolder(run.report ?? defaultRunFolder('peers', new Date()), '--report');
  const transport = await chooseTransport('auto');
  for (const line of transportLines(transport)) print(line);
  // Read before the run: afterwards the load average would include our own load.
  const environment = await readEnvironment({
    commandLine: process.argv,
    seed: SEED,
    network: transport.notes,
  });
  print(`load average before: ${environment.loadAverage.join(' ')}`);
  const tempDir = mkdtempSync(join(tmpdir(), 'matchstream-peers-'));
  const measured: MeasuredWorkload[] = [];
  let isSound = true;
  try {
    const { cc } = programs.found;
    const bench: Bench = {
      durationS: run.durationS,
      halvings: run.halvings,
      programs,
      transport: transport.name,
      tools: cc === undefined ? null : await compileTools(cc, tempDir),
      tempDir,
    };
    for (const name of run.workloads) {
      for (const workload of workloadsOf(name, bench)) {
        if (typeof workload === 'string') {
          print(`left out: ${workload}`);
          continue;
        }
        const one = await measureWorkload(workload, run);
        measured.push(one);
        isSound &&= one.ours.samples.every((sample) => sample?.faults.length === 0);
      }
    }
  } finally {
    rmSync(tempDir, { recursive: true, force: true });
  }
  const parts = measured.map((workload) => ({
    identity: {
      run: basename(folder),
      scenario: 'peers',
      seed: SEED,
      clock: 'real',
      mode: 'processes',
      transport: workload.transport,
    },
    rows: peerRows(workload),
  }));
  writeCsv(join(folder, 'peers.csv'), 'peers', parts);
  writeEnvironment(join(folder, 'environment.json'), environment);
  for (const line of ['', ...linesOf(peerTable(parts.flatMap(({ rows }) => rows))), '']) print(line);
  for (const workload of measured)
    for (const line of [...ownLines(workload), ...latencyLines(workload), ...ratioLines(workload)])
      print(line);
  print(
    `load average after: ${loadavg()
      .map((load) => load.toFixed(2))
      .join(' ')}`,
  );
  print(`report: ${folder}`);
  return isSound ? 0 : 1;
}

async function measureWorkload(workload: Workload, run: PeersRun): Promise<MeasuredWorkload> {
  const { ours, peers, reference } = workload;
  const contenders = [...(reference === undefined ? [] : [reference]), ours, ...peers];
  const samples = new Map(contenders.map((contender): [Contender, (Sample | null)[]] => [contender, []]));
  for (let round = 1; round <= run.runs; round += 1) {
    let first: Sample | null = null;
    for (const contender of contenders) {
      const sample = await attempt(contender, first, contender === ours, run.print);
      if (contender === reference) first = sample;
      samples.get(contender)?.push(sample);
      for (const fault of sample?.faults ?? []) run.print(`${workload.name}, ${contender.peer}: ${fault}`);
    }
    run.print(`${workload.name}: round ${round} of ${run.runs}`);
  }
  const measured = (contender: Contender): Measured => ({
    peer: contender.peer,
    version: contender.version,
    samples: samples.get(contender) ?? [],
  });
  return {
    name: workload.name,
    datagramBytes: workload.datagramBytes,
    score: workload.score,
    ...(workload.askedPps !== undefined && { askedPps: workload.askedPps }),
    transport: workload.transport,
    ours: measured(ours),
    peers: peers.map(measured),
    ...(reference !== undefined && { reference: measured(reference) }),
  };
}

/** Null when a peer failed; a failure of ours is thrown. */
async function attempt(
  contender: Contender,
  reference: Sample | null,
  isOurs: boolean,
  print: (text: string) => void,
): Promise<Sample | null> {
  try {
    return await contender.measure(reference);
  } catch (cause) {
    if (isOurs || !(cause instanceof EnvironmentError)) throw cause;
    print(`${contender.peer} failed: ${cause.message}`);
    return null;
  }
}
