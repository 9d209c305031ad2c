/**
 * A flood of forged registrations at a server that needs time for each of them, on the virtual clock: what it costs those
 * who are served, and those who come while it lasts.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeRegister } from '../../src/protocol/control.ts';
import type { DatagramBatch, Peer } from '../../src/net/batch.ts';
import type { DatagramSink, Endpoint } from '../../src/net/endpoint.ts';
import type { ServerEndpoint, ServerOptions } from '../../src/stream/serverEndpoint.ts';
import { batchOf } from './batches.ts';
import { MS, SECOND, SERVER, Stage, bytesOf, matchSource } from './stage.ts';

const FORGED = 50_000;
const ADDRESSES = 20_000;
/** Enough to fill every place there is. */
const FEWER = 5000;
/** What a server needs for a forged register, more than any of them takes on a slow machine (15 to 20 us). */
const COST_NS = 25e3;
/** So many are read at a time; in between, timers have their turn, as in libuv. */
const TURN_DATAGRAMS = 32;
/** What finds no room in a socket's buffer is lost: 32 MiB, of which a datagram of 512 bytes takes 1280. */
const ROOM_DATAGRAMS = 26_214;

/** A server on a processor that takes its time, behind a socket with a buffer. */
class Busy implements Endpoint {
  lost = 0;
  handled = 0;
  readonly #server: ServerEndpoint;
  readonly #waiting: { readonly peer: Peer; readonly bytes: Uint8Array }[] = [];
  #next = 0;
  #freeNs = 0;

  constructor(server: ServerEndpoint) {
    this.#server = server;
  }

  get finished(): boolean {
    return this.#server.finished;
  }

  handleDatagrams(_nowNs: number, _port: number, batch: DatagramBatch, from: number, to: number): void {
    for (let row = from; row < to; row += 1) {
      if (this.#waiting.length - this.#next >= ROOM_DATAGRAMS) this.lost += 1;
      else this.#waiting.push({ peer: batch.sources[row] as Peer, bytes: batch.payload(row).slice() });
    }
  }

  handleTimeout(nowNs: number): void {
    if (nowNs < this.#freeNs) return;
    this.#server.handleTimeout(nowNs);
    const turn = this.#waiting.slice(this.#next, this.#next + TURN_DATAGRAMS);
    this.#next += turn.length;
    this.handled += turn.length;
    for (const { peer, bytes } of turn) this.#server.handleDatagrams(nowNs, 0, batchOf([bytes], peer), 0, 1);
    this.#freeNs = nowNs + turn.length * COST_NS;
  }

  nextTimeoutNs(): number {
    const nextNs = this.#next < this.#waiting.length ? 0 : this.#server.nextTimeoutNs();
    return Math.max(nextNs, this.#freeNs);
  }

  drain(sink: DatagramSink): void {
    this.#server.drain(sink);
  }
}

type Forge = (k: number) => { readonly from: Peer; readonly bytes: Uint8Array };

const far = (k: number): Peer => {
  const address = k % ADDRESSES;
  return {
    address: `10.${1 + (address >> 16)}.${(address >> 8) & 255}.${address & 255}`,
    port: 1024 + (k % 50_000),
  };
};

const PLAIN = bytesOf('register');
const BARE = encodeRegister({ nonce: 'f'.repeat(24), token: null, client: null });
const WRONG = encodeRegister({ nonce: 'f'.repeat(24), token: 'w'.repeat(22), client: null });

/** What a stranger can send without reading any answer. */
const anything: Forge = (k) => ({ from: far(k), bytes: [PLAIN, BARE, WRONG][k % 3] as Uint8Array });

/**
 * One client is served from the start; from 500 ms on the forged registrations arrive, at once or in a second, and at
 * 700 ms another client comes.
 */
function play(
  forge: Forge | null,
  spreadNs: number,
  server: Partial<ServerOptions> = {},
  newcomer = '10.0.0.9',
  forged = FORGED,
) {
  let busy: Busy | undefined;
  const stage = new Stage({
    server: { source: matchSource({ matches: 0 }), ...server },
    wrapServer: (machine) => (busy = new Busy(machine)),
  });
  const seenNs: number[] = [];
  const served = stage.watch({ observeDatagram: () => seenNs.push(stage.network.nowNs()) });
  let registeredNs = Number.NaN;
  const steps = forge === null ? 0 : spreadNs === 0 ? 1 : 100;
  for (let step = 0; step < steps; step += 1) {
    stage.network.at(500 * MS + (step * spreadNs) / steps, () => {
      for (let k = step * (forged / steps); k < (step + 1) * (forged / steps); k += 1) {
        const { from, bytes } = (forge as Forge)(k);
        stage.forge(from, SERVER, bytes);
      }
    });
  }
  stage.network.at(700 * MS, () => {
    const observe = ({ kind }: { kind: string }): void => {
      if (kind === 'registered') registeredNs = stage.network.nowNs();
    };
    stage.watch({ observe }, 0, newcomer);
  });
  stage.network.run(3 * SECOND);
  return {
    seenNs,
    waitedNs: registeredNs - 700 * MS,
    lost: served.statistics().lost,
    members: stage.server.members(),
    refused: stage.server.counters.refusedRequests,
    busy: busy as unknown as Busy,
  };
}

function assertUndisturbed(flood: ReturnType<typeof play>, calm: ReturnType<typeof play>): void {
  assert.is(
    flood.seenNs.length,
    calm.seenNs.length,
    'every datagram, and none late by a whole interval at the end',
  );
  assert.is(flood.lost, 0);
  const latest = flood.seenNs.reduce((most, atNs, k) => Math.max(most, atNs - (calm.seenNs[k] as number)), 0);
  assert.ok(latest <= TURN_DATAGRAMS * COST_NS, `late by ${latest} ns: more than one turn of the server`);
  assert.ok(flood.waitedNs <= 2 * SECOND, `the newcomer waited ${flood.waitedNs / MS} ms`);
}

const test = suite('50,000 forged registrations from 20,000 addresses');

const calm = play(null, 0);

test('delay a newcomer by at most 2 s and the stream of the one who is served by nothing', () => {
  assert.ok(calm.waitedNs < 10 * MS);
  for (const spreadNs of [0, SECOND]) {
    const flood = play(anything, spreadNs);
    assertUndisturbed(flood, calm);
    assert.is(flood.members.length, 2, 'and none of them has a place');
    assert.is(flood.busy.handled + flood.busy.lost > FORGED, true);
    assert.ok(flood.refused > 10_000);
  }
});

test('do the same where unverified clients are let in: half of the places stay for those that prove their address', () => {
  const flood = play(
    (k) => ({ from: far(k), bytes: PLAIN }),
    SECOND,
    { allowUnverified: true },
    '10.0.0.9',
    FEWER,
  );
  assertUndisturbed(flood, calm);
  assert.is(flood.members.filter(({ original }) => original).length, 2048);
});

test('from the ports of one loopback address leave it half of its places, and all others theirs', () => {
  const near: Forge = (k) => ({ from: { address: '127.0.0.1', port: 1 + (k % 60_000) }, bytes: PLAIN });
  const flood = play(near, SECOND, {}, '127.0.0.1', FEWER);
  assertUndisturbed(flood, calm);
  assert.is(flood.members.filter(({ original }) => original).length, 512);
});

test('that come and go again keep nobody out and make nothing grow', () => {
  const coming: Forge = (k) => ({
    from: far(k >> 1),
    bytes: k % 2 === 0 ? PLAIN : bytesOf('unregister'),
  });
  const flood = play(coming, SECOND, { allowUnverified: true, maxClients: 64 }, '10.0.0.9', FEWER);
  assertUndisturbed(flood, calm);
  assert.ok(flood.members.length <= 64 + 64 + 2, `${flood.members.length} kept`);
});

test.run();
