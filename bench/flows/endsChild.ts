/**
 * A child process with both ends of a standing flow, for the benchmark of many flows: an echo server, which answers the other
 * flows, too, and a client that sends at a steady rate and measures every round trip. Only flowsChild.ts starts it.
 */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { MonotonicClock } from '../../src/net/clock.ts';
import { KernelDrops } from '../../src/net/kernelDrops.ts';
import { RECEIVE_BUFFER_BYTES } from '../../src/net/transport.ts';
import { leaveSignalsToParent } from '../../src/service/signals.ts';
import { serveParent } from './messages.ts';
import type { EndsAccount, Pulse } from './messages.ts';

const TICK_MS = 2;
const DATAGRAM_BYTES = 200;
/** Sending times of the last datagrams, by number. */
const RING = 1 << 16;

const clock = new MonotonicClock();
const echo = createSocket('udp4');
const client = createSocket('udp4');
const payload = Buffer.alloc(DATAGRAM_BYTES);
const sentNs = new Float64Array(RING);
let echoed = 0;
let sent = 0;
let heard = 0;
let pulseSent = 0;
let longestNs = 0;
let ownNs = 0;
let timer: NodeJS.Timeout | undefined;

const bound = (socket: Socket): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, '127.0.0.1', () => {
      socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
      resolve();
    });
  });

async function listen() {
  await Promise.all([bound(echo), bound(client)]);
  echo.on('message', (bytes, { port, address }) => {
    echoed += 1;
    echo.send(bytes, port, address);
  });
  client.on('message', (bytes) => {
    heard += 1;
    longestNs = Math.max(longestNs, clock.nowNs() - (sentNs[bytes.readUInt32LE(0) % RING] as number));
  });
  return { port: echo.address().port };
}

function beat({ port, each }: { readonly port: number; readonly each: number }): null {
  clearInterval(timer);
  if (each === 0) return null;
  let lastNs = clock.nowNs();
  timer = setInterval(() => {
    const nowNs = clock.nowNs();
    ownNs = Math.max(ownNs, nowNs - lastNs - TICK_MS * 1e6);
    lastNs = nowNs;
    for (let k = 0; k < each; k += 1) {
      sentNs[sent % RING] = nowNs;
      const bytes = Buffer.from(payload);
      bytes.writeUInt32LE(sent, 0);
      sent += 1;
      pulseSent += 1;
      client.send(bytes, port, '127.0.0.1');
    }
  }, TICK_MS);
  return null;
}

function pulse(): Pulse {
  const figures = { sent: pulseSent, longestNs, ownNs };
  [pulseSent, longestNs, ownNs] = [0, 0, 0];
  return figures;
}

async function end(): Promise<EndsAccount> {
  const locals = [echo, client].map((socket) => socket.address());
  const drops = await new KernelDrops().later(locals);
  const kernelDrops = drops.reduce((sum, count) => (sum === null || count === null ? null : sum + count), 0);
  return { echoed, sent, heard, kernelDrops };
}

leaveSignalsToParent();
serveParent({ echo: listen, beat, pulse, end });
