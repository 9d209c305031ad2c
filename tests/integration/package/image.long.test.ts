/**
 * The image, without Docker: its Dockerfile's steps are read and run in folders that stand for the image's, as far as they are
 * commands, and then its command is started as its user. Docker itself would add the base image and the walls.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readText } from '../../house/source.ts';
import { ROOT, run, whyNoPackages } from './installed.ts';

/** The uid and gid of `node` in the base image. */
const NODE_USER = 1000;
const API_PORT = '8474';

interface Instruction {
  readonly kind: string;
  readonly rest: string;
}

/** The instructions of each stage. */
function stagesOf(text: string): Instruction[][] {
  const stages: Instruction[][] = [];
  for (const line of text.replaceAll('\\\n', ' ').split('\n')) {
    const [, kind, rest] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
    if (kind === undefined || rest === undefined) {
      assert.match(line, /^(#.*)?$/);
      continue;
    }
    if (kind === 'FROM') stages.push([]);
    stages.at(-1)?.push({ kind, rest });
  }
  return stages;
}

const stages = stagesOf(readText('Dockerfile'));
const ALLOWED = ['FROM', 'WORKDIR', 'COPY', 'RUN', 'USER', 'EXPOSE', 'HEALTHCHECK', 'ENTRYPOINT', 'CMD'];
const last = stages.at(-1) as Instruction[];
const oneOf = (kind: string): string => {
  const found = last.filter((instruction) => instruction.kind === kind);
  assert.is(found.length, 1, kind);
  return (found[0] as Instruction).rest;
};
const wordsOf = (rest: string): string[] => JSON.parse(rest) as string[];

const test = suite('the image');

test('it is node:22-slim, runs as no root, and says its ports, its health and its command', () => {
  for (const stage of stages) {
    assert.match((stage[0] as Instruction).rest, /^node:22-slim( AS \w+)?$/);
    for (const { kind } of stage) assert.ok(ALLOWED.includes(kind), kind);
  }
  assert.is(oneOf('USER'), 'node');
  // What runs after it has its rights; nothing but the folder follows.
  const after = last.slice(last.findIndex(({ kind }) => kind === 'USER') + 1).map(({ kind }) => kind);
  assert.equal(after, ['WORKDIR', 'EXPOSE', 'HEALTHCHECK', 'ENTRYPOINT', 'CMD']);
  assert.match(oneOf('EXPOSE'), /^8474\/tcp 8475-8484\/udp$/);
  assert.equal(wordsOf(oneOf('ENTRYPOINT')), ['matchstream']);
  assert.ok(wordsOf(oneOf('CMD')).includes('--control-allow'));
});

test('what the build makes itself is not sent to it', () => {
  const left = readText('.dockerignore').split('\n');
  for (const name of ['node_modules', 'dist', '.git']) assert.ok(left.includes(name), name);
});

const missing = process.platform === 'linux' ? whyNoPackages() : 'the image is one of Linux';
const claim = missing === null ? test : (name: string) => test.skip(`${name} (${missing})`);

const image = mkdtempSync(join(tmpdir(), 'matchstream-image-'));
process.once('exit', () => rmSync(image, { recursive: true, force: true }));
/** Absolute paths of the image, in the folder that stands for it. */
const inImage = (text: string): string => text.replaceAll(/(?<=^|\s)\/(?=\w)/g, `${image}/`);
const prefix = join(image, 'usr/local');

function runStep(command: string, cwd: string): void {
  mkdirSync(cwd, { recursive: true });
  const { code, said } = run('sh', ['-ec', inImage(command)], cwd, {
    npm_config_prefix: prefix,
    // Most of it was installed on this machine before.
    npm_config_prefer_offline: 'true',
  });
  assert.is(code, 0, `${command}: ${said}`);
}

/** What git has, without what .dockerignore leaves out. */
function copyContext(folder: string): void {
  const left = readText('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const listed = spawnSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' }).stdout.trim().split('\n');
  for (const path of listed) {
    if (left.some((name) => path === name || path.startsWith(`${name}/`))) continue;
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    cpSync(join(ROOT, path), join(folder, path));
  }
}

/** Whoever runs this, if that is not root, who may be anybody. */
const isRoot = process.getuid?.() === 0;
const user = isRoot ? NODE_USER : (process.getuid?.() ?? NODE_USER);

claim('every step of it runs, and leaves the program installed', () => {
  for (const stage of stages) {
    let folder = image;
    for (const { kind, rest } of stage) {
      if (kind === 'WORKDIR') folder = inImage(rest);
      else if (kind === 'COPY' && rest === '. .') copyContext(folder);
      else if (kind === 'RUN') runStep(rest.replace('chown node', `chown ${user}`), folder);
    }
  }
  assert.ok(readdirSync(join(prefix, 'bin')).includes('matchstream'));
  assert.equal(readdirSync(image).toSorted(), ['build', 'reports', 'usr']);
});

const freePort = (): Promise<string> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(String(port)));
    });
  });

claim(
  'its command runs as its user, is healthy once it listens, makes a proxy, and ends with 0 when it is stopped',
  async () => {
    if (isRoot) chownSync(image, NODE_USER, NODE_USER);
    const asNode = { ...(isRoot && { uid: NODE_USER, gid: NODE_USER }), cwd: join(image, 'reports') };
    const env = {
      PATH: `${join(prefix, 'bin')}:${dirname(process.execPath)}:${process.env['PATH']}`,
      HOME: asNode.cwd,
    };
    const port = await freePort();
    const atPort = (words: readonly string[]): string[] =>
      words.map((word) => word.replaceAll(API_PORT, port));
    const [program = '', ...args] = [...wordsOf(oneOf('ENTRYPOINT')), ...atPort(wordsOf(oneOf('CMD')))];
    const running = spawn(program, args, { ...asNode, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [running.stdout, running.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    const over = new Promise<number | null>((resolve) => running.once('close', resolve));
    try {
      const [, ofHealth = '[]'] = /CMD (\[.*\])$/.exec(oneOf('HEALTHCHECK')) ?? [];
      const [checker = '', ...how] = atPort(wordsOf(ofHealth));
      const isHealthy = (): boolean =>
        spawnSync(checker, how, { ...asNode, env, timeout: 20_000 }).status === 0;
      const endMs = performance.now() + 60_000;
      while (!isHealthy()) assert.ok(performance.now() < endMs && running.exitCode === null, said);
      const made = await fetch(`http://127.0.0.1:${port}/proxies`, {
        method: 'POST',
        body: JSON.stringify({ name: 'echo', listen: '0.0.0.0:0', upstream: '172.17.0.2:9' }),
      });
      assert.is(made.status, 201, await made.text());
    } finally {
      running.kill('SIGTERM');
    }
    assert.is(await over, 0, said);
  },
);

test.run();
