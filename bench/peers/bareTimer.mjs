/**
 * The least a Node program can do at a steady interval: setInterval, with or without a datagram a tick, and nothing of
 * this project.
 *
 *   bareTimer.mjs INTERVAL_MS SECONDS              only counts its ticks
 *   bareTimer.mjs INTERVAL_MS SECONDS PORT BYTES   sends a datagram to that port of 127.0.0.1 at each
 *
 * Prints the ticks, the time they took and the processor time of the whole process meanwhile, in seconds.
 */
import { createSocket } from 'node:dgram';

const [intervalMs, seconds, port, bytes] = process.argv.slice(2).map(Number);

function run(tick, end) {
  let ticks = 0;
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  const timer = setInterval(() => {
    tick();
    ticks += 1;
    const wallS = (performance.now() - startMs) / 1e3;
    if (wallS < seconds) return;
    clearInterval(timer);
    const { user, system } = process.cpuUsage(cpu);
    end();
    process.stdout.write(`${JSON.stringify({ ticks, wallS, cpuS: (user + system) / 1e6 })}\n`);
  }, intervalMs);
}

if (port === undefined) {
  run(
    () => undefined,
    () => undefined,
  );
} else {
  const socket = createSocket('udp4');
  const payload = Buffer.alloc(bytes, 'a');
  // A connected socket, so that a send does not resolve the address.
  socket.connect(port, '127.0.0.1', () => {
    run(
      () => socket.send(payload),
      () => socket.close(),
    );
  });
}
