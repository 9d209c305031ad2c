/** The capture of a run as tshark sees it: without a warning, with interfaces, comments and verdicts, and by the filters of docs/captures.md. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Child } from '../../../bench/peers/peerProcess.ts';
import { PATIENCE_MS } from '../loopback.ts';
import { inFolder, readRows, run } from '../program.ts';
import { claimsAbout } from './foreign.ts';
import { readRunCapture } from '../../harness/recording/capture/runCapture.ts';

const test = suite('the capture of a run beside tshark');
const shown = claimsAbout(test, 'tshark', 'tshark');

const RECORDING = join(import.meta.dirname, '../../../recordings/match-42.jsonl');

/** Runs tshark on a file; it may say nothing on its error output but who runs it. */
async function tshark(path: string, ...args: readonly string[]): Promise<string[]> {
  const child = new Child({ file: 'tshark', args: ['-r', path, '-n', ...args], limitMs: PATIENCE_MS });
  const output = await child.done();
  assert.is(child.stderr.replace(/^Running as user .*\n/, ''), '');
  return output === '' ? [] : output.replace(/\n$/, '').split('\n');
}

/** Every knob that leaves a trace, over the virtual clock. */
const KNOBS =
  '--drop 10% --duplicate 10% --reorder 10% --delay 20ms --jitter 10ms --rate 400kbit --queue 3 --clients 2 --seed 7';

async function captured(folder: string): Promise<string> {
  const outputs = ['--report', 'report', '--fates', 'fates', '--capture', 'run.pcapng'];
  const words = ['replay', RECORDING, '--clock', 'virtual', ...KNOBS.split(' '), ...outputs];
  const { code, stdout, stderr } = await run(words, folder);
  assert.is(code, 0, stdout + stderr);
  return join(folder, 'run.pcapng');
}

shown(
  'it reads every packet, with both interfaces, times, addresses, comments, and checksums that are right',
  async () => {
    await inFolder(async (folder) => {
      const path = await captured(folder);
      const fields =
        'frame.interface_name frame.interface_id frame.time_epoch ip.src udp.srcport ip.dst udp.dstport udp.payload frame.comment';
      const lines = await tshark(
        path,
        ...'-o udp.check_checksum:TRUE -o ip.check_checksum:TRUE -T fields -E aggregator=;'.split(' '),
        ...fields.split(' ').flatMap((name) => ['-e', name]),
        ...['udp.checksum.status', 'ip.checksum.status'].flatMap((name) => ['-e', name]),
      );
      const expected = readRunCapture(path).packets.map(({ at, timeNs, from, to, payload, comments }) =>
        [
          at,
          at === 'entry' ? '0' : '1',
          `${Math.floor(timeNs / 1e9)}.${String(timeNs % 1e9).padStart(9, '0')}`,
          ...from.split(':'),
          ...to.split(':'),
          payload.toString('hex'),
          comments.join(';'),
          '1',
          '1',
        ].join('\t'),
      );
      assert.equal(lines, expected);
    });
  },
);

shown('it has no expert information but the comments, and nothing is malformed', async () => {
  await inFolder(async (folder) => {
    const path = await captured(folder);
    // Severities of chat, note, warn and error; a comment's is below them.
    assert.equal(await tshark(path, '-Y', '_ws.expert.severity >= 0x200000 || _ws.malformed'), []);
    const summary = (await tshark(path, '-q', '-z', 'expert')).join('\n');
    assert.not.match(summary, /^(?:Errors|Warns|Notes|Chats) \([1-9]/m);
  });
});

shown('the filters of the page find what they say', async () => {
  await inFolder(async (folder) => {
    const path = await captured(folder);
    const page = readFileSync(join(import.meta.dirname, '../../../docs/captures.md'), 'utf8');
    const ledger = readRows(readFileSync(join(folder, 'report/ledger.csv'), 'utf8'));
    const total = (column: string): number => ledger.reduce((sum, row) => sum + Number(row[column]), 0);
    const isOfStream = 'udp.payload[0:10] == 7b:22:6d:65:73:73:61:67:65:22';
    /** Number of packets of the stream that a filter of the page finds. */
    const count = async (filter: string): Promise<number> => {
      assert.ok(page.includes(`\`${filter}\``), `the page has no ${filter}`);
      return (await tshark(path, '-Y', `(${filter}) && ${isOfStream}`, '-T', 'fields', '-e', 'frame.number'))
        .length;
    };
    assert.is(await count('frame.interface_id == 0'), total('sent'));
    assert.is(await count('frame.interface_id == 1 && !frame.verdict'), total('delivered'));
    assert.is(await count('frame.verdict.ebpf_tc == 2'), total('dropped'));
    assert.is(await count('frame.comment contains "dropped"'), total('dropped'));
    const causes = readRows(readFileSync(join(folder, 'report/ledger_causes.csv'), 'utf8'));
    const caused = (cause: string): number =>
      causes.reduce((sum, row) => sum + (row['cause'] === cause ? Number(row['count']) : 0), 0);
    assert.is(await count('frame.comment == "dropped: queue"'), caused('queue'));
    assert.ok(caused('queue') > 3);
    const copies = await count('frame.comment == "copy" && !frame.verdict');
    assert.ok(copies > 3);
    const fates = [1, 2].flatMap((flow) =>
      readFileSync(join(folder, `fates/fates-${flow}-down.jsonl`), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { index: number; hold: number; delayUs: number | null }),
    );
    assert.is(
      await count('frame.comment contains "held for" && frame.interface_id == 0'),
      fates.filter(({ hold }) => hold > 0).length,
    );
    const named = readRunCapture(path).packets.filter(({ comments }) => comments.includes('index 36'));
    assert.is(await count('frame.comment == "index 36"'), named.length);
    assert.ok(named.length > 2);
  });
});

test('without tshark the capture is there all the same', async () => {
  await inFolder(async (folder) => {
    assert.ok(readRunCapture(await captured(folder)).packets.length > 200);
  });
});

test.run();
