/** A session that is judged: a client of more arrivals than are kept, and how far the work is. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UNIMPAIRED } from '../../../harness/impairment/impairment.ts';
import { judgeSession } from '../../../harness/judge/judge.ts';
import { runVirtualSession } from '../../../harness/session/virtualSession.ts';
import type { Pace } from '../../../src/base/progress.ts';
import { BankSource } from '../../../src/stream/bankSource.ts';

const test = suite('a session is judged');

const MESSAGES = 40;
const SIZE_BYTES = 800;
const INTERVAL_NS = 1e6;

async function judged(keptArrivals: number, pace?: Pace) {
  const result = await runVirtualSession({
    clients: 2,
    source: new BankSource('bank', MESSAGES, INTERVAL_NS, SIZE_BYTES),
    speed: 1,
    impairment: { ...UNIMPAIRED, seed: '7' },
    check: false,
    tmaxNs: 1e9,
    keptArrivals,
  });
  const sendNs = (count: number): number => (count - 1) * INTERVAL_NS;
  return judgeSession(
    result,
    {
      lastCount: MESSAGES,
      intervalUs: INTERVAL_NS / 1e3,
      sizeBytes: () => SIZE_BYTES,
      sendNs,
      mediaTimeNs: sendNs,
    },
    UNIMPAIRED.down,
    '7',
    'exact',
    pace,
  );
}

test('a limit that is reached leaves out the columns of the client, and says which', async () => {
  const enough = await judged(MESSAGES);
  assert.equal(enough.remarks, []);
  assert.equal(
    enough.columns.map(({ client, causes }) => [client, causes.length]),
    [
      [1, MESSAGES],
      [2, MESSAGES],
    ],
  );
  const tooFew = await judged(MESSAGES - 1);
  assert.equal(
    tooFew.remarks,
    [1, 2].map(
      (client) =>
        `client ${client} had more arrivals than are kept, so the report's page has no single datagrams of it`,
    ),
  );
  assert.equal(tooFew.columns, []);
  assert.equal(tooFew.comparison, enough.comparison);
});

test('how far it is is told of each datagram of each client, several times, and changes nothing', async () => {
  const told: number[] = [];
  let ticks = 0;
  const pace = {
    begin: (...numbers: number[]) => void told.push(...numbers),
    tick: () => void (ticks += 1),
  };
  assert.equal(await judged(MESSAGES, pace), await judged(MESSAGES));
  const touches = told[1] as number;
  assert.equal(told, [MESSAGES, touches, MESSAGES, touches]);
  const each = ticks / (2 * MESSAGES);
  assert.ok(each > 0.7 * touches && each < 1.3 * touches, `${each} a datagram`);
});

test.run();
