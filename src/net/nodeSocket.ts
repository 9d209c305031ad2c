/**
 * A socket of node:dgram: opened, bound, configured and, on request, connected.
 *
 * A feature that node:dgram lacks or the system refuses is no error, but is reported in a sentence.
 */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { lookup as systemLookup } from 'node:dns';
import { isIP } from 'node:net';
import { formatHostPort } from '../base/quantities.ts';
import type { Peer } from './batch.ts';
import { bindFailure } from './bindFailure.ts';
import { groupFailure, hostToBind, interfaceFor, isGroup } from './multicast.ts';
import { SEND_BUFFER_BYTES, isWildcard, wantedReceiveBytes } from './transport.ts';
import type { OpenOptions } from './transport.ts';

export interface OpenNodeSocket {
  readonly socket: Socket;
  readonly local: Peer;
  /** The peer it is connected to; null for none. */
  readonly connectedTo: Peer | null;
  /** Missing features, one sentence each. */
  readonly lacks: readonly string[];
}

/** The last host resolved: a stream has the same one again and again. */
let lastHost = '';
let lastFamily = 0;

/** dgram resolves even numeric addresses asynchronously; a synchronous answer keeps sends synchronous and in order. */
const lookup = ((hostname: string, options: object, callback: (...result: unknown[]) => void): void => {
  const family = hostname === lastHost ? lastFamily : isIP(hostname);
  lastHost = hostname;
  lastFamily = family;
  if (family === 0) systemLookup(hostname, options, callback as never);
  else callback(null, hostname, family);
}) as never;

/** Throws an EnvironmentError when the address cannot be bound. */
export async function openNodeSocket(options: OpenOptions): Promise<OpenNodeSocket> {
  const host = hostToBind(options);
  const type = isIP(host) === 6 ? 'udp6' : 'udp4';
  const socket = createSocket({ type, lookup, reuseAddr: isGroup(host) });
  const bound = await tried(socket, (done) =>
    socket.bind({ address: host, port: options.port, exclusive: true }, done),
  );
  if (bound !== null) {
    socket.close();
    throw bindFailure(options, bound.code ?? 'unknown error', bound);
  }
  try {
    if (options.broadcast === true) socket.setBroadcast(true);
    join(socket, options);
  } catch (cause) {
    socket.close();
    throw cause;
  }
  if (options.keepsAlive === false) socket.unref();
  growBuffers(socket, wantedReceiveBytes(options));
  const lacks: string[] = [];
  if (options.carriesTos === true) lacks.push('the type of service is not carried across');
  const connectedTo = await connect(socket, options, lacks);
  const { address, port } = socket.address();
  return { socket, local: { address, port }, connectedTo, lacks };
}

/** Throws an EnvironmentError where a group cannot be joined. */
function join(socket: Socket, { host, multicastInterface: name }: OpenOptions): void {
  if (name === undefined) return;
  const isIpv6 = isIP(host) === 6;
  const own = interfaceFor(name, isIpv6);
  const where = isIpv6 ? `::%${own}` : own;
  try {
    socket.setMulticastInterface(where);
    if (isGroup(host)) socket.addMembership(host, where);
  } catch (cause) {
    throw groupFailure(host, name, (cause as { code?: string }).code ?? 'unknown error', cause);
  }
}

/** Only a connected socket reports refusals (ICMP), and only those of its peer. */
async function connect(
  socket: Socket,
  { connectTo, tellsRefusals }: OpenOptions,
  lacks: string[],
): Promise<Peer | null> {
  if (connectTo === undefined) {
    if (tellsRefusals === true) lacks.push('whether a peer refuses datagrams is not told');
    if (isWildcard(socket.address().address))
      lacks.push('answers leave from the address that the kernel chooses');
    return null;
  }
  const { address, port } = connectTo;
  const failed = await tried(socket, (done) => socket.connect(port, address, done));
  const peer = formatHostPort(address, port);
  if (failed === null) {
    lacks.push(`answers in place of ${peer} from elsewhere are not seen`);
    return connectTo;
  }
  lacks.push(
    `whether ${peer} refuses datagrams is not told: no connection (${failed.code ?? failed.message})`,
  );
  return null;
}

/** Resolves to the error, or null. */
async function tried(
  socket: Socket,
  begin: (done: () => void) => void,
): Promise<NodeJS.ErrnoException | null> {
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      begin(resolve);
    });
    return null;
  } catch (cause) {
    return cause as NodeJS.ErrnoException;
  } finally {
    socket.removeAllListeners('error');
  }
}

function growBuffers(socket: Socket, receiveBytes: number): void {
  // The kernel silently limits the size; if it refuses, the default size stays.
  for (const grow of [
    () => socket.setRecvBufferSize(receiveBytes),
    () => socket.setSendBufferSize(SEND_BUFFER_BYTES),
  ]) {
    try {
      grow();
    } catch {
      continue;
    }
  }
}
