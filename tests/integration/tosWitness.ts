/**
 * Witnesses of types of service (DSCP and ECN), which node:dgram can neither set nor see: Python programs with sockets of
 * their own. Not a test.
 */
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Peer } from '../../src/net/batch.ts';
import { PATIENCE_MS, within } from './loopback.ts';

/** A Python program that prints JSON, a line each, and is told lines. */
class Python {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: string[] = [];
  #stderr = '';
  #heard: () => void = () => undefined;

  constructor(program: string, args: readonly (string | number)[]) {
    this.#child = spawn('python3', ['-u', '-c', program, ...args.map(String)]);
    let rest = '';
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      this.#lines.push(...lines);
      this.#heard();
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    // It may have ended when it is told something.
    this.#child.stdin.on('error', () => undefined);
    this.#child.on('close', () => this.#heard());
  }

  tell(line: string | number): void {
    this.#child.stdin.write(`${line}\n`);
  }

  /** Its next line. */
  async next<T>(): Promise<T> {
    const line = async (): Promise<string> => {
      for (;;) {
        const next = this.#lines.shift();
        if (next !== undefined) return next;
        if (this.#child.exitCode !== null) throw new Error(`a witness has ended: ${this.#stderr}`);
        await new Promise<void>((resolve) => (this.#heard = resolve));
      }
    };
    return JSON.parse(await within(PATIENCE_MS, 'a witness', line())) as T;
  }

  end(): void {
    this.#child.kill('SIGKILL');
  }
}

const SOCKETS = `
import json, select, socket, sys
def bound():
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    one.bind(('127.0.0.1', 0))
    return one
def heard(one):
    data, control, flags, source = one.recvmsg(70000, 200)
    return data, [value[0] for level, kind, value in control if kind == socket.IP_TOS][0], source
def send(one, tos, data, to):
    one.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, tos)
    one.sendto(data, to)
def ready(sockets, seconds):
    return select.select(sockets, [], [], seconds)[0]
`;

const TALK = `${SOCKETS}
sent, up, down = json.loads(sys.argv[1]), [], []
server, client = bound(), bound()
print(server.getsockname()[1])
relay = ('127.0.0.1', int(sys.stdin.readline()))
def serve(seconds):
    which = ready([server, client], seconds)
    for one in which:
        data, tos, source = heard(one)
        (up if one is server else down).append([int(data), tos])
        if one is server: send(server, 255 - tos, data, source)
    return which
for k, tos in enumerate(sent):
    send(client, tos, b'%05d' % k, relay)
    while serve(0.0005): pass
while serve(0.3): pass
print(json.dumps('quiet'))
sys.stdin.readline()
while serve(0.3): pass
print(json.dumps([up, down]))
`;

/** What came, in order: number and type of service. */
export type SeenTos = readonly (readonly [number: number, tos: number])[];

/**
 * A server and a client that send each datagram with a type of service of its own: the client datagram *k* with the *k*-th,
 * and the server answers it with 255 less that.
 */
export class TosTalk {
  readonly #python: Python;

  constructor(sent: readonly number[]) {
    this.#python = new Python(TALK, [JSON.stringify(sent)]);
  }

  async server(): Promise<Peer> {
    return { address: '127.0.0.1', port: await this.#python.next<number>() };
  }

  /** Everything is sent to a relay. Resolves when nothing has come for 0.3 s. */
  async talk(relay: Peer): Promise<void> {
    this.#python.tell(relay.port);
    await this.#python.next();
  }

  /** What came to the server and to the client. */
  async seen(): Promise<{ readonly up: SeenTos; readonly down: SeenTos }> {
    this.#python.tell('finish');
    const [up, down] = await this.#python.next<[SeenTos, SeenTos]>();
    return { up, down };
  }

  end(): void {
    this.#python.end();
  }
}

const RELAY = `${SOCKETS}
target, mark_every = ('127.0.0.1', int(sys.argv[1])), int(sys.argv[2])
front, back, client, count = bound(), bound(), None, 0
seen = {'up': {}, 'down': {}}
print(front.getsockname()[1])
while True:
    for one in ready([front, back, sys.stdin], None):
        if one is sys.stdin:
            sys.stdin.readline()
            print(json.dumps(seen))
            continue
        data, tos, source = heard(one)
        if one is front:
            client, count = source, count + 1
            if mark_every and tos & 3 and count % mark_every == 0: tos |= 3
        way = seen['up' if one is front else 'down']
        way[tos] = way.get(tos, 0) + 1
        if one is front: send(back, tos, data, target)
        elif client is not None: send(front, tos, data, client)
`;

/** How many datagrams had each type of service, by type. */
export type TosCounts = Readonly<Record<'up' | 'down', Readonly<Record<string, number>>>>;

/** A relay for one client that carries the type of service and counts what it carries. */
export class TosRelay {
  readonly #python: Python;
  readonly port: Promise<number>;

  /** @param markEvery of every so many datagrams that are capable of it (ECT) one is marked (CE); 0 marks none */
  constructor(serverPort: number, markEvery = 0) {
    this.#python = new Python(RELAY, [serverPort, markEvery]);
    this.port = this.#python.next<number>();
  }

  /** What it carried so far, as it left. */
  async seen(): Promise<TosCounts> {
    this.#python.tell('tell');
    return this.#python.next<TosCounts>();
  }

  end(): void {
    this.#python.end();
  }
}
