/** What a lossy replay must give, however it is run. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { readRows, run } from './program.ts';

const COUNTS = ['datagrams', 'positions', 'periods', 'bursts'];

export const LOSSY = ['--drop', '10%', '--reorder', '5%', '--duplicate', '2%'];

/** Replays, checks comparison and ledger, and returns the fate files by name. */
export async function replayOnce(
  folder: string,
  recording: string,
  name: string,
  args: readonly string[],
): Promise<Record<string, string>> {
  const result = await run(
    ['replay', recording, '--clients', '3', '--fates', `${name}-fates`, '--report', name, ...args],
    folder,
  );
  assert.is(result.code, 0, `${result.stderr}\n${result.stdout}`);
  const comparison = readRows(readFileSync(join(folder, name, 'comparison.csv'), 'utf8')).filter(
    ({ scenario }) => scenario !== 'control',
  );
  assert.is(new Set(comparison.map(({ client }) => client)).size, 3);
  const counts = comparison.filter(
    ({ unit, measured }) => COUNTS.includes(unit ?? '') && measured !== 'not measured',
  );
  assert.ok(counts.length >= 3 * 15, `${counts.length} count metrics`);
  for (const row of counts)
    assert.is(row['measured'], row['expected'], `client ${row['client']}: ${row['metric']}`);
  for (const row of readRows(readFileSync(join(folder, name, 'ledger.csv'), 'utf8'))) {
    assert.is(row['unexplained'], '0');
  }
  const fates = join(folder, `${name}-fates`);
  return Object.fromEntries(
    readdirSync(fates).map((file) => [file, readFileSync(join(fates, file), 'utf8')]),
  );
}
