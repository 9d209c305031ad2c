/** Sockets that are not this project's: they do and see what node:dgram cannot. Python has them; nothing here is a test. */
import { spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import type { Peer } from '../../src/net/batch.ts';
import { PATIENCE_MS, within } from './loopback.ts';

/** Why there is no Python here, or null. */
export function missingPython(): string | null {
  const { error } = spawnSync('python3', ['--version'], { stdio: 'ignore' });
  return error === undefined ? null : 'it needs python3';
}

/** Why no datagram can be forged here, or null. */
export function missingForForging(): string | null {
  return process.getuid?.() === 0 ? missingPython() : 'it needs root, for a raw socket';
}

/** An address on loopback where nobody is any more. */
export async function closedPeer(): Promise<Peer> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => {
    socket.bind(0, '127.0.0.1', resolve);
  });
  const { address, port } = socket.address();
  await new Promise<void>((resolve) => {
    socket.close(resolve);
  });
  return { address, port };
}

/** Runs a Python program. @param hear takes each line that it prints; it is told to go on after each */
async function python(
  program: string,
  args: readonly (string | number)[],
  hear: (line: string) => void = () => undefined,
): Promise<void> {
  const child = spawn('python3', ['-u', '-c', program, ...args.map(String)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let rest = '';
  // It may have ended when it is told to go on.
  child.stdin.on('error', () => undefined);
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      hear(line);
      child.stdin.write('go on\n');
    }
  });
  const code = await within(
    PATIENCE_MS,
    'a Python program',
    new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    }),
  ).finally(() => child.kill());
  if (code !== 0) throw new Error(`a Python program ended with ${code}`);
}

const FORGE = `
import socket, struct, sys
address, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
for k in range(count):
    raw.sendto(struct.pack('!HHHH', 0, port, 8 + 4, 0) + b'zero', (address, 0))
`;

/** Sends datagrams that state port 0 as their source, over IPv4. */
export const forgeFromPortZero = ({ address, port }: Peer, count: number): Promise<void> =>
  python(FORGE, [address, port, count]);

const TOS = `
import json, socket, sys
relay, sent = (sys.argv[1], int(sys.argv[2])), json.loads(sys.argv[3])
def bound():
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
    one.bind(('127.0.0.1', 0))
    one.settimeout(30)
    return one
server, client = bound(), bound()
print(json.dumps(['server', server.getsockname()[1]]))
def heard(one):
    data, control, flags, source = one.recvmsg(2000, 200)
    assert [kind for _, kind, _ in control] == [socket.IP_TOS], control
    return control[0][2][0], data, source
def send(one, tos, data, to):
    one.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, tos)
    one.sendto(data, to)
sys.stdin.readline()
for k, tos in enumerate(sent): send(client, tos, b'question %03d' % k, relay)
questions = [heard(server) for _ in sent]
for (tos, data, source), wanted in zip(questions, sent): send(server, wanted, data, source)
answers = [heard(client) for _ in sent]
assert [data for _, data, _ in questions] == [data for _, data, _ in answers] == [b'question %03d' % k for k in range(len(sent))]
print(json.dumps(['up', [tos for tos, _, _ in questions]]))
print(json.dumps(['down', [tos for tos, _, _ in answers]]))
`;

/**
 * A client and a server with a relay between them: the client sends datagrams with these types of service, one each, and
 * the server answers each with the same.
 * @param serve told where the server is, before anything is sent
 * @returns what came to the server and back to the client
 */
export async function talkWithTos(
  relay: Peer,
  sent: readonly number[],
  serve: (server: Peer) => void,
): Promise<{ readonly up: readonly number[]; readonly down: readonly number[] }> {
  const said: Record<string, readonly number[]> = {};
  await python(TOS, [relay.address, relay.port, JSON.stringify(sent)], (line) => {
    const [what, value] = JSON.parse(line) as [string, never];
    if (what === 'server') serve({ address: '127.0.0.1', port: value });
    else said[what] = value;
  });
  return { up: said['up'] ?? [], down: said['down'] ?? [] };
}
