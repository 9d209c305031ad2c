/** Replays with phases on real sockets, in one process and in several; and many more settings on the virtual clock. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { FIRST, THREE, filesIn, folder, judgeAny, replay } from '../harness/runs/phased.ts';
import { countFaults } from '../harness/judge/faults.ts';

import { Plain } from './loopback.ts';
import { ended, inFolder, printed, readRows, start } from './program.ts';

const test = suite('replays with phases, at length');

test('by the virtual clock', async () => {
  const judgement = await replay(FIRST, THREE, { fatesDir: join(folder, 'virtual') });
  assert.is(countFaults(judgement.comparison, judgement.ledger), 0);
});

for (const [mode, transport] of [
  ['in-process', 'node'],
  ['in-process', 'auto'],
  ['processes', 'auto'],
] as const) {
  test(`on real sockets, ${mode}, ${transport}: the same fates, byte for byte, and the same counts`, async () => {
    const fatesDir = join(folder, `${mode}-${transport}`);
    const judgement = await replay(FIRST, THREE, { clock: 'real', mode, transport, speed: 8, fatesDir });
    assert.is(countFaults(judgement.comparison, judgement.ledger), 0);
    assert.equal(filesIn(fatesDir), filesIn(join(folder, 'virtual')));
  });
}

for (const transport of ['auto', 'node']) {
  test(`a proxy goes through phases by the time since a flow's first datagram, and judges itself: ${transport}`, async () => {
    await inFolder(async (own) => {
      const up = [
        { drop: '10%', duplicate: '10%' },
        { drop: '10%', reorder: '10%', delay: '5ms' },
        { dropBurst: '5%,30%', rate: '2mbit' },
      ];
      const phases = up.map((knobs, k) => ({ at: `${300 * k}ms`, up: knobs }));
      writeFileSync(join(own, 'phases.json'), JSON.stringify({ phases }));
      const server = await Plain.open();
      const client = await Plain.open();
      const options = [
        '--scenario',
        'phases.json',
        '--seed',
        '7',
        '--report',
        'out',
        '--transport',
        transport,
      ];
      const upstream = `127.0.0.1:${server.local.port}`;
      const program = start(
        ['proxy', '--listen', '127.0.0.1:0', '--protocol', 'any', '--upstream', upstream, ...options],
        own,
      );
      const end = ended(program);
      const [, port] = await printed(program, /listening on 127\.0\.0\.1:(\d+)/);
      const to = { address: '127.0.0.1', port: Number(port) };
      const beginMs = Date.now();
      while (Date.now() - beginMs < 1200) {
        await client.send(to, Buffer.alloc(50));
        await sleep(1);
      }
      program.kill('SIGINT');
      const { code, stdout } = await end;
      await Promise.all([server.close(), client.close()]);
      assert.is(code, 0, stdout);
      const rows = readRows(readFileSync(join(own, 'out/comparison.csv'), 'utf8'));
      assert.equal(
        rows.filter(({ verdict }) => verdict === 'mismatch'),
        [],
      );
      assert.ok(rows.some(({ metric, verdict }) => metric === 'lost' && verdict === 'match'));
      // Each phase has left its mark on the fates.
      const fates = readFileSync(join(own, 'out/fates/fates-1-up.jsonl'), 'utf8').trimEnd().split('\n');
      const keys = fates.map((line) => `${line.includes('delayUs')} ${line.includes('queueDropped')}`);
      assert.equal([...new Set(keys)], ['false false', 'true false', 'false true']);
    });
  });
}

test('any settings in any order are judged exactly', () => judgeAny(12, 6));

test.run();
