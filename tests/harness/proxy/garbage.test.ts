import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { anyProgram } from '../../../harness/protocols/any.ts';
import { matchstream } from '../../../harness/protocols/matchstream.ts';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import { encodeEnd, encodeRegister, encodeRegistered } from '../../../src/protocol/control.ts';
import type { Peer } from '../../../src/net/batch.ts';
import { bytesOf } from './rows.ts';
import { BankStream, MS, SECOND, SERVER, Stage, payloadOf } from './stage.ts';

const test = suite('whatever comes, the proxy stands');

const KNOBS = {
  drop: '5%',
  duplicate: '5%',
  corrupt: '5%',
  reorder: '10%',
  reorderDistance: '1..100',
  delay: '3ms',
  jitter: '5ms',
  rate: '20mbit',
  queue: '20',
};

const NUMBERS = [
  '0',
  '1',
  '-1',
  '1e400',
  '1e3',
  '00',
  '1.5',
  '9007199254740991',
  '9007199254740992',
  '99999999999999999999',
  'null',
  '""',
  '4294967296',
  '1048577',
  '',
];

const registered = (over: object): Uint8Array =>
  bytesOf(
    JSON.stringify({
      registered: {
        nonce: 'nonce-of-client-1',
        client: 1,
        nextCount: 1,
        timing: { intervalUs: 1000, speed: 1 },
        epochUs: 0,
        keepAliveMs: 1000,
        ...over,
      },
    }),
  );

const anyDatagram: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 80 }),
  fc.constantFrom(...NUMBERS).map((number) => bytesOf(`{"message":{"count":${number},"score":"x"}}`)),
  fc
    .constantFrom(...NUMBERS)
    .map((number) => bytesOf(`{"end":{"nonce":"nonce-of-client-1","count":${number}}}`)),
  fc.integer({ min: 1, max: 100 }).map((count) => payloadOf(count)),
  fc
    .tuple(fc.integer({ min: 1, max: 100 }), fc.nat({ max: 200 }))
    .map(([count, length]) => payloadOf(count).subarray(0, length)),
  fc.constantFrom(
    registered({ timing: { intervalUs: 0, speed: 0 } }),
    registered({ timing: { intervalUs: 1e15, speed: 1e-300 } }),
    registered({ timing: { intervalUs: 1e-9, speed: 1e300 } }),
    registered({ nextCount: Number.MAX_SAFE_INTEGER }),
    registered({ nextCount: 900_000 }),
    registered({ nonce: 'x' }),
    encodeEnd('n', Number.MAX_SAFE_INTEGER),
    encodeEnd('n', 0),
    bytesOf('End of transmission'),
    bytesOf('{"challenge":{"token":"t"}}'),
    new Uint8Array(0),
    new Uint8Array(65_507).fill(0x7b),
    new Uint8Array(3000).fill(0x20),
  ),
  fc.constantFrom(
    encodeRegister({ nonce: 'other', token: null, client: null }),
    encodeRegistered({
      nonce: 'n',
      client: 1,
      nextCount: 50,
      timing: { intervalUs: 10, speed: 3 },
      epochUs: 0,
      keepAliveMs: 1,
    }),
  ),
);

const anyShot = fc.record({
  atMs: fc.integer({ min: 0, max: 140 }),
  payload: anyDatagram,
  way: fc.constantFrom('as the server', 'as the client', 'as a stranger up', 'as a stranger down'),
});

const STRANGER: Peer = { address: '10.9.9.9', port: 99 };

test('garbage from every side never makes it throw, hang, or lose count', () => {
  fc.assert(
    fc.property(
      fc.array(anyShot, { maxLength: 60 }),
      fc.constantFrom(matchstream, anyProgram),
      fc.boolean(),
      (shots, protocol, impairControl) => {
        const stage = new Stage({
          source: new BankStream(100, MS),
          server: { waitFor: 0 },
          down: readKnobs(KNOBS),
          up: readKnobs({ ...KNOBS, rate: '0.1mbit' }),
          impairment: { impairControl, holdMaxNs: 50 * MS },
          proxy: { protocol, keepFates: true },
        });
        const watcher = stage.watch(0, { registerTimeoutNs: 300 * MS });
        for (const { atMs, payload, way } of shots) {
          stage.network.at(atMs * MS, () => {
            const report = stage.proxy.reports()[0];
            const upstream = report === undefined ? null : stage.proxyHost.localPeer(report.upstreamPort);
            const listening = stage.proxyHost.localPeer(0);
            if (way === 'as the client') stage.send(watcher.host.localPeer(0), listening, payload);
            if (way === 'as a stranger up') stage.send(STRANGER, listening, payload);
            if (upstream !== null && way === 'as the server') stage.send(SERVER, upstream, payload);
            if (upstream !== null && way === 'as a stranger down') stage.send(STRANGER, upstream, payload);
          });
        }
        stage.network.run(3 * SECOND);
        stage.proxy.stop(stage.network.nowNs());
        stage.network.settle(stage.proxyHost);
        stage.proxy.abandon();
        for (const { down, up } of stage.proxy.reports()) {
          for (const counters of [down, up]) {
            const dropped = counters.droppedByCause.reduce((a, b) => a + b, 0);
            assert.is(
              counters.arrived + counters.duplicated,
              dropped + counters.forwarded + counters.refused + counters.heldAtEnd,
            );
          }
        }
        for (const source of stage.proxy.fateSources()) assert.ok(source.lastIndex < 3_000_000);
      },
    ),
    { seed: 61, numRuns: 100 },
  );
});

test.run();
