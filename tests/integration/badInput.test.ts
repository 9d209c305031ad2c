import { createSocket } from 'node:dgram';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assertRefused, inFolder, run } from './program.ts';

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
    assertRefused(missing, 2, 'missing.jsonl', 'no such file or folder');
    const squads = await run(['record', '--squads', '.', '--out', 'a.jsonl'], folder);
    assertRefused(squads, 2, '--squads', 'it is a folder');
    assert.equal(readdirSync(folder), []);

    mkdirSync(join(folder, 'taken.jsonl'));
    assertRefused(
      await run(['record', '--out', 'taken.jsonl'], folder),
      3,
      'write taken.jsonl: it is a folder',
    );
    assert.is((await run(['record', '--seed', '1', '--out', 'good.jsonl'], folder)).code, 0);
    const late = await run(
      ['replay', 'good.jsonl', '--clock', 'virtual', '--arrivals', 'good.jsonl/a.csv', '--report', 'out'],
      folder,
    );
    assertRefused(late, 3, 'write good.jsonl/a.csv: a part of the path is a file');
    assertRefused(
      await run(['live', '--squads', 'none.json', '--report', 'live'], folder),
      2,
      'no such file',
    );
    assert.equal(readdirSync(folder).toSorted(), ['good.jsonl', 'taken.jsonl']);
  });
});

test('recordings that are missing, foreign, truncated or altered are named with line and reason', async () => {
  await inFolder(async (folder) => {
    await run(['record', '--seed', '1', '--out', 'good.jsonl'], folder);
    const good = readFileSync(join(folder, 'good.jsonl'));
    const lines = good.toString('utf8').split('\n');
    writeFileSync(join(folder, 'truncated.jsonl'), good.subarray(0, good.length >> 1));
    writeFileSync(join(folder, 'footless.jsonl'), `${lines.slice(0, -2).join('\n')}\n`);
    writeFileSync(
      join(folder, 'altered.jsonl'),
      good.toString('utf8').replace('"minute\\":0', '"minute\\":1'),
    );
    writeFileSync(join(folder, 'foreign.jsonl'), '{"hello":"world"}\n');
    writeFileSync(
      join(folder, 'garbage.jsonl'),
      Buffer.from(Array.from({ length: 999 }, (_, k) => (k * 37) % 256)),
    );
    writeFileSync(join(folder, 'empty.jsonl'), '');
    writeFileSync(join(folder, 'half.jsonl.gz'), gzipSync(good).subarray(0, 600));
    mkdirSync(join(folder, 'folder.jsonl'));
    for (const name of [
      'missing.jsonl',
      'truncated.jsonl',
      'footless.jsonl',
      'altered.jsonl',
      'foreign.jsonl',
      'garbage.jsonl',
      'empty.jsonl',
      'half.jsonl.gz',
      'folder.jsonl',
    ]) {
      assertRefused(
        await run(['replay', name, '--clock', 'virtual', '--report', `out-${name}`], folder),
        2,
        name,
      );
    }
    const altered = await run(['replay', 'altered.jsonl', '--clock', 'virtual', '--report', 'out-a'], folder);
    assert.match(altered.stderr, /altered\.jsonl, line \d+/);
    const recovered = await run(
      ['replay', 'footless.jsonl', '--recover', '--clock', 'virtual', '--report', 'out-r'],
      folder,
    );
    assert.is(recovered.code, 0, recovered.stderr);
    const frames = lines.length - 3;
    assert.match(
      recovered.stdout,
      new RegExp(
        `^note: footless\\.jsonl, line ${frames + 2}: .*; the ${frames} whole datagrams before it`,
        'm',
      ),
    );
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
  });
});

test('an expectation that is not met is told before the report is named', async () => {
  await inFolder(async (folder) => {
    await run(['record', '--seed', '1', '--out', 'good.jsonl'], folder);
    const args = [
      'good.jsonl',
      '--clients',
      '1',
      '--clock',
      'virtual',
      '--drop-list',
      '3',
      '--report',
      'out',
    ];
    const { code, stdout } = await run(['replay', ...args, '--expect', 'lost<=0'], folder);
    assert.is(code, 1);
    assert.match(stdout, /\nclient 1 does not meet lost<=0: lost is 1\nreport: out\n$/);
  });
});

test('a client may leave out the port of its server', async () => {
  await inFolder(async (folder) => {
    const args = ['--register-timeout', '200ms', '--log', 'none', '--quiet', '--id', '7'];
    const alone = await run(['client', '--server', '127.0.0.2', ...args], folder);
    assertRefused(alone, 3, '127.0.0.2:12345');
  });
});

test('help and version answer, and no command is a usage error', async () => {
  await inFolder(async (folder) => {
    const help = await run(['--help'], folder);
    assert.is(help.code, 0);
    for (const name of [
      'run',
      'live',
      'server',
      'client',
      'record',
      'replay',
      'proxy',
      'bench',
      'scenario',
      'fit',
    ]) {
      assert.match(help.stdout, new RegExp(`^  ${name}\\b`, 'm'));
      const own = await run([name, '--help'], folder);
      assert.is(own.code, 0, own.stderr);
      assert.match(own.stdout, new RegExp(`^Usage: matchstream ${name}`));
      assert.not.match(own.stdout, /default:\s+(?:\d{6,}|[[{])/, 'defaults read as a user writes them');
    }
    assert.match((await run(['--version'], folder)).stdout, /^\d+\.\d+\.\d+\n$/);
    assert.is((await run(['help'], folder)).stdout, help.stdout);
    assert.match((await run(['help', 'replay'], folder)).stdout, /^Usage: matchstream replay/);
    assert.is((await run([], folder)).code, 2);
  });
});

test.run();
