/** iperf3 through the proxy, between two ports that tcpdump watches: what entered and what left, flow by flow. */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { Server, createServer } from 'node:net';
import * as assert from 'uvu/assert';
import { runToEnd } from '../../../bench/peers/peerProcess.ts';
import { pause } from '../../net/arrivals.ts';
import { startListening } from '../foreign/foreign.ts';
import { openTap, relayTcp } from '../foreign/tap.ts';
import { PATIENCE_MS, until, within } from '../loopback.ts';
import { ended, printed, start } from '../program.ts';
import { PcapReader, cutJoined } from './pcap.ts';
import type { Captured } from './pcap.ts';
import type { Capture, Seen } from './recount.ts';

/** Both directions of a flow. */
export interface Flow {
  readonly up: Capture;
  readonly down: Capture;
}

/** So long nothing comes any more. */
const QUIET_MS = 400;
const HOST = '127.0.0.1';

/** tcpdump, watching ports of loopback. */
class Watch {
  readonly #reader = new PcapReader();
  #unreadable: unknown;
  #stderr = '';
  readonly #process;
  readonly #ended: Promise<void>;
  readonly #mark: Socket;
  #isOver = false;

  private constructor(ports: readonly number[], mark: Socket) {
    this.#mark = mark;
    const filter = [...ports, mark.address().port].map((port) => `port ${port}`).join(' or ');
    // Frames have room for 64 joined rows, and the ring for thousands of frames: a busy machine lets it run full.
    const options = '-i lo -n -U -w - --immediate-mode --time-stamp-precision=nano -s 3700 -B 32768'.split(
      ' ',
    );
    this.#process = spawn('tcpdump', [...options, `udp and (${filter})`], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process.stdout.on('data', (bytes: Buffer) => {
      try {
        this.#reader.take(bytes);
      } catch (cause) {
        this.#unreadable ??= cause;
      }
    });
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.#ended = new Promise((resolve) => {
      const end = (): void => {
        this.#isOver = true;
        resolve();
      };
      this.#process.on('error', end);
      this.#process.on('close', end);
    });
  }

  static async open(ports: readonly number[]): Promise<Watch> {
    const mark = createSocket('udp4');
    await new Promise<void>((resolve) => {
      mark.bind({ address: HOST, port: 0 }, resolve);
    });
    const watch = new Watch(ports, mark);
    try {
      await watch.#untilMarked();
    } catch (cause) {
      await watch.#end();
      throw cause;
    }
    return watch;
  }

  /** Waits until it has seen what was sent so far: it sees this datagram later than those. */
  async #untilMarked(): Promise<void> {
    const { port } = this.#mark.address();
    const { found } = this.#reader;
    const from = found.length;
    await until(PATIENCE_MS, 'what tcpdump sees', () => {
      if (this.#isOver) throw new Error(`tcpdump ended: ${this.#stderr}`);
      this.#mark.send('', port, HOST);
      return found.slice(from).some(({ to }) => to === port);
    });
  }

  async untilQuiet(): Promise<void> {
    const { found } = this.#reader;
    for (let before = -1; before !== found.length; await pause(QUIET_MS)) before = found.length;
  }

  /** Everything until now. */
  async read(): Promise<readonly Captured[]> {
    await this.#untilMarked();
    if (this.#unreadable !== undefined) throw this.#unreadable;
    return this.#reader.found;
  }

  async #end(): Promise<void> {
    this.#mark.close();
    this.#process.kill('SIGINT');
    await within(PATIENCE_MS, 'the end of tcpdump', this.#ended);
  }

  async close(): Promise<void> {
    await this.#end();
    assert.match(this.#stderr, /\b0 packets dropped by kernel/, 'what tcpdump saw is not all there was');
  }
}

/** Whether tcpdump may watch loopback here; why not. */
export async function whyNoCapture(): Promise<string | null> {
  try {
    await (await Watch.open([9])).close();
    return null;
  } catch (cause) {
    return cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
  }
}

export interface Wire {
  /** Of the proxy: flags, seed, transport. */
  readonly proxy: readonly string[];
  /** Of iperf3's client. */
  readonly iperf3: readonly string[];
  readonly sizeBytes: number;
  /** How many tests of iperf3, one after the other. */
  readonly tests: number;
  /** Whether a datagram is lost before it reaches the proxy. */
  readonly loses: ((payload: Buffer) => boolean) | null;
}

/** Runs iperf3. @returns its flows, in the order in which they began */
export async function runWatched(folder: string, wire: Wire): Promise<readonly Flow[]> {
  const serverPort = await fixedPort();
  const listenPort = await fixedPort();
  const { loses } = wire;
  // It stays open when iperf3 is over: a socket of the proxy that heard of a refusal would use up a datagram for it.
  const behind = await openTap(
    () => serverPort,
    (bytes, way) => way === 'down' && loses?.(bytes) === true,
  );
  const before = await openTap(
    () => listenPort,
    (bytes, way) => way === 'up' && loses?.(bytes) === true,
  );
  const clientPort = loses === null ? listenPort : before.port;
  const behindPort = behind.port;
  const watch = await Watch.open([listenPort, behindPort]);
  try {
    await runBetween(folder, wire, { clientPort, listenPort, behindPort, serverPort }, watch);
    return intoFlows(cutJoined(await watch.read(), wire.sizeBytes), listenPort, behindPort);
  } finally {
    await before.close();
    await behind.close();
    await watch.close();
  }
}

/** The ports on the way of a datagram from iperf3's client to its server: a witness's, the proxy's, another witness's. */
interface Ports {
  readonly clientPort: number;
  readonly listenPort: number;
  readonly behindPort: number;
  readonly serverPort: number;
}

async function runBetween(
  folder: string,
  { proxy: options, iperf3, sizeBytes, tests }: Wire,
  { clientPort, listenPort, behindPort, serverPort }: Ports,
  watch: Watch,
): Promise<void> {
  const relay = await relayTcp(clientPort, serverPort);
  const addresses = ['--listen', `${HOST}:${listenPort}`, '--upstream', `${HOST}:${behindPort}`];
  const proxy = start(['proxy', ...addresses, '--log', 'none', ...options], folder);
  const end = ended(proxy);
  try {
    await Promise.race([printed(proxy, /listening on/), end]);
    for (let k = 0; k < tests; k += 1) {
      const server = await startListening(
        'iperf3',
        ['-s', '-1', '-p', String(serverPort)],
        'tcp',
        serverPort,
      );
      const args = ['-c', HOST, '-p', String(clientPort), '-u', '-l', String(sizeBytes), ...iperf3];
      await runToEnd({ file: 'iperf3', args, limitMs: PATIENCE_MS }).finally(() => server.stop());
    }
    await watch.untilQuiet();
  } finally {
    proxy.kill('SIGINT');
    await end.catch(() => undefined);
    relay.close();
  }
  const { code, stderr } = await end;
  assert.is(code, 0, stderr);
}

/** A flow is a client's port before the proxy, and a port of the proxy behind it: the first is the first's. */
function intoFlows(captured: readonly Captured[], listenPort: number, behindPort: number): Flow[] {
  const before = byPort(captured, listenPort);
  const behind = byPort(captured, behindPort);
  assert.is(behind.length, before.length, 'flows behind the proxy, and before it');
  return before.map((client, k) => {
    const server = behind[k] as Ways;
    return { up: { entered: client.to, left: server.to }, down: { entered: server.from, left: client.from } };
  });
}

/** Ports below those that the system picks from: nobody who starts meanwhile is given one. */
const FIRST_PORT = 20_000;
const PORTS = 12_000;
let nextPort = FIRST_PORT + Math.floor(Math.random() * PORTS);

export async function fixedPort(): Promise<number> {
  for (let tries = 0; tries < PORTS; tries += 1) {
    nextPort = nextPort + 1 < FIRST_PORT + PORTS ? nextPort + 1 : FIRST_PORT;
    const port = nextPort;
    if ((await canBind(createServer(), port)) && (await canBind(createSocket('udp4'), port))) return port;
  }
  throw new Error('there is no free port');
}

function canBind(socket: Server | Socket, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    socket.once('error', () => resolve(false));
    const free = (): void => void socket.close(() => resolve(true));
    if (socket instanceof Server) socket.listen(port, HOST, free);
    else socket.bind(port, HOST, free);
  });
}

interface Ways {
  readonly to: Seen[];
  readonly from: Seen[];
}

/** What went to and from one port, by the port at the other end. */
function byPort(captured: readonly Captured[], port: number): Ways[] {
  const others = new Map<number, Ways>();
  for (const one of captured) {
    if (one.to !== port && one.from !== port) continue;
    const other = one.to === port ? one.from : one.to;
    const ways = others.get(other) ?? { to: [], from: [] };
    others.set(other, ways);
    (one.to === port ? ways.to : ways.from).push(one);
  }
  return [...others.values()];
}
