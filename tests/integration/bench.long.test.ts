import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runThroughput } from '../../bench/suites.ts';
import { columnsOf } from '../../harness/report/tables.ts';
import type { TableRow } from '../../harness/report/tables.ts';
import { MODES } from '../../harness/session/startTask.ts';
import type { Mode } from '../../harness/session/startTask.ts';

const test = suite('a throughput run on real sockets');

/** A child that never answers must not hold up the suite. */
const LIMIT_MS = 30_000;

async function measure(mode: Mode, intervalsNs: readonly number[], clients: number) {
  const heard: TableRow<'throughput'>[] = [];
  let limit: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    limit = setTimeout(() => reject(new Error(`no result within ${LIMIT_MS} ms`)), LIMIT_MS);
  });
  const run = runThroughput({
    intervalsNs,
    clients,
    datagramBytes: 1200,
    durationMs: 60,
    mode,
    pacing: 'hybrid',
    // Its arrivals have a time each; where the kernel joins them there may be no rate of arrival.
    transport: 'node',
    tmaxNs: 50e6,
    onRow: (row) => heard.push(row),
  });
  const rows = await Promise.race([run, late]).finally(() => clearTimeout(limit));
  assert.equal(heard, rows);
  return rows;
}

for (const mode of MODES) {
  test(`${mode}: at 10 ms and 1 ms every datagram arrives, and every column is there`, async () => {
    const rows = await measure(mode, [10e6, 1e6], 1);
    assert.equal(
      rows.map((row) => row.interval_us),
      [10_000, 1000],
    );
    const columns = Object.entries(columnsOf('throughput')).slice(7);
    for (const [k, row] of rows.entries()) {
      const messages = k === 0 ? 6 : 60;
      assert.is(row.expected_messages, messages);
      assert.is(row.sent, messages);
      assert.is(row.received, messages);
      assert.is(row.lost, 0);
      assert.is(row.kernel_drops, process.platform === 'linux' ? 0 : null);
      assert.is(row.unexplained, 0);
      // How punctual this machine is at the moment is not for a test to say.
      assert.ok(row.verdict === 'match' || row.verdict === 'within', row.verdict);
      assert.ok(
        (row.sent_pps as number) > 0 && (row.sent_pps as number) <= (row.expected_pps as number) * 1.001,
      );
      for (const [name, kind] of columns) {
        const value = (row as unknown as Record<string, unknown>)[name];
        const perProcess = name.endsWith('_cpu_percent') || name.endsWith('_rss_mib');
        if (kind === 'text') assert.type(value, 'string', name);
        else if (perProcess && mode === 'in-process') assert.is(value, null, name);
        else assert.ok(typeof value === 'number' && value >= 0, `${name}: ${String(value)}`);
      }
    }
  });
}

test('in-process on node:dgram, a server that sends flat out does not overrun its three clients', async () => {
  const [row] = await measure('in-process', [0], 3);
  assert.is(row?.expected_messages, 45_000);
  assert.is(row?.sent, 45_000);
  assert.is(row?.received, 45_000);
  assert.is(row?.unexplained, 0);
  assert.is(row?.limited_by, 'sender');
  assert.is(row?.verdict, 'match');
});

test.run();
