import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SHELL_WORD, assertRefused, ended, inFolder, run } from './program.ts';

const test = suite('bad input gets one clear line and the right exit code');

test('wrong options', async () => {
  await inFolder(async (folder) => {
    const cases: [string[], string[]][] = [
      [['nonsense'], ["'nonsense'", 'see matchstream --help']],
      [
        ['help', 'nonsense'],
        ["'nonsense'", 'see matchstream --help'],
      ],
      [['recor'], ["unknown command 'recor'; did you mean record?"]],
      [['replay'], ["missing required argument 'recording'; see matchstream replay --help"]],
      [['scenario', 'show'], ['see matchstream scenario show --help']],
      [
        ['replay', 'x.jsonl', '--nonsense'],
        ['--nonsense', 'see matchstream replay --help'],
      ],
      [['replay', 'x.jsonl', '--dropp', '5%'], ["unknown option '--dropp'; did you mean --drop?"]],
      [
        ['replay', 'x.jsonl', '--drop', '5'],
        ['--drop', 'got "5"', 'did you mean 5%?'],
      ],
      [['record', '--seed', '1'], ['--out']],
      [
        ['replay', 'x.jsonl', '--drop', '120%'],
        ['--drop', '120%', '5%'],
      ],
      [
        ['replay', 'x.jsonl', '--drop', 'NaN'],
        ['--drop', 'NaN'],
      ],
      [
        ['server', '--interval', '-1'],
        ['--interval', '-1', '10ms'],
      ],
      [
        ['server', '--interval', '0.5us'],
        ['--interval', '0.5us', '1us'],
      ],
      [
        ['server', '--host', 'nosuch.invalid'],
        ['--host', 'nosuch.invalid', 'check the name'],
      ],
      [
        ['server', '--port', '70000'],
        ['--port', '65535'],
      ],
      [
        ['client', '--server', 'nowhere:port'],
        ['--server', 'HOST:PORT'],
      ],
      [
        ['proxy', '--listen', 'nowhere'],
        ['--listen', 'HOST:PORT'],
      ],
      [
        ['client', '--server', '127.0.0.1:0'],
        ['--server', 'port'],
      ],
      [
        ['client', '--json', '--quiet'],
        ['--json', '--quiet'],
      ],
      [
        ['live', '--clients', '0'],
        ['--clients', '1'],
      ],
      [
        ['live', '--matches', '0'],
        ['--matches', '--messages'],
      ],
      [
        ['replay', 'x.jsonl', '--preset', 'moon'],
        ['--preset', 'wifi', 'moon'],
      ],
      [['replay', 'x.jsonl', '--drop', '5%', '--drop-burst', '1%,25%'], ['--drop']],
      [
        ['replay', 'x.jsonl', '--speed', '2', '--interval', '1ms'],
        ['--speed', '--interval'],
      ],
      [
        ['record', '--out', 'a.jsonl', '--datagram-size', '200'],
        ['200', '--datagram-size'],
      ],
      [['proxy', '--listen', '127.0.0.1:65535', '--flows', '2'], ['--flows']],
    ];
    // Two at a time: most of a run is the program's start.
    for (let k = 0; k < cases.length; k += 2) {
      await Promise.all(
        cases.slice(k, k + 2).map(async ([args, saying]) => {
          assertRefused(await run(args, folder), 2, ...saying);
        }),
      );
    }
    assert.equal(readdirSync(folder), [], 'nothing is left behind');
  });
});

test('what only the real clock has is refused beside --clock virtual', async () => {
  await inFolder(async (folder) => {
    const given = [
      ['live', '--transport', 'node'],
      ['replay', 'x.jsonl', '--mode', 'processes'],
      ['live', '--log-level', 'debug'],
      ['replay', 'x.jsonl', '--no-control'],
    ];
    await Promise.all(
      given.map(async (args) => {
        const option = args.find((word) => word.startsWith('--')) ?? '';
        assertRefused(await run([...args, '--clock', 'virtual'], folder), 2, option, '--clock virtual');
      }),
    );
    assert.equal(readdirSync(folder), []);
  });
});

test('files that cannot be had are told in plain words, and no empty folder is left', async () => {
  await inFolder(async (folder) => {
    const missing = await run(['replay', 'missing.jsonl'], folder);
    assertRefused(missing, 2, 'missing.jsonl: ');
    const squads = await run(['record', '--squads', '.', '--out', 'a.jsonl'], folder);
    assertRefused(squads, 2, '--squads .: ');
    assert.equal(readdirSync(folder), []);

    mkdirSync(join(folder, 'taken.jsonl'));
    assertRefused(await run(['record', '--out', 'taken.jsonl'], folder), 3, 'taken.jsonl');
    assert.is((await run(['record', '--seed', '1', '--out', 'good.jsonl'], folder)).code, 0);
    const late = await run(
      ['replay', 'good.jsonl', '--clock', 'virtual', '--arrivals', 'good.jsonl/a.csv', '--report', 'out'],
      folder,
    );
    assertRefused(late, 3, 'good.jsonl/a.csv');
    assertRefused(
      await run(['live', '--squads', 'none.json', '--report', 'live'], folder),
      2,
      '--squads none.json: ',
    );
    assert.equal(readdirSync(folder).toSorted(), ['good.jsonl', 'taken.jsonl']);
  });
});

test('a device and a pipe are refused where a file is expected, however little they give and however much', async () => {
  if (!existsSync('/dev/zero')) return;
  await inFolder(async (folder) => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    assertRefused(await run(['scenario', 'show', '/dev/zero'], folder), 2, '/dev/zero');
    const piped = await run(['live', '--squads', 'pipe', '--report', 'out'], folder);
    assertRefused(piped, 2, '--squads pipe: ', 'pipe');
    // What a shell makes of <(…) is a pipe.
    const substituted = await ended(
      spawn('bash', ['-c', `${SHELL_WORD} proxy --log none --scenario <(echo '{}')`], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
    assertRefused(substituted, 2, '--scenario /dev/fd/', 'pipe');
    assert.equal(readdirSync(folder), ['pipe']);
  });
});

test('a port in use, and a folder that has files', async () => {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  try {
    await inFolder(async (folder) => {
      const server = await run(['server', '--port', String(port), '--log', 'none'], folder);
      assertRefused(server, 3, `127.0.0.1:${port}`, 'port');
      const logging = await run(['server', '--port', String(port)], folder);
      assertRefused(logging, 3, `127.0.0.1:${port}`, 'port');
      assert.equal(readdirSync(folder), [], 'no log of a server that never was');
      const proxy = await run(['proxy', '--listen', `127.0.0.1:${port}`, '--log', 'none'], folder);
      assertRefused(proxy, 3, `127.0.0.1:${port}`, 'port');
      writeFileSync(join(folder, 'mine.txt'), 'mine');
      assertRefused(await run(['live', '--report', '.'], folder), 2, '--report');
      assert.is(readFileSync(join(folder, 'mine.txt'), 'utf8'), 'mine');
      writeFileSync(join(folder, 'server.log'), 'mine');
      assertRefused(await run(['server', '--port', '0', '--log', 'server.log'], folder), 2, 'server.log');
      assert.is(readFileSync(join(folder, 'server.log'), 'utf8'), 'mine');
    });
  } finally {
    socket.close();
  }
});

test('squads that are wrong, and a server that is not there', async () => {
  await inFolder(async (folder) => {
    writeFileSync(join(folder, 'squads.json'), '{"teams":[]}');
    assertRefused(
      await run(['record', '--squads', 'squads.json', '--out', 'a.jsonl'], folder),
      2,
      'squads.json',
    );
    const alone = await run(
      ['client', '--server', '127.0.0.1:9', '--register-timeout', '300ms', '--log', 'none', '--quiet'],
      folder,
    );
    assertRefused(alone, 3, '127.0.0.1:9', '--original');
    const original = await run(
      [
        'client',
        '--original',
        '--server',
        '127.0.0.1:9',
        '--quiet-timeout',
        '300ms',
        '--log',
        'none',
        '--quiet',
      ],
      folder,
    );
    assertRefused(original, 3, '127.0.0.1:9,', '--original');
  });
});

test('a client may leave out the port of its server', async () => {
  await inFolder(async (folder) => {
    const args = ['--register-timeout', '200ms', '--log', 'none', '--quiet', '--id', '7'];
    const alone = await run(['client', '--server', '127.0.0.2', ...args], folder);
    assertRefused(alone, 3, '127.0.0.2:12345');
  });
});

test.run();
