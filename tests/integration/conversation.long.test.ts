/** Both sides of a conversation, played by the program on real sockets: to each other, and where nobody is. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadNativeSockets } from '../../src/net/linux/native.ts';
import { writeConversation } from '../harness/recording/conversation/written.ts';
import type { Line } from '../harness/recording/conversation/written.ts';
import { ended, inFolder, printed, readRows, run, start } from './program.ts';
import type { Ended } from './program.ts';

const test = suite('a conversation, played by the program');

const LINES: readonly Line[] = [
  [0, 1, '>', 'a1'],
  [1, 1, '<', 'A1'],
  [2, 2, '>', 'b1'],
  [3, 2, '<', 'B1'],
  [4, 2, '<', 'B2'],
  [5, 1, '>', 'a2'],
  [6, 1, '<', 'A2'],
];

/** Plays the clients of one file to the server of another. */
async function both(
  folder: string,
  server: readonly string[],
  clients: readonly string[],
): Promise<{ readonly server: Ended; readonly clients: Ended }> {
  const serving = start(['replay', ...server, '--as-server', '127.0.0.1:0'], folder);
  const serverEnd = ended(serving);
  const [, address = ''] = await printed(serving, /listening on (\S+)/);
  const played = await run(['replay', ...clients, '--to', address], folder);
  serving.kill('SIGINT');
  return { server: await serverEnd, clients: played };
}

const linux = await loadNativeSockets();

for (const transport of ['node', 'linux']) {
  const isThere = transport === 'node' || linux.ok;
  const claim = isThere ? test : (name: string) => test.skip(`${name} (it does not work here)`);
  claim(`the recorded sides differ in nothing, on ${transport}`, async () => {
    const file = await writeConversation(LINES);
    await inFolder(async (folder) => {
      const on = ['--transport', transport];
      const { server, clients } = await both(
        folder,
        [file, ...on],
        [file, ...on, '--lockstep', '--report', 'r'],
      );
      assert.is(clients.code, 0, clients.stdout + clients.stderr);
      assert.is(server.code, 0, server.stdout + server.stderr);
      assert.match(clients.stdout, /\nno difference\n/);
      const rows = readRows(readFileSync(join(folder, 'r/conversation.csv'), 'utf8'));
      assert.equal(
        rows.map((row) => ['flow', 'side', 'sent', 'expected', 'same', 'verdict'].map((name) => row[name])),
        [
          ['1', 'clients', '2', '2', '2', 'match'],
          ['2', 'clients', '1', '2', '2', 'match'],
        ],
      );
      assert.equal(
        rows.map(({ seed, transport: ran }) => [seed, ran]),
        [
          ['unimpaired', transport],
          ['unimpaired', transport],
        ],
      );
    });
  });
}

test('a changed answer is named, and fails; a changed request is named by the server', async () => {
  const file = await writeConversation(LINES);
  const changed = await writeConversation(
    LINES.map((line): Line => (line[3] === 'B2' ? [line[0], line[1], line[2], 'BX'] : line)),
  );
  const asked = await writeConversation(
    LINES.map((line): Line => (line[3] === 'a2' ? [line[0], line[1], line[2], 'aY'] : line)),
  );
  await inFolder(async (folder) => {
    const answer = await both(folder, [changed], [file, '--lockstep']);
    assert.equal([answer.server.code, answer.clients.code], [0, 1]);
    assert.match(answer.clients.stdout, /\nflow 2, answer 2 differs: byte 1: expected 32, got 58\n/);
    const request = await both(folder, [file], [asked, '--lockstep', '--answer-timeout', '50ms']);
    assert.equal([request.server.code, request.clients.code], [1, 1]);
    assert.match(request.server.stdout, /\nflow 1, request 2 differs: byte 1: expected 32, got 59\n/);
    assert.match(request.clients.stdout, /\nflow 1, answer 2 is missing: expected 2 bytes, 41 32\n/);
    // What differs can be ignored, and the rest chosen.
    const ignored = await both(folder, [changed], [file, '--lockstep', '--ignore', '1']);
    assert.is(ignored.clients.code, 0, ignored.clients.stdout);
    const chosen = await both(
      folder,
      [changed],
      [file, '--lockstep', '--flow', '10.0.0.1:4000,10.0.0.100:53'],
    );
    assert.is(chosen.clients.code, 0, chosen.clients.stdout);
    assert.match(
      chosen.clients.stdout,
      /note: left out, not chosen by --flow: flow 2 \(\S+\): 3 datagrams\n/,
    );
  });
});

test('knobs lose answers, which is no difference but to --expect', async () => {
  const file = await writeConversation(LINES);
  await inFolder(async (folder) => {
    const knobs = ['--drop-list', '2', '--hold-max', '100ms', '--answer-timeout', '200ms', '--seed', '1'];
    const { clients } = await both(folder, [file], [file, ...knobs, '--fates', 'fates']);
    assert.is(clients.code, 0, clients.stdout + clients.stderr);
    assert.match(clients.stdout, /\nno difference\nnote: 2 missing and 0 that came again are no difference/);
    assert.match(readFileSync(join(folder, 'fates/fates-1-down.jsonl'), 'utf8'), /"drop"/);
    const unmet = await both(folder, [file], [file, ...knobs, '--expect', 'lost==0']);
    assert.is(unmet.clients.code, 1);
    assert.match(unmet.clients.stdout, /\n {2}flow 2 does not meet lost==0: lost is 1\n/);
  });
});

test('where nobody listens or nobody comes, it ends with 3 and says what to do', async () => {
  const file = await writeConversation(LINES);
  await inFolder(async (folder) => {
    const alone = await run(['replay', file, '--as-server', '127.0.0.1:0', '--for', '50ms'], folder);
    assert.is(alone.code, 3);
    assert.match(
      alone.stderr,
      /^error: --as-server: nothing came to 127\.0\.0\.1:\d+ in 50ms; point the client there, or give it more time with --for\n$/,
    );
    const silent = await run(['replay', file, '--to', '127.0.0.1:9', '--answer-timeout', '1ms'], folder);
    assert.is(silent.code, 3, silent.stdout);
  });
});

test('the server ends in good order by a signal', async () => {
  const file = await writeConversation(LINES);
  await inFolder(async (folder) => {
    const serving = start(['replay', file, '--as-server', '127.0.0.1:0'], folder);
    const end = ended(serving);
    await printed(serving, /listening on/);
    serving.kill('SIGTERM');
    const { code, stdout } = await end;
    assert.is(code, 0, stdout);
    assert.match(stdout, /\nno difference\nnote: 3 recorded requests did not come, which is no difference\n/);
  });
});

test('what is sent until a signal is compared', async () => {
  const file = await writeConversation([...LINES, [3_600_000, 1, '>', 'in an hour']]);
  await inFolder(async (folder) => {
    const serving = start(['replay', file, '--as-server', '127.0.0.1:0'], folder);
    const serverEnd = ended(serving);
    const [, address = ''] = await printed(serving, /listening on (\S+)/);
    const playing = start(['replay', file, '--to', address], folder);
    const end = ended(playing);
    await printed(playing, /datagrams of clients/);
    setTimeout(() => playing.kill('SIGINT'), 500);
    const { code, stdout } = await end;
    serving.kill('SIGINT');
    await serverEnd;
    assert.is(code, 130, stdout);
    assert.match(stdout, /\ninterrupted by SIGINT: what was sent until then is compared\n/);
  });
});

test('--abort-on-fail ends a conversation when answers stay out, and decides what is broken for good alone', async () => {
  // The server knows nothing of the second flow, nor of all that comes later.
  const known: readonly Line[] = [
    [0, 1, '>', 'a1'],
    [1, 1, '<', 'A1'],
  ];
  const asked: readonly Line[] = [
    ...known,
    [2, 2, '>', 'b1'],
    [3, 2, '<', 'B1'],
    ...Array.from({ length: 300 }, (_, k): readonly Line[] => [
      [100 + 200 * k, 1, '>', `c${k}`],
      [101 + 200 * k, 1, '<', `C${k}`],
    ]).flat(),
  ];
  const [server, clients] = [await writeConversation(known), await writeConversation(asked)];
  await inFolder(async (folder) => {
    const expected = ['--expect', 'lost<=0', '--expect', 'duplicates<=3', '--abort-on-fail'];
    const wait = ['--answer-timeout', '100ms', '--report', 'out'];
    const { clients: played } = await both(folder, [server], [clients, ...expected, ...wait]);
    assert.is(played.code, 1, played.stdout + played.stderr);
    assert.ok(played.tookMs < 60_000, 'it did not last as long as it was recorded');
    assert.match(played.stdout, /\nexpected lost<=0: not met by /);
    assert.match(played.stdout, /\nexpected duplicates<=3: not decided, the run was cut short\n/);
    assert.match(
      played.stdout,
      /\n--abort-on-fail: ended before its end; what was sent until then is compared\n/,
    );
    const rows = readRows(readFileSync(join(folder, 'out/expectations.csv'), 'utf8'));
    const results = rows.map(({ subject, expectation, result }) => `${subject} ${expectation} ${result}`);
    assert.ok(results.includes('flow 2 lost<=0 not met'), results.join());
  });
});

test.run();
