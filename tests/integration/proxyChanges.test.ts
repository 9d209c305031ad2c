/** A proxy as a process whose scenario file is read again while it runs; and the same changes again, from its journal. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Knobs } from '../../harness/impairment/knobs.ts';
import { Plain } from './loopback.ts';
import { assertRefused, ended, inFolder, printed, readRows, run, start } from './program.ts';
import type { Ended, Program } from './program.ts';

const test = suite('a proxy whose conditions change');

const CHANGES = 10;
const PROXY = ['proxy', '--listen', '127.0.0.1:0', '--protocol', 'field:u32be@0=1'];
/** Of each change. */
const KNOBS: readonly Knobs[] = [
  { drop: '20%' },
  { drop: '20%', duplicate: '10%' },
  { reorder: '10%', corrupt: '5%' },
  { dropBurst: '5%,30%' },
  {},
];

const scenarioOf = (change: number): string =>
  JSON.stringify({ name: 'changing', up: KNOBS[change % KNOBS.length] });

interface Run extends Ended {
  readonly sent: number;
  /** Handed on to the server. */
  readonly forwarded: number;
}

/**
 * Sends numbered datagrams through a proxy that is started with these arguments.
 * @param isDone asked between two datagrams, with how many were sent and what the proxy has said
 */
async function send(
  folder: string,
  args: readonly string[],
  isDone: (sent: number, program: Program, said: string) => boolean,
): Promise<Run> {
  const server = await Plain.open();
  const client = await Plain.open();
  const program = start([...PROXY, '--upstream', `127.0.0.1:${server.local.port}`, ...args], folder);
  let said = '';
  program.stderr.on('data', (text: Buffer) => (said += text.toString()));
  const end = ended(program);
  const [, port] = await printed(program, /listening on 127\.0\.0\.1:(\d+)/);
  const to = { address: '127.0.0.1', port: Number(port) };
  let sent = 0;
  while (!isDone(sent, program, said)) {
    sent += 1;
    const bytes = Buffer.alloc(50);
    bytes.writeUInt32BE(sent);
    await client.send(to, bytes);
    // So that no kernel has too many at a time.
    await (sent % 4 === 0 ? sleep(1) : turn());
  }
  program.kill('SIGINT');
  const result = await end;
  await Promise.all([server.close(), client.close()]);
  const [, forwarded] = /total up: .* (\d+) forwarded/.exec(result.stdout) ?? [];
  return { ...result, sent, forwarded: Number(forwarded) };
}

const filesIn = (folder: string): Record<string, string> =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));

for (const transport of ['auto', 'node']) {
  test(`ten changes under load are judged exactly, and played again from the journal: ${transport}`, async () => {
    await inFolder(async (folder) => {
      const scenario = join(folder, 'scenario.json');
      writeFileSync(scenario, scenarioOf(0));
      let asked = 0;
      const first = await send(
        folder,
        ['--transport', transport, '--seed', '7', '--scenario', 'scenario.json', '--report', 'first'],
        (sent, program, said) => {
          const done = said.split('was read again').length - 1;
          if (asked === CHANGES && done === CHANGES) return true;
          if (done === asked && sent >= 100 * (asked + 1)) {
            asked += 1;
            writeFileSync(scenario, scenarioOf(asked));
            program.kill('SIGUSR2');
          }
          return false;
        },
      );
      const journal = readFileSync(join(folder, 'first/epochs.jsonl'), 'utf8').trimEnd().split('\n');
      assert.is(journal.length, 1 + CHANGES);
      const [row] = readRows(readFileSync(join(folder, 'first/ledger.csv'), 'utf8'));
      assert.equal([row?.['sent'], row?.['unexplained']], [String(first.sent), '0']);
      const again = await send(
        folder,
        ['--transport', transport, '--timeline', 'first/epochs.jsonl', '--report', 'again'],
        (sent) => sent === first.sent,
      );
      assert.is(first.code, 0, first.stdout + first.stderr);
      assert.match(first.stdout, /^changes: first\/epochs\.jsonl/m);
      assert.is(again.code, 0, again.stdout + again.stderr);
      assert.match(again.stdout, /timeline first\/epochs\.jsonl: 10 changes/);
      assert.equal(filesIn(join(folder, 'again/fates')), filesIn(join(folder, 'first/fates')));
      assert.is(again.forwarded, first.forwarded);
      const metrics = (name: string) =>
        readRows(readFileSync(join(folder, name, 'comparison.csv'), 'utf8'))
          .filter(({ metric }) => ['lost', 'duplicates', 'reordered', 'corrupted'].includes(metric ?? ''))
          .map(({ metric, expected, measured }) => [metric, expected, measured]);
      assert.equal(metrics('again'), metrics('first'));
      for (const [metric, expected, measured] of metrics('first')) assert.is(measured, expected, metric);
    });
  });
}

test('a bad file, or none, is told, and nothing changes; a flow that is not in the journal is told', async () => {
  await inFolder(async (folder) => {
    const scenario = join(folder, 'scenario.json');
    writeFileSync(scenario, '{"up":{"dropList":"1"}}');
    const steps = ['{"up":{"dorp":"5%"}}', '{"up":{}', '{"up":{"rate":"1mbit","shared":true}}'];
    let asked = 0;
    const first = await send(
      folder,
      ['--scenario', 'scenario.json', '--log', 'none', '--journal', 'own.jsonl', '--seed', '7'],
      (sent, program, said) => {
        const done = said.split('SIGUSR2: nothing changes').length - 1;
        if (done < asked) return false;
        const step = steps[asked];
        if (step === undefined) return sent > 10;
        asked += 1;
        writeFileSync(scenario, step);
        program.kill('SIGUSR2');
        return false;
      },
    );
    assert.is(first.code, 0);
    assert.match(first.stderr, /nothing changes: .*dorp/);
    assert.match(first.stderr, /nothing changes: scenario\.json: expected JSON/);
    assert.match(first.stderr, /nothing changes: --shared/);
    assert.is(first.forwarded, first.sent - 1);
    const journal = readFileSync(join(folder, 'own.jsonl'), 'utf8');
    assert.match(journal, /^\{"version":1,"seed":"7",.*"up":\{"dropList":"1"\}\}\n$/);
    const again = await send(folder, ['--timeline', 'own.jsonl', '--log', 'none'], (_sent, _program, said) =>
      said.includes('not in the timeline'),
    );
    assert.match(again.stderr, /flow 1 is not in the timeline/);
    assert.is(again.forwarded, again.sent - 1);
    const without = await send(folder, ['--log', 'none'], (sent, program, said) => {
      if (sent === 1) program.kill('SIGUSR2');
      return said.includes('SIGUSR2');
    });
    assert.match(without.stderr, /SIGUSR2: nothing changes: --scenario: expected the file/);
    const file = 'own.jsonl';
    assertRefused(await run(['proxy', '--journal', file], folder), 2, '--journal', 'own.jsonl');
    assertRefused(
      await run(['proxy', '--timeline', file, '--drop', '5%'], folder),
      2,
      '--timeline',
      '--drop',
    );
    writeFileSync(join(folder, 'bad.jsonl'), `${journal}{"epoch":1}\n`);
    assertRefused(await run(['proxy', '--timeline', 'bad.jsonl'], folder), 2, 'bad.jsonl: line 2');
    assertRefused(await run(['proxy', '--timeline', 'none.jsonl'], folder), 2, '--timeline none.jsonl');
  });
});

test.run();
