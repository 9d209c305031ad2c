/** A recording as a test's server: recorded once, played later; what differs fails the test, and what is written is whole. */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { recorded } from '../../../../harness/testing/index.ts';
import type { RecordedOptions, RecordedServer } from '../../../../harness/testing/index.ts';
import { verifyRecording } from '../../../../harness/recording/reader.ts';
import { assertRefusal, thrownBy } from '../../../refusals.ts';
import { temporaryFolder } from '../../recording/tiny.ts';

const ROOT = temporaryFolder();
const PATIENCE_MS = 20_000;
/** How long an answer is waited for before it is asked for again. */
const AGAIN_MS = 50;
const NOBODY = '127.0.0.1:9';
let places = 0;

const test = suite('a recording in the place of a server');

/** What is set decides; CI sets CI. */
test.before.each(() => {
  delete process.env['CI'];
  delete process.env['MATCHSTREAM_RECORD'];
  delete process.env['MATCHSTREAM_SEED'];
});

const neverStarted = (): never => {
  throw new Error('nothing is recorded here');
};

const newFolder = (): string => join(ROOT, `place-${(places += 1)}`);

/** A server that answers with its name and the words in capitals; two bytes of a number come back as they were. */
async function startServer(name = ''): Promise<{ readonly address: string; close(): void }> {
  const socket = createSocket('udp4');
  socket.on('message', (payload, { port, address }) => {
    const words = Buffer.from(`${name}${payload.toString('latin1', 2).toUpperCase()}`);
    socket.send(Buffer.concat([payload.subarray(0, 2), words]), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return { address: `127.0.0.1:${socket.address().port}`, close: () => socket.close() };
}

/** Asks for the words one by one, again and again until each is answered, and returns the answers and how often it asked. */
async function ask(
  { port, host }: Pick<RecordedServer, 'port' | 'host'>,
  words: readonly string[],
  firstNumber = 1,
  isPatient = false,
): Promise<{ readonly answers: string[]; readonly asked: number }> {
  const socket = createSocket('udp4');
  const answers: string[] = [];
  let asked = 0;
  const endMs = performance.now() + PATIENCE_MS;
  for (const [k, word] of words.entries()) {
    const number = (firstNumber + k) % 0x10000;
    const question = Buffer.concat([Buffer.from([number >> 8, number & 0xff]), Buffer.from(word)]);
    const take = (payload: Buffer): void => {
      if (payload.readUInt16BE(0) === number && answers.length === k)
        answers.push(payload.toString('latin1', 2));
    };
    socket.on('message', take);
    while (answers.length === k) {
      asked += 1;
      socket.send(question, port, host);
      const againMs = performance.now() + (isPatient ? PATIENCE_MS : AGAIN_MS);
      while (answers.length === k && performance.now() < againMs) {
        assert.ok(performance.now() < endMs, 'no answer');
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    }
    socket.off('message', take);
  }
  socket.close();
  return { answers, asked };
}

/** Sends one datagram that nobody answers, and waits until it must have come. */
async function tell({ port, host }: RecordedServer, payload: Buffer): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise((resolve) => socket.send(payload, port, host, resolve));
  await new Promise((resolve) => setTimeout(resolve, 50));
  socket.close();
}

const WORDS = ['the', 'ball', 'is', 'round'];

/** Records the words, and returns the file. */
async function record(name: string, folder: string, words: readonly string[] = WORDS): Promise<string> {
  const real = await startServer();
  const server = await recorded(name, { upstream: real.address, folder });
  try {
    assert.is(server.isRecording, true);
    await ask(server, words, 1, true);
    await server.close();
    return server.path;
  } finally {
    real.close();
  }
}

test('the first run records what the real server says, the second one plays it without that server', async () => {
  const folder = newFolder();
  const real = await startServer();
  const recording = await recorded('asks for its words', { upstream: real.address, folder });
  const first = await ask(recording, WORDS, 1, true);
  assert.is(existsSync(folder), false);
  const outcome = await recording.close();
  real.close();
  assert.equal(outcome, { requests: 4, answers: 4, unused: [] });
  assert.equal(readdirSync(folder), ['asks-for-its-words.jsonl']);
  const { frames, flows } = await verifyRecording(recording.path);
  assert.equal(
    [frames, flows.map(({ flow, direction, frames: count }) => `${flow} ${direction} ${count}`)],
    [8, ['1 down 4', '1 up 4']],
  );

  const playing = await recorded('asks for its words', {
    upstream: NOBODY,
    folder: pathToFileURL(`${folder}/`),
  });
  assert.equal([playing.isRecording, playing.path], [false, recording.path]);
  const second = await ask(playing, WORDS, 1, true);
  assert.equal(second.answers, ['THE', 'BALL', 'IS', 'ROUND']);
  assert.equal(second, first);
  assert.equal(await playing.close(), { requests: 4, answers: 4, unused: [] });
});

test('bytes that differ each time are ignored and echoed', async () => {
  const folder = newFolder();
  await record('numbered', folder);
  const notices: string[] = [];
  const bytes = { ignore: '0..1', echo: '0..1', notice: (line: string) => notices.push(line) };
  const playing = await recorded('numbered', { upstream: NOBODY, folder, ...bytes });
  assert.equal((await ask(playing, WORDS, 40_000, true)).answers, ['THE', 'BALL', 'IS', 'ROUND']);
  await playing.close();
  assert.equal(notices, []);
});

test('a request that is not in the recording fails the test at its close, and says what differs', async () => {
  const folder = newFolder();
  const path = await record('asks', folder);
  const playing = await recorded('asks', { upstream: NOBODY, folder, echo: '0..1' });
  await ask(playing, ['the', 'ball', 'is'], 1, true);
  await tell(playing, Buffer.from('\0\u0004rXund'));
  const cause = await thrownBy(() => playing.close());
  assert.is((cause as Error).name, 'AssertionError');
  assert.equal((cause as Error).message.split('\n'), [
    `recorded "asks": expected what ${path} has, got:`,
    '  flow 1, request 4 differs: byte 3: expected 6f, got 58',
    "to record it anew: MATCHSTREAM_RECORD=all before the test's command; to play it by hand:",
    `  npx matchstream replay ${path} --as-server 127.0.0.1:0 --echo 0..1 --interval 0`,
  ]);
  // Whoever has closed it has heard it: the end of the scope says it no second time.
  await playing[Symbol.asyncDispose]();
});

test('a request after the last recorded one is a difference, too: it listens until it is closed', async () => {
  const folder = newFolder();
  await record('asks', folder);
  const playing = await recorded('asks', { upstream: NOBODY, folder });
  await ask(playing, WORDS, 1, true);
  await tell(playing, Buffer.from('\0\u0005more'));
  assert.match(
    ((await thrownBy(() => playing.close())) as Error).message,
    /\n {2}of no flow: an additional request from 127\.0\.0\.1:\d+: 6 bytes, 00 05 6d 6f 72 65\n/,
  );
});

test('recorded requests that nobody made are told, and fail nothing', async () => {
  const folder = newFolder();
  const path = await record('asks', folder);
  const notices: string[] = [];
  const playing = await recorded('asks', { upstream: NOBODY, folder, notice: (line) => notices.push(line) });
  await ask(playing, ['the', 'ball'], 1, true);
  const unused = [
    'flow 1, request 3 is missing: expected 4 bytes, 00 03 69 73',
    'flow 1, request 4 is missing: expected 7 bytes, 00 04 72 6f 75 6e 64',
  ];
  assert.equal(await playing.close(), { requests: 2, answers: 2, unused });
  assert.equal(notices, [`of ${path} not everything was asked: ${unused.join('; ')}`]);
});

test('mode all records anew, mode none never does, and the environment wins over both', async () => {
  const folder = newFolder();
  await record('asks', folder);
  const again = async (options: Partial<RecordedOptions>, name: string): Promise<string[]> => {
    const real = await startServer(name);
    const server = await recorded('asks', { upstream: real.address, folder, ...options });
    const { answers } = await ask(server, ['the'], 1, true);
    await server.close();
    real.close();
    return answers;
  };
  const quiet = { notice: () => undefined };
  assert.equal(await again(quiet, 'a'), ['THE']);
  assert.equal(await again({ ...quiet, mode: 'none' }, 'b'), ['THE']);
  assert.equal(await again({ ...quiet, mode: 'all' }, 'c'), ['cTHE']);
  assert.equal(await again(quiet, 'd'), ['cTHE']);
  process.env['MATCHSTREAM_RECORD'] = 'all';
  assert.equal(await again({ ...quiet, mode: 'none' }, 'e'), ['eTHE']);
  process.env['MATCHSTREAM_RECORD'] = 'none';
  assert.equal(await again({ ...quiet, mode: 'all' }, 'f'), ['eTHE']);
});

test('where none may be made, a missing recording is refused, and the file named', async () => {
  const folder = newFolder();
  const path = join(folder, 'asks.jsonl');
  const refused = async (options: Partial<RecordedOptions> = {}): Promise<void> => {
    await assertRefusal(
      () => recorded('asks', { upstream: neverStarted, folder, ...options }),
      `file-unreadable | recorded: ${path}`,
    );
  };
  await refused({ mode: 'none' });
  process.env['CI'] = 'true';
  await refused();
  await refused({ mode: 'once' });
  process.env['MATCHSTREAM_RECORD'] = 'none';
  await refused({ mode: 'all' });
  process.env['MATCHSTREAM_RECORD'] = 'once';
  await record('asks', folder);
  assert.ok(existsSync(path));
  process.env['MATCHSTREAM_RECORD'] = 'never';
  await assertRefusal(
    () => recorded('asks', { upstream: NOBODY, folder }),
    'unknown-choice | MATCHSTREAM_RECORD',
  );
  for (const ci of ['false', '0', '']) {
    delete process.env['MATCHSTREAM_RECORD'];
    process.env['CI'] = ci;
    await record('asks', newFolder());
  }
});

test('what starts the real server is called only to record', async () => {
  const folder = newFolder();
  let starts = 0;
  const real = await startServer();
  const upstream = async (): Promise<string> => {
    starts += 1;
    return real.address;
  };
  for (let time = 1; time <= 2; time += 1) {
    const server = await recorded('asks', { upstream, folder });
    await ask(server, WORDS, 1, true);
    await server.close();
  }
  real.close();
  assert.is(starts, 1);
});

test('no file before the close, none of a test that gives up, and none where nothing was asked', async () => {
  const folder = newFolder();
  mkdirSync(folder);
  const real = await startServer();
  const options = { upstream: real.address, folder };
  const given = await recorded('given up', options);
  await ask(given, WORDS, 1, true);
  assert.equal(readdirSync(folder), []);
  await given.discard();
  const silent = await recorded('silent', options);
  assert.is(((await thrownBy(() => silent.close())) as { readonly code?: string }).code, 'never-asked');
  real.close();
  assert.equal(readdirSync(folder), []);
});

test('a test that asks nothing of its recording has not tested it', async () => {
  const folder = newFolder();
  await record('asks', folder);
  const playing = await recorded('asks', { upstream: NOBODY, folder });
  assert.is(((await thrownBy(() => playing.close())) as { readonly code?: string }).code, 'never-asked');
});

test('knobs make the recording a lossy server: the same datagrams are lost again, and asking again is no difference', async () => {
  const folder = newFolder();
  await record('asks', folder);
  const seen: number[] = [];
  for (let time = 1; time <= 2; time += 1) {
    const playing = await recorded('asks', { upstream: NOBODY, folder, dropList: '2,3', direction: 'down' });
    const { answers, asked } = await ask(playing, WORDS);
    assert.equal(answers, ['THE', 'BALL', 'IS', 'ROUND']);
    seen.push(asked);
    await playing.close();
  }
  assert.ok((seen[0] as number) >= 6, `${seen}`);
});

test('a scenario file that impairs only in a later phase impairs what is played, and stands in the command', async () => {
  const folder = newFolder();
  const path = await record('asks', folder);
  const scenario = join(folder, 'later.json');
  writeFileSync(scenario, JSON.stringify({ phases: [{ at: '0s' }, { at: '1ms', up: { drop: '100%' } }] }));
  const later = { upstream: NOBODY, folder, scenario, seed: '7', notice: () => undefined };
  const playing = await recorded('asks', later);
  const socket = createSocket('udp4');
  for (const [k, word] of WORDS.entries()) {
    socket.send(Buffer.from(`\0${String.fromCodePoint(k + 1)}${word}`), playing.port, playing.host);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  socket.close();
  assert.is((await playing.close()).requests, 1, 'the first phase has the first alone');
  for (const [beside, behind] of [
    [{}, []],
    [{ mtu: '900' }, ["  and behind it the test's own knobs, which win in every phase"]],
  ] as const) {
    const wrongly = await recorded('asks', { ...later, ...beside });
    await tell(wrongly, Buffer.from('\0\u0001tXe'));
    const { message } = (await thrownBy(() => wrongly.close())) as Error;
    assert.equal(message.slice(message.indexOf('  npx')).split('\n'), [
      `  npx matchstream replay ${path} --as-server 127.0.0.1:0 --interval 0 --exec-protocol any --seed 7 --scenario ${scenario}`,
      ...behind,
    ]);
  }
});

test('a recording is made without impairment', async () => {
  const folder = newFolder();
  const real = await startServer();
  const server = await recorded('asks', { upstream: real.address, folder, drop: '100%', direction: 'both' });
  assert.equal(await ask(server, WORDS, 1, true), { answers: ['THE', 'BALL', 'IS', 'ROUND'], asked: 4 });
  await server.close();
  real.close();
});

test('of two tests that record the same file at once the second is told, and the first’s stays', async () => {
  const folder = newFolder();
  const real = await startServer();
  const options = { upstream: real.address, folder };
  const [first, second] = [await recorded('asks', options), await recorded('Asks', options)];
  await ask(first, ['one'], 1, true);
  await ask(second, ['two', 'three'], 1, true);
  await first.close();
  const made = readFileSync(first.path, 'utf8');
  await assertRefusal(() => second.close(), `conflict | recorded: ${first.path}`, 'another test made');
  assert.equal([readFileSync(first.path, 'utf8'), readdirSync(folder)], [made, ['asks.jsonl']]);
  real.close();
});

test('two tests whose names give one file do not play each other’s recording', async () => {
  const folder = newFolder();
  const path = await record('It asks!', folder);
  await assertRefusal(
    () => recorded('it asks', { upstream: NOBODY, folder }),
    `conflict | recorded: ${path}`,
  );
});

test('a damaged recording is refused, and a folder in its place', async () => {
  const folder = newFolder();
  const path = await record('asks', folder);
  writeFileSync(path, readFileSync(path, 'utf8').replace('"n":2', '"n":7'));
  await assertRefusal(
    () => recorded('asks', { upstream: NOBODY, folder }),
    `recording-damaged | ${path}, line 3`,
  );
  mkdirSync(join(folder, 'other.jsonl'));
  await assertRefusal(
    () => recorded('other', { upstream: NOBODY, folder }),
    `file-unreadable | recorded: ${join(folder, 'other.jsonl')}`,
  );
});

const FACE = new URL('../../../../harness/testing/index.ts', import.meta.url).href;

/** Runs code in a process of its own, with `server` recording or playing; `ready` ends it by a signal at once. */
async function run(
  folder: string,
  upstream: string,
  code: string,
): Promise<readonly [number | null, string]> {
  const script = `
    const { recorded } = await import(${JSON.stringify(FACE)});
    const server = await recorded('asks', ${JSON.stringify({ upstream, folder })});
    ${code}`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PATIENCE_MS,
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  return new Promise((resolve) => child.on('close', (status) => resolve([status, said])));
}

test('it keeps no process alive, and a killed one leaves no half of a recording', async () => {
  const folder = newFolder();
  mkdirSync(folder);
  const real = await startServer();
  assert.equal(await run(folder, real.address, "console.log('recording');"), [0, 'recording\n']);
  const asks = `
    const { createSocket } = await import('node:dgram');
    const socket = createSocket('udp4');
    await new Promise((resolve) => { socket.once('message', resolve); socket.send('\\0\\x01the', server.port, server.host); });
    process.kill(process.pid, 'SIGKILL');`;
  assert.equal(await run(folder, real.address, asks), [null, '']);
  real.close();
  assert.equal(readdirSync(folder), []);
  await record('asks', folder);
  assert.equal(await run(folder, NOBODY, "console.log('playing');"), [0, 'playing\n']);
});

const wrong: readonly (readonly [string, object, string])[] = [
  ['x', {}, 'missing | recorded: upstream'],
  ['x', { upstream: 7 }, 'value-format | recorded: upstream'],
  ['x', { upstream: 'here' }, 'value-format | recorded: upstream'],
  ['x', { upstream: NOBODY, drpo: '5%' }, 'unknown-key | recorded'],
  ['x', { upstream: NOBODY, drop: '500%' }, 'value-range | recorded: drop'],
  ['x', { upstream: NOBODY, mode: 'new_episodes' }, 'unknown-choice | recorded: mode'],
  ['x', { upstream: NOBODY, folder: new URL('https://example.org/') }, 'value-format | recorded: folder'],
  ['x', { upstream: NOBODY, ignore: 'all' }, 'value-format | recorded: ignore'],
  ['x', { upstream: NOBODY, echo: '1..0' }, 'value-range | recorded: echo'],
  ['x', { upstream: NOBODY, speed: -1 }, 'value-range | recorded: speed'],
  ['!?', { upstream: NOBODY }, 'value-format | recorded: name'],
  ['x'.repeat(201), { upstream: NOBODY }, 'value-format | recorded: name'],
];
for (const [name, options, code] of wrong) {
  test(`refuses ${JSON.stringify(name.slice(0, 9))} ${JSON.stringify(options)}`, async () => {
    await assertRefusal(() => recorded(name, options as RecordedOptions), code);
  });
}

test.run();
