/** `matchstream control` and `proxy --control` as programs: what they start with, print, write, and how they end. */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PATIENCE_MS, until } from '../loopback.ts';
import { ended, inFolder, printed, run, start } from '../program.ts';
import type { Ended } from '../program.ts';

const control = suite('the control API as a program');

interface Echo {
  readonly port: number;
  close(): void;
}

async function startEcho(): Promise<Echo> {
  const socket = createSocket('udp4');
  socket.on('message', (bytes, { port, address }) => socket.send(bytes, port, address));
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return { port: socket.address().port, close: () => socket.close() };
}

/** A client that counts what comes back. */
class Client {
  heard = 0;
  readonly #socket: Socket = createSocket('udp4');

  constructor() {
    this.#socket.on('message', () => (this.heard += 1));
    // A port that is closed refuses.
    this.#socket.on('error', () => undefined);
  }

  async ask(port: number, times: number): Promise<void> {
    for (let k = 0; k < times; k += 1) {
      const wanted = this.heard + 1;
      this.#socket.send('x', port, '127.0.0.1');
      await until(PATIENCE_MS, 'an answer', () => this.heard >= wanted);
    }
  }

  send(port: number): void {
    this.#socket.send('x', port, '127.0.0.1');
  }

  close(): void {
    this.#socket.close();
  }
}

interface Started {
  readonly url: string;
  ask(method: string, path: string, body?: object): Promise<{ status: number; body: unknown }>;
  end(): Promise<Ended>;
}

async function begin(
  args: readonly string[],
  folder: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Started> {
  const program = start([...args, '--log', 'none'], folder, false, more);
  const end = ended(program);
  const [, url = ''] = await printed(program, /page on (http:\S+)\//);
  return {
    url,
    ask: async (method, path, body) => {
      const response = await fetch(`${url}${path}`, { method, ...(body && { body: JSON.stringify(body) }) });
      const text = await response.text();
      return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
    },
    end: () => {
      program.kill('SIGTERM');
      return end;
    },
  };
}

const portOf = (answer: { body: unknown }): number =>
  Number((answer.body as { listen: string }).listen.split(':')[1]);

control(
  'begins with the proxies of its file, journals each change, and reports what became of each datagram',
  () =>
    inFolder(async (folder) => {
      const echo = await startEcho();
      const client = new Client();
      const upstream = `127.0.0.1:${echo.port}`;
      writeFileSync(
        join(folder, 'proxies.json'),
        JSON.stringify([
          { name: 'a/b', listen: '127.0.0.1:0', upstream, down: { drop: '0%' } },
          { name: 'off', upstream, enabled: false },
        ]),
      );
      const args = [
        'control',
        '127.0.0.1:0',
        '--config',
        'proxies.json',
        '--seed',
        '7',
        '--journal',
        'journals',
        '--report',
        'reports',
      ];
      const { ask, end } = await begin(args, folder);
      try {
        const port = portOf(await ask('GET', '/proxies/a%2Fb'));
        await client.ask(port, 20);
        // One that cannot start leaves its name, and no folder, to the next.
        const late = { name: 'late', upstream };
        assert.is((await ask('POST', '/proxies', { ...late, listen: `127.0.0.1:${port}` })).status, 500);
        assert.is((await ask('POST', '/proxies', late)).status, 201);
        const path = '/proxies/a%2Fb/toxics';
        assert.is((await ask('POST', path, { type: 'drop', attributes: { drop: '100%' } })).status, 200);
        for (let k = 0; k < 5; k += 1) client.send(port);
        const arrived = async (): Promise<number> =>
          ((await ask('GET', '/flows')).body as { down: { arrived: number } }[])[0]?.down.arrived ?? 0;
        while ((await arrived()) < 25) await new Promise((resolve) => setTimeout(resolve, 10));
        assert.is(client.heard, 20);
        assert.is((await ask('POST', '/reset')).status, 204);
        await client.ask(port, 5);
      } finally {
        client.close();
        echo.close();
      }
      const { code, stdout, stderr } = await end();
      assert.ok(code === 0, `${code}: ${stdout}${stderr}`);
      assert.match(stdout, /^seed 7$/m);
      assert.match(stdout, /^off: disabled, /m);
      assert.match(stdout, /^a\/b: ended; 1 flow, 30 up, 30 down, 5 dropped$/m);
      assert.match(stdout, /Every one of 60 datagrams is accounted for/);
      assert.match(
        readFileSync(join(folder, 'reports', 'a%2Fb', 'ledger_causes.csv'), 'utf8'),
        /,independent,5\r?\n/,
      );
      assert.equal(readdirSync(join(folder, 'journals')).toSorted(), [
        'a%2Fb.jsonl',
        'late.jsonl',
        'off.jsonl',
      ]);
      assert.equal(readdirSync(join(folder, 'reports')).toSorted(), ['a%2Fb', 'late', 'off']);
      const lines = readFileSync(join(folder, 'journals', 'a%2Fb.jsonl'), 'utf8')
        .trimEnd()
        .split('\n');
      const journal = lines.map(
        (line) => JSON.parse(line) as { seed?: string; epoch?: number; firstIndices?: unknown },
      );
      assert.is(journal[0]?.seed, '7/a/b');
      assert.equal(
        journal
          .filter(({ epoch, firstIndices }) => epoch !== undefined && firstIndices !== undefined)
          .map(({ firstIndices }) => firstIndices),
        [[[1, 'down', 1, 21]], [[1, 'down', 1, 26]]],
      );
    }),
);

control('proxy --control turns the command’s own proxy, and creates others beside it', () =>
  inFolder(async (folder) => {
    const echo = await startEcho();
    const client = new Client();
    const args = [
      'proxy',
      '--protocol',
      'any',
      '--listen',
      '127.0.0.1:0',
      '--upstream',
      `127.0.0.1:${echo.port}`,
      '--seed',
      '7',
      '--drop',
      '0%',
    ];
    const { ask, end } = await begin([...args, '--control', '127.0.0.1:0'], folder);
    try {
      const own = await ask('GET', '/proxies/proxy');
      await client.ask(portOf(own), 3);
      assert.is((await ask('PUT', '/proxies/proxy/conditions', { down: { duplicate: '100%' } })).status, 200);
      client.send(portOf(own));
      await until(PATIENCE_MS, 'two answers', () => client.heard >= 5);
      const other = await ask('POST', '/proxies', { name: 'other', upstream: `127.0.0.1:${echo.port}` });
      await client.ask(portOf(other), 1);
      assert.is((await ask('DELETE', '/proxies/proxy')).status, 400);
      assert.is((await ask('DELETE', '/proxies/other')).status, 204);
    } finally {
      client.close();
      echo.close();
    }
    const { code, stderr, stdout } = await end();
    assert.is(code, 0, stderr);
    assert.match(stdout, /^control API and page on http:\/\/127\.0\.0\.1:\d+\/$/m);
    assert.match(stdout, /1 duplicated|duplicated 1|duplicated: 1/);
  }),
);

const LOTS = 11;
const LOT = 40;

control('what the API changed under way has the same fates when its journal is played again', () =>
  inFolder(async (folder) => {
    const sink = createSocket('udp4');
    await new Promise<void>((resolve) => sink.bind(0, '127.0.0.1', resolve));
    const upstream = `127.0.0.1:${sink.address().port}`;
    const proxy = ['proxy', '--listen', '127.0.0.1:0', '--upstream', upstream, '--control', '127.0.0.1:0'];
    /** Sends all, and calls `change` between two lots. */
    const sendAll = async (
      args: readonly string[],
      change: (ask: Started['ask'], k: number) => Promise<void>,
    ): Promise<void> => {
      const { ask, end } = await begin([...proxy, ...args], folder);
      const client = new Client();
      const arrived = async (): Promise<number> =>
        ((await ask('GET', '/flows')).body as { up: { arrived: number } }[])[0]?.up.arrived ?? 0;
      try {
        const port = portOf(await ask('GET', '/proxies/proxy'));
        for (let k = 1; k <= LOTS; k += 1) {
          for (let n = 0; n < LOT; n += 1) client.send(port);
          const endMs = performance.now() + PATIENCE_MS;
          while ((await arrived()) < k * LOT)
            assert.ok(performance.now() < endMs, `${await arrived()} arrived`);
          if (k < LOTS) await change(ask, k);
        }
      } finally {
        client.close();
        const { code, stderr } = await end();
        if (code !== 0) console.error(stderr);
        codes += code ?? 1;
      }
    };
    let codes = 0;
    const changes = [
      ['POST', '/proxies/proxy/toxics', { type: 'drop', stream: 'upstream', attributes: { drop: '30%' } }],
      [
        'POST',
        '/proxies/proxy/toxics',
        { type: 'duplicate', stream: 'upstream', attributes: { duplicate: '20%' }, toxicity: 0.99 },
      ],
      ['PATCH', '/proxies/proxy/toxics/drop_upstream', { attributes: { drop: '60%' } }],
      ['PUT', '/proxies/proxy/conditions', { up: { reorder: '20%' } }],
      ['DELETE', '/proxies/proxy/toxics/drop_upstream', undefined],
      ['PUT', '/proxies/proxy/conditions', { up: { dropBurst: '10%,50%' } }],
      ['PUT', '/proxies/proxy/conditions', { up: { dropBurst: '10%,50%', mtu: '1200' } }],
      ['POST', '/reset', undefined],
      [
        'POST',
        '/proxies/proxy/toxics',
        { type: 'dropExact', stream: 'upstream', attributes: { dropExact: '30%/10' } },
      ],
      ['PUT', '/proxies/proxy/conditions', { up: {} }],
    ] as const;
    const first = ['--protocol', 'any', '--seed', '7', '--journal', 'journal.jsonl', '--fates', 'first'];
    try {
      await sendAll(first, async (ask, k) => {
        const [method, path, body] = changes[k - 1] as (typeof changes)[number];
        const { status, body: told } = await ask(method, path, body);
        assert.ok(status < 300, JSON.stringify(told));
      });
      await sendAll(['--timeline', 'journal.jsonl', '--fates', 'second'], async (ask) => {
        // Its journal says what changes, and nobody else.
        assert.is((await ask('PUT', '/proxies/proxy/conditions', { up: { drop: '1%' } })).status, 400);
      });
    } finally {
      sink.close();
    }
    assert.is(codes, 0);
    const fates = (of: string): string => readFileSync(join(folder, of, 'fates-1-up.jsonl'), 'utf8');
    assert.is(fates('second'), fates('first'));
    const dropped = fates('first')
      .split('\n')
      .filter((line) => /"drop":"/.test(line)).length;
    assert.ok(dropped > 40, `${dropped} dropped`);
  }),
);

control('an end lets out what is delayed, and a second signal throws it away', () =>
  inFolder(async (folder) => {
    const echo = await startEcho();
    const client = new Client();
    const program = start(['control', '127.0.0.1:0', '--log', 'none'], folder);
    const end = ended(program);
    const [, url = ''] = await printed(program, /page on (http:\S+)\//);
    const post = async (path: string, body: object): Promise<unknown> =>
      (await fetch(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) })).json();
    const made = (await post('/proxies', { name: 'p', upstream: `127.0.0.1:${echo.port}` })) as {
      listen: string;
    };
    const port = Number(made.listen.split(':')[1]);
    await client.ask(port, 1);
    await post('/proxies/p/toxics', { type: 'latency', attributes: { latency: 3_600_000 } });
    client.send(port);
    const held = async (): Promise<number> => {
      const flows = (await (await fetch(`${url}/flows`)).json()) as { down: { heldNow: number } }[];
      return flows[0]?.down.heldNow ?? 0;
    };
    while ((await held()) === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    program.kill('SIGINT');
    // A second one within a second would be the same wish.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    assert.is(program.exitCode, null);
    program.kill('SIGINT');
    const { code, stdout, stderr } = await end;
    client.close();
    echo.close();
    assert.ok(code === 0, stderr);
    assert.match(stderr, /^SIGINT again: what has not left is thrown away$/m);
    assert.match(stdout, /^p: ended; 1 flow, 2 up, 2 down, 0 dropped$/m);
  }),
);

control('a token in the environment is asked for, and a port that is taken ends it with 3', () =>
  inFolder(async (folder) => {
    const { ask, url, end } = await begin(['control', '127.0.0.1:0'], folder, {
      MATCHSTREAM_CONTROL_TOKEN: 's3cret',
    });
    assert.is((await ask('GET', '/version')).status, 401);
    const shown = await fetch(`${url}/version`, { headers: { authorization: 'Bearer s3cret' } });
    assert.is(shown.status, 200);
    writeFileSync(join(folder, 'one.json'), '[{"name":"a","upstream":"127.0.0.1:9"}]');
    const taken = await run(
      ['control', url.replace('http://', ''), '--log', 'none', '--config', 'one.json'],
      folder,
    );
    assert.is(taken.code, 3);
    assert.match(taken.stderr, /^error: cannot listen on /);
    assert.is((await end()).code, 0);
  }),
);

control.run();
