/**
 * A witness on the way: a UDP relay that writes down what it carries and loses what it is told to, and a TCP relay for
 * programs that talk about the test over a connection of its own. Nothing of the project's, so that it can testify.
 */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { connect, createServer } from 'node:net';

const HOST = '127.0.0.1';

export interface Tap {
  readonly port: number;
  /** What was carried towards the server, in order. */
  readonly up: Buffer[];
  /** What was carried towards the client, in order. */
  readonly down: Buffer[];
  close(): Promise<void>;
}

/** Binds a socket to a port of loopback; 0 lets the system pick. */
function bind(port: number): Promise<Socket> {
  const socket = createSocket('udp4');
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address: HOST, port }, () => resolve(socket));
  });
}

/**
 * Relays between whoever sends to `port` and a server.
 * @param serverPort may be set later, before the first datagram
 * @param loses whether a datagram is lost here, on purpose, and not written down
 */
export async function openTap(
  serverPort: () => number,
  loses: (bytes: Buffer, way: 'up' | 'down') => boolean = () => false,
): Promise<Tap> {
  const up: Buffer[] = [];
  const down: Buffer[] = [];
  const front = await bind(0);
  const behind = new Map<number, Promise<Socket>>();
  const openBehind = async (clientPort: number): Promise<Socket> => {
    const socket = await bind(0);
    socket.on('message', (bytes) => {
      if (loses(bytes, 'down')) return;
      down.push(Buffer.from(bytes));
      front.send(bytes, clientPort, HOST);
    });
    return socket;
  };
  front.on('message', (bytes, { port }) => {
    if (loses(bytes, 'up')) return;
    up.push(Buffer.from(bytes));
    const socket = behind.get(port) ?? openBehind(port);
    behind.set(port, socket);
    void socket.then((open) => open.send(bytes, serverPort(), HOST));
  });
  return {
    port: front.address().port,
    up,
    down,
    async close() {
      front.close();
      for (const socket of behind.values()) (await socket).close();
    },
  };
}

export interface TcpRelay {
  close(): void;
}

/** Carries TCP from a port to a server's port. */
export function relayTcp(port: number, serverPort: number): Promise<TcpRelay> {
  const server = createServer((near) => {
    const far = connect(serverPort, HOST);
    near.pipe(far);
    far.pipe(near);
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => resolve(server));
  });
}
