/** The smoke size of every workload, against the peers that are installed: that all of ours is accounted for. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runPeers } from '../../bench/peers/peersRun.ts';
import { WORKLOADS } from '../../bench/peers/workloads.ts';

const test = suite('all workloads against the peers');

test('nothing of ours is unexplained, and every workload has a row of ours', async () => {
  const report = mkdtempSync(join(tmpdir(), 'peers-report-'));
  const printed: string[] = [];
  try {
    const code = await runPeers({
      workloads: WORKLOADS,
      runs: 1,
      durationS: 0.2,
      halvings: 0,
      report,
      print: (text) => printed.push(text),
    });
    assert.is(code, 0, printed.join('\n'));
    const rows = readFileSync(join(report, 'peers.csv'), 'utf8').trimEnd().split('\n').slice(1);
    const ours = rows.filter((row) => row.includes(',matchstream,')).map((row) => row.split(',')[7]);
    const isLeftOut = printed.some((line) => line.startsWith('left out: '));
    if (!isLeftOut)
      assert.equal(ours, ['throughput', 'proxy', 'pacing 1ms', 'pacing 100us', 'pacing 10us', 'node']);
    for (const name of ['throughput', 'node']) assert.ok(ours.includes(name), name);
  } finally {
    rmSync(report, { recursive: true, force: true });
  }
});

test.run();
