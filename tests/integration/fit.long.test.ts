/** A proxied run with a known model, fitted: from its report folder, from what came in, and from captures of both sides. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { FitReport } from '../../harness/fit/fitReport.ts';
import { readScenario } from '../../harness/impairment/scenario.ts';
import { fitSchedule } from '../harness/fit/traces.ts';
import { behindProxy } from './foreign/foreign.ts';
import { Plain } from './loopback.ts';
import { inFolder, run } from './program.ts';

const test = suite('a proxied run is fitted');

const COUNT = 2000;
const KNOBS = { dropBurst: '4%,30%' };
const FIELD = ['--protocol', 'field:u32be@0=1'];

/** Numbered datagrams through a proxy that loses some, and one behind it that records what is left. */
async function measured(folder: string): Promise<void> {
  const sink = await Plain.open();
  const to = (port: number): string[] => ['--upstream', `127.0.0.1:${port}`];
  try {
    await behindProxy(folder, ['--record', 'exit.pcapng', ...to(sink.local.port)], async (recorder) => {
      const knobs = ['--direction', 'up', '--drop-burst', KNOBS.dropBurst, '--seed', '2'];
      const lists = ['--report', 'run', '--arrivals', 'run/arrivals.csv', '--record', 'entry.pcapng'];
      await behindProxy(folder, [...FIELD, ...knobs, ...lists, ...to(recorder)], async (port) => {
        for (let number = 1; number <= COUNT; number += 1) {
          const bytes = Buffer.alloc(20);
          bytes.writeUInt32BE(number);
          sink.socket.send(bytes, port, '127.0.0.1');
          if (number % 2 === 0) await sleep(1);
        }
        for (let before = -1; before < sink.heard.length;) {
          before = sink.heard.length;
          await sleep(500);
        }
      });
      await sleep(200);
    });
  } finally {
    await sink.close();
  }
}

test('its report folder and a capture behind it give back the model; before it nothing was lost', async () => {
  await inFolder(async (folder) => {
    await measured(folder);
    const fit = async (...words: string[]): Promise<FitReport['fits'][number]> => {
      const { code, stdout, stderr } = await run(['fit', ...words, '--json'], folder);
      assert.is(code, 0, stderr);
      const { fits } = JSON.parse(stdout) as FitReport;
      assert.is(fits.length, 1);
      return fits[0] as FitReport['fits'][number];
    };
    const { p, r, ...direct } = fitSchedule(KNOBS, '2', COUNT, 'up');
    const inFolderOf = await fit('run', '--out', 'net.json');
    for (const one of [inFolderOf, await fit('exit.pcapng', ...FIELD, '--last', `${COUNT}`)]) {
      assert.equal([one.datagrams, one.lost], [direct.datagrams, direct.lost]);
      assert.equal([one.p, one.r, one.drop], [p, r, direct.drop]);
    }
    // How often intervals hold is judged over many seeds, in harness/fit/closedForm; this seed is none of those that they miss.
    assert.ok(p !== null && p.low <= 0.04 && 0.04 <= p.high, JSON.stringify(p));
    assert.ok(r !== null && r.low <= 0.3 && 0.3 <= r.high, JSON.stringify(r));
    for (const one of [await fit('run', '--at', 'entry'), await fit('entry.pcapng', ...FIELD)])
      assert.equal([one.client, one.datagrams, one.lost, one.flags], ['1 up', COUNT, 0, null]);
    const scenario = readScenario(readFileSync(join(folder, 'net.json'), 'utf8'), 'net.json');
    assert.is(`--drop-burst ${scenario.up['dropBurst']}`, inFolderOf.flags);
  });
});

test.run();
