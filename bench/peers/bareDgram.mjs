/**
 * The least a Node program can do to send and to count datagrams: node:dgram, and nothing of this project.
 *
 *   bareDgram.mjs receive            prints {"port":N}, counts until its input ends, prints what it counted
 *   bareDgram.mjs send PORT BYTES SECONDS   sends flat out, prints what it sent
 */
import { createSocket } from 'node:dgram';

const BURST = 32;
const RECEIVE_BUFFER_BYTES = 4 << 20;
/** After the sender has ended, what is in the socket's buffer is read within this. */
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

function send(port, bytes, seconds) {
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
    for (let k = 0; k < BURST; k += 1) socket.send(payload, done);
  };
  const done = (error) => {
    if (error === null) sent += 1;
    left -= 1;
    if (left === 0) setImmediate(burst);
  };
  // Connected once, so that no send has to look its address up.
  socket.connect(port, '127.0.0.1', () => {
    startMs = performance.now();
    burst();
  });
}

const [role, ...rest] = process.argv.slice(2);
if (role === 'receive') receive();
else send(...rest.map(Number));
