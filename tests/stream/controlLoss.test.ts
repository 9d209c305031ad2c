/**
 * Every control message is repeated until it is answered, so that losing any single one changes nothing that is
 * measured. The whole run is deterministic: the n-th control datagram is the same one until it is dropped.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Statistics } from '../../src/metrics/catalogue.ts';
import { MS, SECOND, Stage, countOf, isControl, matchSource } from './stage.ts';

const MESSAGES = 250;
/** Registering, 2.5 s of stream, one of listening, and every repeat there can be. */
const LIMIT_NS = 8 * SECOND;

interface Outcome {
  readonly statistics: Statistics[];
  readonly reasons: (string | null)[];
  readonly lastCounts: (number | null)[];
  readonly nextCounts: (number | null)[];
  readonly members: object[];
  readonly controls: string[];
  readonly endedNs: number;
}

/** A run in which the stream itself has losses, the same in every run, and the n-th control datagram is lost. */
function play(lostControl: number, server: { waitFor: number }, tmaxNs: number): Outcome {
  const controls: string[] = [];
  const stage = new Stage({
    server: { ...server, source: matchSource({ messages: MESSAGES }) },
    rule: (from, to, payload) => {
      if (isControl(payload)) {
        controls.push(`${from.address} > ${to.address} ${Buffer.from(payload).toString().slice(0, 14)}`);
        return controls.length === lostControl ? 'drop' : 'deliver';
      }
      const client = Number(to.address.split('.')[3]);
      return (countOf(payload) * client) % 7 === 3 ? 'drop' : 'deliver';
    },
  });
  for (let k = 0; k < 3; k += 1) stage.watch({ tmaxNs });
  assert.ok(stage.network.run(LIMIT_NS), `with control datagram ${lostControl} lost it did not end in time`);
  const startUs = stage.server.startNs / 1e3;
  return {
    // A later start shifts every delay as a whole: sending times are planned from the start of the stream.
    statistics: stage.watchers.map(({ statistics }) => shifted(statistics(), startUs)),
    reasons: stage.watchers.map(({ machine }) => machine.reason),
    lastCounts: stage.watchers.map(({ machine }) => machine.lastCount),
    nextCounts: stage.watchers.map(({ machine }) => machine.nextCount),
    members: stage
      .members()
      .toSorted((a, b) => JSON.stringify(portOf(a)).localeCompare(JSON.stringify(portOf(b)))),
    controls,
    endedNs: stage.network.nowNs(),
  };
}

const portOf = (member: object): unknown => (member as { peer: unknown }).peer;

function shifted(statistics: Statistics, byUs: number): Statistics {
  const entries = Object.entries(statistics).map(([name, value]) =>
    name.startsWith('delay_') && value !== null ? [name, value - byUs] : [name, value],
  );
  return Object.fromEntries(entries) as Statistics;
}

/** Who registers first gets the first id; which of them that is may depend on whose register was lost. */
const withoutIds = (members: object[]): object[] => members.map((member) => ({ ...member, id: 0 }));

const waiting = suite('with --wait-for, losing any single control datagram');

// After 650 ms of listening the unregister crosses an end that the server repeats.
for (const tmaxNs of [SECOND, 650 * MS]) {
  waiting(
    `leaves all statistics and the server's figures as they were, listening for ${tmaxNs / MS} ms`,
    () => {
      const whole = play(0, { waitFor: 3 }, tmaxNs);
      assert.equal(whole.reasons, ['end of stream', 'end of stream', 'end of stream']);
      assert.equal(
        whole.statistics.map(({ sent, lost }) => ({ sent, lost })),
        [
          { sent: MESSAGES, lost: 36 },
          { sent: MESSAGES, lost: 36 },
          { sent: MESSAGES, lost: 35 },
        ],
        'the stream itself has losses, and each client its own',
      );
      // Twelve to register, three to tell the end, twelve to leave, and alives.
      assert.ok(whole.controls.length > 27 + 6, `${whole.controls.length} control datagrams`);
      for (let lost = 1; lost <= whole.controls.length; lost += 1) {
        const without = play(lost, { waitFor: 3 }, tmaxNs);
        const name = `without control datagram ${lost}, ${whole.controls[lost - 1]}`;
        assert.is(without.controls[lost - 1], whole.controls[lost - 1], `${name}: not the same datagram`);
        assert.equal(without.statistics, whole.statistics, name);
        assert.equal(without.reasons, whole.reasons, name);
        assert.equal(without.lastCounts, whole.lastCounts, name);
        assert.equal(without.nextCounts, whole.nextCounts, name);
        assert.equal(withoutIds(without.members), withoutIds(whole.members), name);
      }
    },
  );
}

waiting.run();

const notWaiting = suite('without it, losing any single control datagram');

notWaiting('changes nothing but where a client that had to ask again begins', () => {
  const whole = play(0, { waitFor: 1 }, SECOND);
  let later = 0;
  for (let lost = 1; lost <= whole.controls.length; lost += 1) {
    const without = play(lost, { waitFor: 1 }, SECOND);
    const name = `without control datagram ${lost}, ${whole.controls[lost - 1]}`;
    assert.equal(without.reasons, whole.reasons, name);
    assert.equal(without.lastCounts, [MESSAGES, MESSAGES, MESSAGES], name);
    for (const [k, { sent, unique, lost: missing }] of without.statistics.entries()) {
      const first = without.nextCounts[k] as number;
      if (first !== whole.nextCounts[k]) later += 1;
      let expected = 0;
      for (let count = first; count <= MESSAGES; count += 1) if ((count * (k + 2)) % 7 === 3) expected += 1;
      assert.equal(
        { sent, unique, missing },
        { sent: MESSAGES - first + 1, unique: MESSAGES - first + 1 - expected, missing: expected },
        name,
      );
    }
  }
  assert.ok(later > 0, 'some loss made a client begin later');
});

notWaiting.run();
