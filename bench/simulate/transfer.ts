/**
 * What `bench:simulate` simulates: a sender with a window, a receiver that acknowledges, and a network that loses, copies, holds
 * back and delays. Each run ends with the datagram that was asked for.
 */
import type { SimulatedEndpoint } from '../../harness/testing/index.ts';
import { simulate } from '../../harness/testing/index.ts';
import { EMPTY, mixWord } from '../micro/checksum.ts';

const WINDOW = 8;
const TIMEOUT_MS = 50;
const PAYLOAD_BYTES = 100;
const IMPAIRMENT = { drop: '5%', duplicate: '2%', reorder: '5%', delay: '10ms', jitter: '2ms' };

const valueOf = (got: Uint8Array): number => new DataView(got.buffer, got.byteOffset).getUint32(0);

/** Runs a seed until so many datagrams were sent; returns a hash of what became of them. */
export function runSeed(seed: string, datagrams: number): number {
  const payload = new Uint8Array(PAYLOAD_BYTES);
  const number = new DataView(payload.buffer);
  let base = 0;
  let next = 0;
  let sent = 0;
  let expected = 0;
  let dueMs = 0;
  const say = (value: number, send: (payload: Uint8Array) => void): void => {
    if (sent === datagrams) return;
    sent += 1;
    number.setUint32(0, value);
    send(payload);
  };
  const client: SimulatedEndpoint = {
    receive: (got, { nowMs, send }) => {
      const acknowledged = valueOf(got);
      if (acknowledged <= base) return;
      base = acknowledged;
      dueMs = nowMs + TIMEOUT_MS;
      for (; next < base + WINDOW; next += 1) say(next, send);
    },
    nextTimeoutMs: () => dueMs,
    timeout: ({ nowMs, send }) => {
      dueMs = nowMs + TIMEOUT_MS;
      for (next = base; next < base + WINDOW; next += 1) say(next, send);
    },
  };
  const server: SimulatedEndpoint = {
    receive: (got, { send }) => {
      if (valueOf(got) === expected) expected += 1;
      say(expected, send);
    },
  };
  const { log, endMs } = simulate({
    endpoints: { client, server },
    impairment: IMPAIRMENT,
    seed,
    until: () => sent === datagrams,
  });
  let sum = mixWord(EMPTY, endMs);
  for (const { copies, hold, drop, arrivedMs } of log)
    sum = mixWord(sum, copies + 2 * hold + (drop === null ? 0 : 1000) + 10_000 * arrivedMs.length);
  return sum;
}
