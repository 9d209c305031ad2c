/**
 * Both machines on a network that loses, repeats and reorders everything, control datagrams too. Whatever happens,
 * they end, and what a client measures is what the definitions say about the datagrams that were delivered to it.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from 'fast-check';
import { randomStream } from '../../src/base/random.ts';
import type { DatagramBatch } from '../../src/net/batch.ts';
import type { ClientEndpoint } from '../../src/stream/clientEndpoint.ts';
import type { DatagramSink, Endpoint } from '../../src/net/endpoint.ts';
import { oracle } from '../metrics/oracle.ts';
import type { ArrivedDatagram } from '../metrics/oracle.ts';
import { MS, SECOND, Stage, WINDOW_COUNTS, countOf, isControl, matchSource } from './stage.ts';

const STEP_NS = 10 * MS;

/** Hands every datagram on by itself, and notes those of the stream while the client still listens. */
class Tap implements Endpoint {
  readonly delivered: ArrivedDatagram[] = [];
  readonly #client: ClientEndpoint;

  constructor(client: ClientEndpoint) {
    this.#client = client;
  }

  get finished(): boolean {
    return this.#client.finished;
  }

  handleDatagrams(nowNs: number, port: number, batch: DatagramBatch, from: number, to: number): void {
    for (let row = from; row < to; row += 1) {
      const payload = batch.payload(row);
      if (!this.finished && !isControl(payload)) {
        const count = countOf(payload);
        const arrivalNs = batch.timesNs[row] as number;
        this.delivered.push({ count, arrivalNs, sendNs: (count - 1) * STEP_NS, sizeBytes: payload.length });
      }
      this.#client.handleDatagrams(nowNs, port, batch, row, row + 1);
    }
  }

  handleTimeout(nowNs: number): void {
    this.#client.handleTimeout(nowNs);
  }

  nextTimeoutNs(): number {
    return this.#client.nextTimeoutNs();
  }

  drain(sink: DatagramSink): void {
    this.#client.drain(sink);
  }
}

interface Weather {
  readonly seed: number;
  readonly lossRatio: number;
  readonly duplicateRatio: number;
  readonly reorderRatio: number;
  /** Longest that a reordered datagram is late. */
  readonly latestMs: number;
  readonly clients: number;
  readonly waitFor: number;
  readonly messages: number;
  /** When the first client is interrupted; null never. */
  readonly interruptMs: number | null;
  readonly killServerMs: number | null;
}

function play(weather: Weather) {
  const { draw } = randomStream(`weather/${weather.seed}`);
  const taps: Tap[] = [];
  let again = false;
  const stage: Stage = new Stage({
    server: { waitFor: weather.waitFor, source: matchSource({ messages: weather.messages }) },
    rule: (from, to, payload) => {
      if (again) return 'deliver';
      const bytes = Uint8Array.from(payload);
      const later = (): void => {
        stage.network.at(stage.network.nowNs() + Math.ceil(draw() * weather.latestMs * MS), () => {
          again = true;
          stage.forge(from, to, bytes);
          again = false;
        });
      };
      const [loss, duplicate, reorder] = [draw(), draw(), draw()];
      if (duplicate < weather.duplicateRatio) later();
      if (reorder < weather.reorderRatio) later();
      return loss < weather.lossRatio || reorder < weather.reorderRatio ? 'drop' : 'deliver';
    },
    wrap: (machine) => {
      const tap = new Tap(machine);
      taps.push(tap);
      return tap;
    },
  });
  for (let k = 0; k < weather.clients; k += 1) stage.watch();
  const [first] = stage.watchers;
  if (weather.interruptMs !== null && first !== undefined) {
    stage.network.at(weather.interruptMs * MS, () => {
      first.machine.interrupt((weather.interruptMs as number) * MS);
      first.host.endpoint.drain(first.host);
    });
  }
  if (weather.killServerMs !== null) {
    stage.network.at(weather.killServerMs * MS, () => stage.network.vanish(stage.serverHost));
  }
  // A server may wait for a client that never got through. Nobody else waits without a bound.
  stage.network.at(40 * SECOND, () => {
    stage.server.stop(40 * SECOND);
    stage.server.drain(stage.serverHost);
  });
  const ended = stage.network.run(60 * SECOND);
  return { stage, taps, ended };
}

const weathers: fc.Arbitrary<Weather> = fc.record({
  seed: fc.nat(),
  lossRatio: fc.constantFrom(0, 0.05, 0.3, 0.6),
  duplicateRatio: fc.constantFrom(0, 0.1, 0.5),
  reorderRatio: fc.constantFrom(0, 0.1, 0.5),
  latestMs: fc.constantFrom(1, 25, 400),
  clients: fc.integer({ min: 1, max: 3 }),
  waitFor: fc.integer({ min: 0, max: 3 }),
  messages: fc.integer({ min: 1, max: 120 }),
  interruptMs: fc.option(fc.integer({ min: 0, max: 2000 }), { freq: 3 }),
  killServerMs: fc.option(fc.integer({ min: 0, max: 2000 }), { freq: 3 }),
});

function assertClose(actual: object, expected: object, name: string): void {
  for (const [key, wanted] of Object.entries(expected) as [string, number | null][]) {
    const got = (actual as Record<string, number | null>)[key] as number | null;
    const isSame =
      got === wanted ||
      (got !== null && wanted !== null && Math.abs(got - wanted) <= 1e-9 * Math.max(1, Math.abs(wanted)));
    assert.ok(isSame, `${name}: ${key} is ${got}, by definition ${wanted}`);
  }
}

const chaos = suite('server and clients on a hostile network');

chaos('always end, never throw, and measure what was delivered', () => {
  const reasons = new Map<string, number>();
  fc.assert(
    fc.property(weathers, (weather) => {
      const { stage, taps, ended } = play(weather);
      assert.ok(ended, 'everybody ends in bounded time');
      for (const [k, { machine, statistics }] of stage.watchers.entries()) {
        const name = `client ${k + 1}, ${machine.reason}`;
        reasons.set(machine.reason as string, (reasons.get(machine.reason as string) ?? 0) + 1);
        const arrivals = (taps[k] as Tap).delivered;
        if (machine.recorder === null) {
          assert.equal(arrivals, [], name);
          continue;
        }
        const promised = machine.nextCount;
        const { statistics: expected } = oracle({
          firstCount: promised,
          windowCounts: WINDOW_COUNTS,
          lastCount: machine.lastCount,
          // Without a promise there is no plan of sending times either.
          arrivals: promised === null ? arrivals.map((one) => ({ ...one, sendNs: Number.NaN })) : arrivals,
        });
        assertClose(statistics(), expected, name);
        // What the server says was sent to it is what the client was told.
        const member = stage.server.members().find(({ id }) => id === machine.clientId);
        if (machine.lastCount !== null) assert.is(machine.lastCount, member?.endCount, name);
        if (member !== undefined) assert.is(member.sent, member.endCount - member.nextCount + 1, name);
      }
    }),
    { seed: 20_261, numRuns: 80 },
  );
  for (const reason of ['end of stream', 'interrupted', 'server silent', 'no answer']) {
    assert.ok(
      (reasons.get(reason) ?? 0) > 0,
      `no client ended by "${reason}"; the weather is too fair or too foul`,
    );
  }
});

chaos.run();

const twice = suite('a run is a function of its seeds');

const STORM: Weather = {
  seed: 3,
  lossRatio: 0.2,
  duplicateRatio: 0.2,
  reorderRatio: 0.2,
  latestMs: 60,
  clients: 3,
  waitFor: 3,
  messages: 100,
  interruptMs: 900,
  killServerMs: null,
};

const everything = (weather: Weather) => {
  const { stage, taps, ended } = play(weather);
  return {
    ended,
    endedNs: stage.network.nowNs(),
    carried: stage.carriedHash(),
    delivered: taps.map(({ delivered }) => delivered),
    clients: stage.watchers.map(({ machine, events, counts, statistics }) => ({
      reason: machine.reason,
      last: machine.lastCount,
      events,
      counts,
      statistics: statistics(),
    })),
    members: stage.members(),
    counters: stage.server.counters,
  };
};

twice('played twice, everything is the same, down to every datagram and its time', () => {
  const first = everything(STORM);
  assert.ok(first.ended);
  assert.equal(everything(STORM), first);
});

twice('another seed is another run', () => {
  assert.is.not(everything({ ...STORM, seed: 4 }).carried, everything(STORM).carried);
});

twice.run();
