/** The exit codes that the pages promise are those that the program has. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EXIT } from '../../src/base/errors.ts';
import { readText } from './source.ts';

const test = suite('the exit codes');

/** Code → what the table says of it. */
function readTable(page: string): Map<number, string> {
  const [, table = ''] = page.split('| exit code | |\n|---|---|\n');
  const rows = new Map<number, string>();
  for (const line of table.split('\n')) {
    const cells = /^\| (\d+) \| (.+) \|$/.exec(line);
    if (cells === null) break;
    rows.set(Number(cells[1]), cells[2] as string);
  }
  return rows;
}

test('are one table, which has each of them and no other', () => {
  const rows = readTable(readText('docs/reports.md'));
  assert.equal(
    [...rows.keys()],
    Object.values(EXIT).toSorted((a, b) => a - b),
  );
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const)
    assert.match(rows.get(EXIT[signal]) as string, new RegExp(`cut short by ${signal}`));
});

test('of a signal are what a shell makes of it', () => {
  assert.equal([EXIT.SIGHUP, EXIT.SIGINT, EXIT.SIGTERM], [128 + 1, 128 + 2, 128 + 15]);
  assert.equal([EXIT.match, EXIT.mismatch, EXIT.usage, EXIT.environment], [0, 1, 2, 3]);
});

test('are each named in the readme', () => {
  const [, said = ''] = /\*\*Exit codes\*\*:([^]*?)\n\n/.exec(readText('README.md')) ?? [];
  assert.equal(
    Object.values(EXIT).filter((code) => !new RegExp(`\\b${code}\\b`).test(said)),
    [],
  );
});

test.run();
