/**
 * Two hosts on one cable: network namespaces joined by a veth pair, one for the product, one for whoever attacks it.
 *
 * Every address of 10.99.0.0/16 is reached over the cable, and nobody has one: datagrams can come in anybody's name,
 * and what is sent back to a name is read from the interface (forge.c). Needs root, `ip` and a C compiler.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { Peer } from '../../src/net/batch.ts';
import { within } from './loopback.ts';
import { PROGRAM } from './program.ts';
import type { Program } from './program.ts';

/** The product's address on the cable, and the other host's. */
export const PRODUCT = '10.98.0.1';
const HONEST = '10.98.0.2';
const PATIENCE_MS = 60_000;
/** So that the largest datagram is one packet: a raw socket cuts nothing apart. */
const MTU_BYTES = 65_535;

/** Why there can be no two hosts here, or null. */
export function missingForTwoHosts(): string | null {
  if (process.platform !== 'linux') return 'it needs Linux';
  if (process.getuid?.() !== 0) return 'it needs root, for network namespaces and raw sockets';
  for (const [program, debian] of [
    ['ip', 'iproute2'],
    ['cc', 'gcc and libc6-dev'],
  ] as const) {
    const { error } = spawnSync(program, [program === 'ip' ? '-V' : '--version'], { stdio: 'ignore' });
    if (error !== undefined) return `it needs ${program} (Debian: ${debian})`;
  }
  const name = `msprobe${process.pid}`;
  const made = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' });
  if (made.status !== 0) return `it needs the right to make network namespaces (${made.stderr.trim()})`;
  spawnSync('ip', ['netns', 'del', name]);
  return null;
}

/** What came back to a name. */
export interface Echoed {
  readonly datagrams: number;
  /** Of payload. */
  readonly bytes: number;
  /** The beginning of the last payload. */
  readonly last: Buffer;
}

export const nameOf = ({ address, port }: Peer): string => `${address}:${port}`;

const addressBytes = (address: string): number[] => address.split('.').map(Number);
const portBytes = (port: number): number[] => [port >> 8, port & 255];

/** Sends in anybody's name and reads what comes back. */
export class Forger {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  /** What was sent in each name: datagrams, and bytes of payload. */
  readonly sent = new Map<string, { datagrams: number; bytes: number }>();
  #printed = '';
  #heard: () => void = () => undefined;
  readonly #ended: Promise<never>;

  constructor(process: ChildProcessByStdio<Writable, Readable, null>) {
    this.#process = process;
    this.#ended = new Promise((_resolve, reject) => {
      process.once('exit', (code) => reject(new Error(`the forger ended with code ${code}`)));
    });
    this.#ended.catch(() => undefined);
    process.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#printed += text;
      this.#heard();
    });
  }

  ready(): Promise<string> {
    return this.#until('ready\n');
  }

  send(from: Peer, to: Peer, payload: Uint8Array): void {
    const head = [
      ...addressBytes(from.address),
      ...portBytes(from.port),
      ...addressBytes(to.address),
      ...portBytes(to.port),
      ...portBytes(payload.length),
    ];
    this.#process.stdin.write(Buffer.concat([Buffer.from('S'), Buffer.from(head), payload]));
    const name = nameOf(from);
    const sent = this.sent.get(name) ?? { datagrams: 0, bytes: 0 };
    sent.datagrams += 1;
    sent.bytes += payload.length;
    this.sent.set(name, sent);
  }

  /** Everything that has come back so far, name by name. Throws when some of it could not be counted. */
  async echoes(): Promise<Map<string, Echoed>> {
    this.#process.stdin.write('Q');
    const lines = (await this.#until('.\n')).trimEnd().split('\n');
    if (lines.at(-2) !== 'dropped 0') throw new Error(`not everything was counted: ${lines.at(-2)}`);
    return new Map(
      lines.slice(0, -2).map((line) => {
        const [name = '', datagrams, bytes, last = ''] = line.split(' ');
        return [name, { datagrams: Number(datagrams), bytes: Number(bytes), last: Buffer.from(last, 'hex') }];
      }),
    );
  }

  end(): void {
    this.#process.stdin.end();
    this.#process.kill();
  }

  async #until(last: string): Promise<string> {
    const whole = new Promise<void>((resolve) => {
      this.#heard = () => {
        if (this.#printed.endsWith(last)) resolve();
      };
      this.#heard();
    });
    await within(PATIENCE_MS, 'the forger', Promise.race([whole, this.#ended]));
    const text = this.#printed;
    this.#printed = '';
    return text;
  }
}

export interface TwoHosts {
  /** For what the programs write. */
  readonly folder: string;
  readonly forger: Forger;
  /** Starts matchstream on the product's host, or on the other as an honest client. */
  start(host: 'product' | 'honest', args: readonly string[]): Program;
}

/** Makes the two hosts, hands them over, and leaves neither them nor a process behind. */
export async function withTwoHosts(use: (hosts: TwoHosts) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'matchstream-'));
  const spaces = { product: `msproduct${process.pid}`, honest: `msother${process.pid}` };
  const ip = (...args: string[]): string => execFileSync('ip', args, { encoding: 'utf8' });
  const started: Program[] = [];
  let forger: Forger | undefined;
  try {
    for (const space of Object.values(spaces)) {
      ip('netns', 'add', space);
      ip('-n', space, 'link', 'set', 'lo', 'up');
    }
    const ends = ['type', 'veth', 'peer', 'name', 'cable', 'netns', spaces.honest];
    ip('link', 'add', 'cable', 'mtu', `${MTU_BYTES}`, 'netns', spaces.product, ...ends);
    for (const [space, address] of [
      [spaces.product, PRODUCT],
      [spaces.honest, HONEST],
    ] as const) {
      ip('-n', space, 'addr', 'add', `${address}/30`, 'dev', 'cable');
      ip('-n', space, 'link', 'set', 'cable', 'mtu', `${MTU_BYTES}`, 'up');
    }
    ip('-n', spaces.product, 'route', 'add', '10.99.0.0/16', 'via', HONEST);
    const forge = join(folder, 'forge');
    execFileSync('cc', ['-O2', '-o', forge, join(import.meta.dirname, 'forge.c')]);
    forger = new Forger(
      spawn('ip', ['netns', 'exec', spaces.honest, forge, 'cable'], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    await forger.ready();
    const start = (host: 'product' | 'honest', args: readonly string[]): Program => {
      const words = ['netns', 'exec', spaces[host], process.execPath, PROGRAM, ...args];
      const program = spawn('ip', words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
      started.push(program);
      return program;
    };
    await use({ folder, forger, start });
  } finally {
    forger?.end();
    // `ip netns exec` becomes the program it is given, so its id is the program's.
    for (const program of started) program.kill('SIGKILL');
    for (const space of Object.values(spaces)) spawnSync('ip', ['netns', 'del', space]);
    rmSync(folder, { recursive: true, force: true });
  }
}
