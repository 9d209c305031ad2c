/**
 * `npm run bench:recording`: what writing and checking a recording costs beside `openssl dgst -sha256` of the same file, and
 * what a replay of a large one takes in memory.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { print } from '../../src/files/terminal.ts';
import { benchProgram, runProgram } from '../program.ts';
import { median } from '../../src/base/ranks.ts';
import { tellMachine } from '../tellMachine.ts';
import { measureFile, writeStream } from './files.ts';
import type { Content, FileFigures } from './files.ts';
import { measureReplay } from './measureReplay.ts';
import type { ReplayFigures } from './measureReplay.ts';

const SIZES_BYTES = [1200, 200] as const;
const CONTENTS: readonly Content[] = ['text', 'bytes'];
/** Bytes of payloads in a file. */
const FILE_BYTES = 240e6;
const SMOKE_FILE_BYTES = 1e6;
const REPLAYED_DATAGRAM_BYTES = 1200;
const REPLAYED_BYTES = [80e6, 320e6] as const;
const SMOKE_REPLAYED_BYTES = [1e6, 2e6] as const;

const command = benchProgram(
  'bench:recording',
  'Write and check recordings beside openssl dgst -sha256, and replay a large one: time, ratios and memory.',
  'one round of files of one megabyte',
)
  .addHelpText(
    'after',
    '\nIt writes up to 400 MB into the temporary folder, and removes it.\n' +
      'Exit code 0: every datagram is accounted for; 1: not; 2: wrong usage; 3: the machine would not.',
  )
  .action(async ({ smoke, runs }: { smoke: boolean; runs: number }) => {
    await tellMachine([]);
    const folder = mkdtempSync(join(tmpdir(), 'matchstream-bench-'));
    try {
      const rounds = smoke ? 1 : runs;
      for (const content of CONTENTS)
        for (const sizeBytes of SIZES_BYTES)
          await files(folder, content, sizeBytes, smoke ? SMOKE_FILE_BYTES : FILE_BYTES, rounds);
      await replays(folder, smoke ? SMOKE_REPLAYED_BYTES : REPLAYED_BYTES);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

async function files(
  folder: string,
  content: Content,
  sizeBytes: number,
  fileBytes: number,
  rounds: number,
): Promise<void> {
  const datagrams = Math.round(fileBytes / sizeBytes);
  const measured: Record<'jsonl' | 'pcapng', FileFigures[]> = { jsonl: [], pcapng: [] };
  // The first round is not counted: it compiles.
  for (let round = 0; round <= rounds; round += 1) {
    for (const format of ['jsonl', 'pcapng'] as const) {
      const name = `${content}.${format}`;
      const figures = await measureFile(folder, name, content, sizeBytes, datagrams);
      rmSync(join(folder, name));
      if (round > 0) measured[format].push(figures);
    }
  }
  for (const format of ['jsonl', 'pcapng'] as const)
    print(describe(format, content, sizeBytes, measured[format]));
  const ratio = (of: 'writeNs' | 'checkNs'): string =>
    (median(measured.pcapng.map((one, k) => one[of] / (measured.jsonl[k]?.[of] ?? Number.NaN))) ?? 0).toFixed(
      2,
    );
  print(
    `  pcapng against jsonl, a datagram: written in ${ratio('writeNs')} of the time, checked in ${ratio('checkNs')}`,
  );
}

function describe(format: string, content: Content, sizeBytes: number, all: readonly FileFigures[]): string {
  const of = (figure: (one: FileFigures) => number): string => (median(all.map(figure)) ?? 0).toFixed(2);
  const [{ fileBytes, datagrams }] = all as [FileFigures];
  return (
    `${format} of ${datagrams} datagrams of ${sizeBytes} bytes (${content}), ${(fileBytes / 1e6).toFixed(0)} MB: written in ` +
    `${of((one) => one.writeNs / one.opensslNs)}, checked in ${of((one) => one.checkNs / one.opensslNs)} times the time of ` +
    `openssl dgst -sha256 (${of((one) => one.writeNs / one.datagrams / 1e3)}, ` +
    `${of((one) => one.checkNs / one.datagrams / 1e3)} and ${of((one) => one.opensslNs / one.datagrams / 1e3)} us a datagram; ` +
    `medians of ${all.length})`
  );
}

async function replays(folder: string, sizes: readonly number[]): Promise<void> {
  const found: { datagrams: number; whole: ReplayFigures; none: ReplayFigures }[] = [];
  for (const fileBytes of sizes) {
    const datagrams = Math.round(fileBytes / REPLAYED_DATAGRAM_BYTES);
    const path = join(folder, `${datagrams}.jsonl`);
    await writeStream(path, REPLAYED_DATAGRAM_BYTES, datagrams);
    const whole = await measureReplay(path, 1, true);
    const none = await measureReplay(path, 1, false);
    rmSync(path);
    for (const [figures, how] of [
      [whole, ''],
      [none, ', --no-verdict'],
    ] as const) {
      print(
        `replay of ${datagrams} datagrams of ${REPLAYED_DATAGRAM_BYTES} bytes to one client on the virtual clock${how}: ` +
          `${figures.peakMib.toFixed(0)} MiB at most, ${figures.seconds.toFixed(1)} s, ${figures.unexplained} unexplained`,
      );
      if (figures.unexplained !== 0 || figures.mismatches !== 0 || figures.sent !== datagrams)
        process.exitCode = 1;
    }
    found.push({ datagrams, whole, none });
  }
  const [first, second] = found as [(typeof found)[0], (typeof found)[0]];
  const more = (of: 'whole' | 'none'): string =>
    (((second[of].peakMib - first[of].peakMib) * 2 ** 20) / (second.datagrams - first.datagrams)).toFixed(0);
  print(`  a datagram more takes ${more('whole')} bytes, and ${more('none')} with --no-verdict`);
}

await runProgram(command);
