/** The type of service (DSCP and ECN) of what goes through the proxy: each datagram keeps its own, whatever holds it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_IMPAIRMENT } from '../../../../harness/impairment/config.ts';
import { readImpairment } from '../../../../harness/impairment/impairment.ts';
import { anyProgram } from '../../../../harness/protocols/any.ts';
import { CONTROL } from '../../../../harness/protocols/indexReader.ts';
import type { IndexReader, StreamNews } from '../../../../harness/protocols/indexReader.ts';
import { FlowDirection } from '../../../../harness/proxy/path/flowDirection.ts';
import { Changes } from '../../../../harness/proxy/changes/changes.ts';
import { Journal } from '../../../../harness/proxy/changes/journal.ts';
import { HeldDatagrams } from '../../../../harness/proxy/path/heldDatagrams.ts';
import { ProxyEndpoint } from '../../../../harness/proxy/proxyEndpoint.ts';
import type { FlowReport } from '../../../../harness/proxy/proxyEndpoint.ts';
import type { FlowOptions } from '../../../../harness/proxy/proxyOptions.ts';
import { DatagramBatch } from '../../../../src/net/batch.ts';
import type { Peer } from '../../../../src/net/batch.ts';
import type { DatagramSink } from '../../../../src/net/endpoint.ts';

const test = suite('types of service through the proxy');

const SERVER: Peer = { address: '10.0.0.1', port: 9000 };
const CLIENT: Peer = { address: '10.0.0.9', port: 4000 };
const MS = 1e6;
/** Odd, so that one flipped bit leaves a majority. */
const PAYLOAD_BYTES = 9;

/** Datagrams whose every payload byte is their type of service, so that what leaves can be judged by itself. */
function marked(all: readonly number[], timeNs: number, source?: Peer): DatagramBatch {
  const batch = new DatagramBatch(all.length, all.length * PAYLOAD_BYTES);
  for (const [row, tos] of all.entries()) {
    batch.append(new Uint8Array(PAYLOAD_BYTES).fill(tos), 0, PAYLOAD_BYTES, timeNs + row, source);
    batch.setTos(row, row + 1, tos);
  }
  return batch;
}

interface Left {
  readonly port: number;
  readonly tos: number;
  readonly payloadTos: number;
}

class Witness implements DatagramSink {
  readonly left: Left[] = [];

  send(port: number, _peer: Peer, batch: DatagramBatch, from: number, to: number): number {
    for (let row = from; row < to; row += 1) {
      const payloadTos = batch.payload(row).toSorted()[PAYLOAD_BYTES >> 1] as number;
      this.left.push({ port, tos: batch.tos[row] as number, payloadTos });
    }
    return to - from;
  }

  /** What left with another type of service than it came with. */
  get changed(): Left[] {
    return this.left.filter(({ tos, payloadTos }) => tos !== payloadTos);
  }
}

const BATCHES = 60;
/** ECT(0), ECT(1), CE, none, and some DSCPs. */
const TYPES = [0, 2, 2, 1, 3, 0, 184, 186, 40, 255];

/** The types of one batch: one of them for all, or mixed. */
const typesOf = (k: number): number[] =>
  k % 3 === 0 ? TYPES.map(() => TYPES[k % TYPES.length] as number) : TYPES;

/** Sends batches both ways through a proxy, the last of them at once, and lets everything out. */
function relay(
  knobs: Readonly<Record<string, string>>,
  typesOfBatch: (k: number) => number[] = typesOf,
): { readonly witness: Witness; readonly forwarded: number; readonly duplicated: number } {
  const endpoint: ProxyEndpoint = new ProxyEndpoint({
    server: SERVER,
    listening: 1,
    protocol: anyProgram,
    impairment: readImpairment({ seed: 'tos', down: knobs, up: knobs }),
    openUpstream: (opening) => endpoint.upstreamOpened(opening, 1),
  });
  const witness = new Witness();
  let nowNs = 0;
  const wakeUntil = (untilNs: number): void => {
    while (!endpoint.finished && endpoint.nextTimeoutNs() <= untilNs) {
      nowNs = Math.max(nowNs, endpoint.nextTimeoutNs());
      endpoint.handleTimeout(nowNs);
      endpoint.drain(witness);
    }
    nowNs = untilNs;
  };
  for (let k = 0; k < BATCHES; k += 1) {
    wakeUntil(k * MS);
    for (const [port, peer] of [CLIENT, SERVER].entries()) {
      const batch = marked(typesOfBatch(k), nowNs, peer);
      endpoint.handleDatagrams(nowNs, port, batch, 0, batch.count);
      endpoint.drain(witness);
    }
  }
  endpoint.stop(nowNs);
  wakeUntil(nowNs + 10_000 * MS);
  assert.ok(endpoint.finished);
  const { up, down } = endpoint.reports()[0] as FlowReport;
  return {
    witness,
    forwarded: up.forwarded + down.forwarded,
    duplicated: up.duplicated + down.duplicated,
  };
}

const KNOBS: Readonly<Record<string, string>>[] = [
  {},
  { drop: '20%', duplicate: '20%' },
  { reorder: '20%', reorderDistance: '1..20', duplicate: '10%' },
  { delay: '5ms', jitter: '5ms', drop: '5%' },
  { rate: '1mbit', queue: '20', duplicate: '10%' },
  { corrupt: '50%' },
  {
    drop: '5%',
    corrupt: '10%',
    duplicate: '10%',
    reorder: '10%',
    delay: '3ms',
    jitter: '3ms',
    rate: '5mbit',
    queue: '50',
  },
];

for (const knobs of KNOBS) {
  const what = Object.keys(knobs).join(', ') || 'without impairment';
  test(`a datagram leaves with its own, and a copy with its original's: ${what}`, () => {
    const { witness, forwarded, duplicated } = relay(knobs);
    assert.equal(witness.changed, []);
    assert.is(witness.left.length, forwarded);
    assert.ok(forwarded > BATCHES * TYPES.length, `${forwarded} left`);
    assert.is(duplicated > 0, knobs['duplicate'] !== undefined);
    for (const port of [0, 1]) {
      const seen = new Set(witness.left.filter((one) => one.port === port).map(({ tos }) => tos));
      assert.equal(seen, new Set(TYPES));
    }
  });
}

/** How often something asks a batch to note a type of service. */
function countNotes(work: () => void): number {
  const { setTos } = DatagramBatch.prototype;
  let count = 0;
  DatagramBatch.prototype.setTos = function counted(...args): void {
    count += 1;
    setTos.apply(this, args);
  };
  try {
    work();
  } finally {
    DatagramBatch.prototype.setTos = setTos;
  }
  return count;
}

test('those that have none cost not one call, whatever holds them', () => {
  const own = BATCHES * 2 * TYPES.length;
  for (const knobs of KNOBS) {
    assert.is(
      countNotes(() => void relay(knobs, () => TYPES.map(() => 0))),
      own,
    );
  }
  assert.ok(countNotes(() => void relay(KNOBS.at(-1) ?? {})) > own);
});

/** Reads every datagram as control, the first as the announced end of the stream. */
class ControlReader implements IndexReader {
  readonly stream = 1;
  readonly repeat = 1;
  readonly mediaTimeNs = Number.NaN;
  readonly refusedStreams = 0;
  readonly sameInARow = 0;
  news: StreamNews | null = null;
  #read = 0;

  read(): number {
    this.news = this.#read === 0 ? { lastIndex: 5 } : null;
    this.#read += 1;
    return CONTROL;
  }
}

test('control datagrams and an announced end keep theirs, impaired or not', () => {
  for (const impairControl of [false, true]) {
    const way = { ...anyProgram.up, hasControl: true, endIsAnnounced: true };
    const impairment = {
      ...readImpairment({ seed: 'tos', down: { duplicate: '50%', delay: '2ms' } }),
      up: NO_IMPAIRMENT,
      impairControl,
    };
    const options: FlowOptions = {
      held: new HeldDatagrams(),
      changes: new Changes(impairment, {
        journal: new Journal(impairment, 'any'),
        timeline: null,
        hasLives: false,
        unknown: () => undefined,
      }),
      shared: { down: null, up: null },
      server: SERVER,
      listening: 1,
      protocol: { ...anyProgram, up: way, down: way },
      impairment,
      openUpstream: () => undefined,
    };
    const direction = new FlowDirection(options, {
      flow: 1,
      direction: 'down',
      reader: new ControlReader(),
      start: { arrivalNs: Number.NaN },
      way: null,
      touch: () => undefined,
      found: () => undefined,
      struck: () => undefined,
    });
    const witness = new Witness();
    const batch = marked(TYPES.toReversed(), 0);
    for (let row = 0; row < batch.count; row += 1) direction.handle(0, batch, row);
    for (const nowNs of [0, 10 * MS]) {
      direction.wake(nowNs);
      direction.drain(witness, 0, CLIENT);
    }
    assert.equal(witness.changed, []);
    assert.is(witness.left.filter(({ tos }) => tos === 255).length > 0, true, 'the end has left');
    assert.is(witness.left.length > TYPES.length, impairControl);
  }
});

test.run();
