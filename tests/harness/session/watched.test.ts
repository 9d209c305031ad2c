/** A session that is watched: the match and the figures of its server and of each client, here and in processes. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MatchBoard } from '../../../harness/control/matchBoard.ts';
import { readImpairment } from '../../../harness/impairment/impairment.ts';
import { runSession } from '../../../harness/session/session.ts';
import type { Mode } from '../../../harness/session/startTask.ts';

const test = suite('a session that is watched');

const watchedRun = async (mode: Mode) => {
  const board = new MatchBoard('live', () => 7);
  const before = board.state();
  const result = await runSession({
    mode,
    clients: 2,
    source: { kind: 'match', seed: '42', interval: 2e6, language: 'en', check: false },
    speed: 1,
    impairment: readImpairment({ seed: '7', down: { dropList: '3,7', duplicateList: '9' } }),
    check: false,
    tmaxNs: 100e6,
    transport: 'node',
    streamLimitMs: 60_000,
    watch: board,
  });
  return { before, result, after: board.state() };
};

for (const mode of ['in-process', 'processes'] as const)
  test(`${mode}: at the end it shows the final score, and each client's figures as they are reported`, async () => {
    const { before, result, after } = await watchedRun(mode);
    assert.equal([before.match, before.isReadOnly, before.atUs], [null, true, 7]);
    const { match } = after;
    assert.equal([match?.home, match?.away, match?.score], ['Galáticos', 'The Bests', [3, 2]]);
    assert.equal([match?.clock, match?.clients.length, match?.moreClients], ["95' FULL TIME", 2, 0]);
    for (const [k, client] of (match?.clients ?? []).entries()) {
      const statistics = result.clients[k]?.report.statistics;
      assert.equal([client.name, client.status, client.score], [`client ${k + 1}`, 'has ended', [3, 2]]);
      assert.equal(
        [client.received, client.lost, client.twice],
        [statistics?.received, statistics?.lost, statistics?.duplicates],
      );
      // Two are on the list, one is sent twice; what a busy machine loses besides is in both.
      assert.ok((client.lost ?? 0) >= 2 && client.twice === 1);
    }
  });

test('a server by itself shows those that are there first, with their addresses, and counts those it does not list', () => {
  const board = new MatchBoard('server', () => 0);
  const client = (id: number, leftBecause: string | null) => ({
    id,
    peer: { address: '::1', port: id },
    original: false,
    nextCount: 1,
    sent: 10 * id,
    refused: 0,
    endCount: 0,
    leftBecause,
  });
  board.showServer(
    () => null,
    () => [client(1, 'expired'), ...Array.from({ length: 60 }, (_, k) => client(k + 2, null))],
  );
  board.end('It has ended');
  const { match, ended } = board.state();
  assert.is(ended, 'It has ended');
  assert.equal([match?.clients.length, match?.moreClients, match?.clock], [48, 13, '']);
  assert.equal(match?.clients[0], {
    ...match?.clients[0],
    name: 'client 2 at [::1]:2',
    status: 'streaming',
    sent: 20,
    received: null,
  });
});

test.run();
