import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClientGroup } from '../../../harness/session/clientGroup.ts';
import { StreamMetrics } from '../../../src/metrics/streamMetrics.ts';
import { BankSource } from '../../../src/stream/bankSource.ts';
import { DatagramBatch } from '../../../src/net/batch.ts';
import type { Peer } from '../../../src/net/batch.ts';
import { ClientEndpoint } from '../../../src/stream/clientEndpoint.ts';
import type { DatagramSink } from '../../../src/net/endpoint.ts';
import { ServerEndpoint } from '../../../src/stream/serverEndpoint.ts';

const test = suite('a group of clients');

const SERVER: Peer = { address: '10.0.0.1', port: 5000 };
const STEP_NS = 1e6;

interface Sent {
  /** Of the group: the port it left through, or is to arrive at. */
  readonly port: number;
  readonly bytes: Uint8Array;
}

/** A wire that delivers everything a step later. */
class Wire implements DatagramSink {
  sent: Sent[] = [];
  readonly #portOf: (port: number, peer: Peer) => number;

  constructor(portOf: (port: number, peer: Peer) => number) {
    this.#portOf = portOf;
  }

  send(port: number, peer: Peer, batch: DatagramBatch, from: number, to: number): number {
    for (let row = from; row < to; row += 1)
      this.sent.push({ port: this.#portOf(port, peer), bytes: batch.payload(row).slice() });
    return to - from;
  }

  take(): Sent[] {
    const { sent } = this;
    this.sent = [];
    return sent;
  }
}

/** Streams to a group until both sides have finished. @param lost whether a datagram to that port is lost */
function stream(
  clients: number,
  messages: number,
  lost: (port: number) => boolean,
  interruptAtNs = Infinity,
) {
  const server = new ServerEndpoint({
    source: new BankSource('group', messages, 10e6, 0),
    secret: new Uint8Array(32),
    waitFor: clients,
  });
  const peers = Array.from({ length: clients }, (_, k): Peer => ({ address: '10.0.0.2', port: 6000 + k }));
  const metrics: StreamMetrics[] = [];
  const machines = peers.map(
    (_, k) =>
      new ClientEndpoint({
        server: SERVER,
        nonce: `nonce-of-client-${k}-0123456789`,
        wishedId: k + 1,
        tmaxNs: 50e6,
        record: (firstCount) => (metrics[k] = new StreamMetrics({ firstCount })),
      }),
  );
  const group = new ClientGroup(machines);
  const up = new Wire((port) => port);
  const down = new Wire((_port, peer) => peer.port - 6000);
  const batch = new DatagramBatch(1, 65_536);
  let isInterrupted = false;
  let nowNs = 0;
  let groupEndedNs = Infinity;
  for (; nowNs < 20e9 && !(group.finished && server.finished); nowNs += STEP_NS) {
    for (const { port, bytes } of up.take()) {
      batch.clear();
      batch.append(bytes, 0, bytes.length, nowNs, peers[port]);
      server.handleDatagrams(nowNs, 0, batch, 0, 1);
    }
    server.handleTimeout(nowNs);
    server.drain(down);
    for (const { port, bytes } of down.take()) {
      if (bytes.length > 300 && lost(port)) continue;
      batch.clear();
      batch.append(bytes, 0, bytes.length, nowNs, SERVER);
      group.handleDatagrams(nowNs, port, batch, 0, 1);
    }
    if (nowNs >= interruptAtNs && !isInterrupted) {
      isInterrupted = true;
      group.interrupt(nowNs);
    }
    // As a driver does: only once it is time.
    if (nowNs >= group.nextTimeoutNs()) group.handleTimeout(nowNs);
    group.drain(up);
    if (group.finished) groupEndedNs = Math.min(groupEndedNs, nowNs);
  }
  return { group, server, machines, metrics, groupEndedNs };
}

test('each client registers, receives the whole stream, learns its end and leaves', () => {
  const { group, server, machines, metrics } = stream(50, 20, () => false);
  assert.is(group.finished, true);
  assert.is(group.nextTimeoutNs(), Number.POSITIVE_INFINITY);
  assert.is(server.finished, true);
  assert.equal(
    machines.map((machine) => [machine.clientId, machine.lastCount, machine.reason]),
    machines.map((_, k) => [k + 1, 20, 'end of stream']),
  );
  for (const metric of metrics) assert.is(metric.statistics().received, 20);
  assert.equal(
    server.members().map((member) => member.leftBecause),
    machines.map(() => 'unregistered'),
  );
});

test('what one loses is its own loss', () => {
  const { metrics } = stream(5, 20, (port) => port === 3);
  assert.equal(
    metrics.map((metric) => metric.statistics().lost),
    [0, 0, 0, 20, 0],
  );
});

test('alives go out for every client of a stream that lasts longer than the server waits for them', () => {
  // Five missed sweeps of a second each and the server would give up on it.
  const { server } = stream(3, 800, () => false);
  assert.equal(
    server.members().map(({ leftBecause, sent }) => [leftBecause, sent]),
    [
      ['unregistered', 800],
      ['unregistered', 800],
      ['unregistered', 800],
    ],
  );
});

test('an interrupt ends them all', () => {
  const { group, machines, groupEndedNs } = stream(5, 1000, () => false, 100e6);
  assert.is(group.finished, true);
  assert.ok(groupEndedNs < 200e6);
  for (const machine of machines) assert.is(machine.reason, 'interrupted');
});

test.run();
