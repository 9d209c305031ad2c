/**
 * The least a Node program can do to send and to count datagrams: node:dgram, and nothing of this project.
 *
 *   bareDgram.mjs receive            prints {"port":N}, counts until its input ends, prints what it counted
 *   bareDgram.mjs connected PORT BYTES SECONDS   sends flat out to one receiver for ever, prints what it sent
 *   bareDgram.mjs addressed PORT BYTES SECONDS   the same from a socket that could send to anyone, as a server's has to
 */
import { createSocket } from 'node:dgram';

const BURST = 32;
/** The same receive buffer as ours. */
const RECEIVE_BUFFER_BYTES = 32 << 20;
/** Time to read the rest of the socket's buffer after the sender has ended. */
const QUIET_MS = 100;

const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

function receive() {
  const socket = createSocket('udp4');
  let received = 0;
  let firstMs = 0;
  let lastMs = 0;
  socket.on('message', () => {
    lastMs = performance.now();
    if (received === 0) firstMs = lastMs;
    received += 1;
  });
  socket.bind(0, '127.0.0.1', () => {
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
    say({ port: socket.address().port });
  });
  process.stdin.resume().on('end', () => {
    setTimeout(() => {
      say({ received, receiveS: (lastMs - firstMs) / 1e3 });
      socket.close();
    }, QUIET_MS);
  });
}

function send(isConnected, port, bytes, seconds) {
  const socket = createSocket('udp4');
  const payload = Buffer.alloc(bytes, 'a');
  let sent = 0;
  let left = 0;
  let startMs = 0;
  const end = () => {
    say({ sent, sendS: (performance.now() - startMs) / 1e3 });
    socket.close();
  };
  const burst = () => {
    if (performance.now() - startMs >= seconds * 1e3) return end();
    left = BURST;
    for (let k = 0; k < BURST; k += 1) sendOne();
  };
  const done = (error) => {
    if (error === null) sent += 1;
    left -= 1;
    if (left === 0) setImmediate(burst);
  };
  const sendOne = isConnected
    ? () => socket.send(payload, done)
    : () => socket.send(payload, port, '127.0.0.1', done);
  const start = () => {
    startMs = performance.now();
    burst();
  };
  if (isConnected) socket.connect(port, '127.0.0.1', start);
  else socket.bind(0, '127.0.0.1', start);
}

const [role, ...rest] = process.argv.slice(2);
if (role === 'receive') receive();
else send(role === 'connected', ...rest.map(Number));
