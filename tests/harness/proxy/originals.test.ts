import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { describeEvent } from '../../../harness/proxy/told/events.ts';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import { Schedule } from '../../../harness/impairment/schedule.ts';
import type { Peer } from '../../../src/net/batch.ts';
import { BankStream, MS, SECOND, SERVER, Stage } from './stage.ts';
import type { StageOptions } from './stage.ts';
import { Sender } from './plain.ts';
import { bytesOf } from './rows.ts';

const test = suite('original clients behind the proxy');

/** The only part of the network that is trusted without proof. */
const options: StageOptions = {
  server: { allowUnverified: true },
  proxy: { allowUnverified: true },
};

/** Which of the indices from `first` on are dropped. */
function dropped(knobs: Record<string, string>, first: number, last: number): number[] {
  const schedule = new Schedule(readKnobs(knobs), { seed: '42', flow: 1, direction: 'down' });
  const indices = Array.from({ length: last - first + 1 }, (_, k) => first + k);
  return indices.filter((index) => schedule.dropCause[schedule.at(index)] !== 0);
}

const countsIn = (texts: readonly string[]): number[] =>
  texts.filter((text) => text.startsWith('{')).map((text) => JSON.parse(text).message.count as number);

test('lose exactly what the schedule drops, by the count of their messages', () => {
  const knobs = { drop: '50%' };
  const stage = new Stage({ ...options, source: new BankStream(40, MS), down: readKnobs(knobs) });
  const client = new Sender(stage.proxyHost.localPeer(0), [{ atNs: 0, text: 'register' }]);
  stage.join(client, '10.0.7.1');
  stage.network.run(10 * SECOND);
  const lost = dropped(knobs, 1, 40);
  assert.is(lost.length, 22, 'the fates of seed 42');
  const kept = Array.from({ length: 40 }, (_, k) => k + 1).filter((count) => !lost.includes(count));
  assert.equal(countsIn(client.texts), kept);
  assert.is(client.texts.at(-1), 'End of transmission');
  const { down } = stage.report(1);
  assert.equal([down.arrived, down.unindexed, down.highestIndex], [40, 0, 40]);
  assert.is(
    down.droppedByCause.reduce((a, b) => a + b, 0),
    22,
  );
});

test('get reordered, copied and delayed, and the end text after all of it', () => {
  const stage = new Stage({
    ...options,
    source: new BankStream(40, MS),
    down: readKnobs({ reorderList: '3:2,40:5', duplicateList: '7', delay: '10ms' }),
  });
  const client = new Sender(stage.proxyHost.localPeer(0), [{ atNs: 0, text: 'register' }]);
  stage.join(client, '10.0.7.1');
  stage.network.run(10 * SECOND);
  const counts = countsIn(client.texts);
  assert.equal(counts.slice(0, 9), [1, 2, 4, 5, 3, 6, 7, 7, 8]);
  assert.is(counts.at(-1), 40, 'the end lets it go');
  assert.ok(client.texts.findIndex((text) => text === 'End of transmission') > counts.length - 1);
});

/** An original server says this to an original client, one message a millisecond. */
function playOriginal(first: number, down: Record<string, string>, layOut: (count: number) => string) {
  const stage = new Stage({ ...options, server: { ...options.server, waitFor: 2 }, down: readKnobs(down) });
  const client = new Sender(stage.proxyHost.localPeer(0), [{ atNs: 0, text: 'register' }]);
  stage.join(client, '10.0.7.1');
  for (let k = 0; k < 40; k += 1) {
    stage.network.at((k + 1) * MS, () => stage.send(SERVER, stage.upstream(1), bytesOf(layOut(first + k))));
  }
  stage.network.run(SECOND);
  return { stage, client };
}

const asPython = (count: number): string => `{"message": {"count": ${count}, "score": "Placar: A 0 - 0 B"}}`;

test('of an original server, whose count begins at 0, have an index that is one more', () => {
  const knobs = { drop: '50%' };
  const { stage, client } = playOriginal(0, knobs, asPython);
  const lost = new Set(dropped(knobs, 1, 40));
  assert.equal(
    countsIn(client.texts),
    Array.from({ length: 40 }, (_, k) => k).filter((count) => !lost.has(count + 1)),
  );
  assert.is(stage.report(1).down.highestIndex, 40);
});

test('of a stream that is joined late, however late, have the count for an index', () => {
  for (const first of [17, 5_000_000]) {
    const knobs = { drop: '50%' };
    const { stage, client } = playOriginal(first, knobs, asPython);
    const lost = new Set(dropped(knobs, first, first + 39));
    assert.equal(
      countsIn(client.texts),
      Array.from({ length: 40 }, (_, k) => first + k).filter((count) => !lost.has(count)),
      `${first}`,
    );
    assert.is(stage.report(1).down.unindexed, 0);
  }
});

test('are impaired wherever in a message its count stands', () => {
  const player = {
    nome: 'x',
    time: 'A',
    posicao: 'Meia',
    cartao_vermelho: false,
    gols: 0,
    tempo_gols: [],
    tempo_cv: 0,
  };
  const layOut = (count: number): string =>
    JSON.stringify({
      timeA: [player],
      timeB: [player],
      goleiroA: { nome: 'g', time: 'A' },
      goleiroB: { nome: 'g', time: 'B' },
      message: { score: 'Placar: A 0 - 0 B', content: 'x', type: 'Gol!', time_passed: 1, count },
    });
  const { stage, client } = playOriginal(0, { dropList: '2,40' }, layOut);
  assert.is(client.texts.length, 38);
  assert.is(stage.report(1).down.unindexed, 0);
});

test('that cannot be read are not impaired, and that is said', () => {
  const { stage, client } = playOriginal(0, { drop: '100%' }, (count) => `{"message": {"number": ${count}}}`);
  assert.is(client.texts.length, 40);
  assert.is(stage.report(1).down.unindexed, 40);
  assert.equal(stage.events.filter(({ kind }) => kind === 'nothing indexed').map(describeEvent), [
    'flow 1: in 10 datagrams so far there is no count that can be read, so nothing of it is impaired; put another ' +
      'program behind the proxy with --protocol any',
  ]);
});

test('are judged by their address as the server would do it', () => {
  const stage = new Stage({ server: { allowUnverified: true } });
  const stranger: Peer = { address: '10.9.9.9', port: 9 };
  stage.send(stranger, stage.proxyHost.localPeer(0), bytesOf('register'));
  stage.network.run(SECOND);
  assert.is(stage.proxy.ignored.unprovedOriginal, 1);
  assert.is(stage.server.members().length, 0);
});

test.run();
