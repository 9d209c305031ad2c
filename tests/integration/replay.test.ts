import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { inFolder, readRows, run } from './program.ts';
import { LOSSY, replayOnce } from './replay.ts';

const test = suite('a lossy replay gives exactly what its schedule says');
const RECORDING = join(import.meta.dirname, '../../recordings/match-42.jsonl');

test('in both modes and on both clocks, with the same fates; another seed gives others', async () => {
  await inFolder(async (folder) => {
    const seven = [...LOSSY, '--seed', '7', '--tmax', '100ms'];
    const real = [...seven, '--no-control'];
    const first = await replayOnce(folder, RECORDING, 'processes', real);
    assert.equal(Object.keys(first), ['fates-1-down.jsonl', 'fates-2-down.jsonl', 'fates-3-down.jsonl']);
    assert.equal(await replayOnce(folder, RECORDING, 'in-process', [...real, '--mode', 'in-process']), first);
    assert.equal(await replayOnce(folder, RECORDING, 'virtual', [...seven, '--clock', 'virtual']), first);
    const eight = [...LOSSY, '--seed', '8', '--clock', 'virtual'];
    assert.not.equal(await replayOnce(folder, RECORDING, 'eight', eight), first);
  });
});

test('clients that share a link fare the same on both clocks: what finds its queue full, of whom, and in which order they came', async () => {
  await inFolder(async (folder) => {
    const shared = [
      '--rate',
      '400kbit',
      '--queue',
      '3',
      '--shared',
      '--jitter',
      '30ms',
      '--drop',
      '5%',
      '--spare',
      '2',
    ];
    const args = [...shared, '--seed', '7', '--tmax', '100ms'];
    const virtual = await replayOnce(folder, RECORDING, 'virtual', [...args, '--clock', 'virtual']);
    const lines = Object.values(virtual).flatMap((text) => text.trimEnd().split('\n'));
    assert.ok(lines.filter((line) => line.includes('"queueDropped":1,')).length > 10, 'the link was full');
    assert.is(lines.filter((line) => line.endsWith('"linkIndex":null,"spared":true}')).length, 6);
    assert.equal(await replayOnce(folder, RECORDING, 'real', [...args, '--no-control']), virtual);
  });
});

test('with every knob at 0 every client receives the recording exactly', async () => {
  await inFolder(async (folder) => {
    await replayOnce(folder, RECORDING, 'clean', [
      '--mode',
      'in-process',
      '--tmax',
      '100ms',
      '--arrivals',
      'a.csv',
    ]);
    const [header, ...frames] = readFileSync(RECORDING, 'utf8').trimEnd().split('\n').slice(0, -1);
    assert.ok(header?.includes('matchstream-recording'));
    const sizes = frames.map((line) => Buffer.byteLength((JSON.parse(line) as { d: string }).d));
    const arrivals = readRows(readFileSync(join(folder, 'a.csv'), 'utf8'));
    const expected = [1, 2, 3].flatMap((client) =>
      sizes.map((size, k) => [`${client}`, `${k + 1}`, `${size}`]),
    );
    assert.equal(
      arrivals.map((row) => [row['client'], row['count'], row['bytes']]),
      expected,
    );
    for (const row of readRows(readFileSync(join(folder, 'clean', 'ledger.csv'), 'utf8'))) {
      assert.is(row['delivered'], row['sent']);
    }
  });
});

test('recording twice with one seed gives the same bytes, on the real clock too', async () => {
  await inFolder(async (folder) => {
    const record = async (out: string, ...more: string[]): Promise<Buffer> => {
      const args = ['record', '--seed', '42', '--interval', '1ms', '--out', out, ...more];
      const { code, stderr } = await run(args, folder);
      assert.is(code, 0, stderr);
      return readFileSync(join(folder, out));
    };
    const first = await record('a.jsonl');
    assert.ok(first.equals(await record('b.jsonl')));
    assert.ok(first.equals(await record('c.jsonl', '--clock', 'real')));
    assert.ok(first.equals(await record('d.jsonl', '--clock', 'real')));
    const other = await run(['record', '--seed', '43', '--interval', '1ms', '--out', 'e.jsonl'], folder);
    assert.is(other.code, 0);
    assert.not.ok(first.equals(readFileSync(join(folder, 'e.jsonl'))));
  });
});

test.run();
