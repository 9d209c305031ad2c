/**
 * iperf3's receiver, with datagrams lost, doubled and held on the way: what it says is lost and out of order follows from the
 * proxy's report, by iperf3's own rule.
 *
 * iperf3 does not look for duplicates. A number that is no higher than the highest so far is "out of order", a copy, too, and
 * takes back one loss, where there is one. So its losses are the lost less the duplicates, and its disorder is the reordered and the duplicates.
 * It does not wait for its last datagrams, so nothing happens to the last hundred here.
 */
import seedrandom from 'seedrandom';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runToEnd } from '../../../bench/peers/peerProcess.ts';
import { freePort } from '../../../bench/peers/ports.ts';
import { PATIENCE_MS } from '../loopback.ts';
import { accounted, assertTouched, assertUntouched } from './account.ts';
import type { Accounted } from './account.ts';
import { claimsAbout, startListening } from './foreign.ts';
import { relayTcp } from './tap.ts';

const test = suite('what iperf3 counts');
const claim = claimsAbout(test, 'iperf3', 'iperf3');

const SENT = 400;
const TOUCHED = 300;
const CLIENT = `-c 127.0.0.1 -u -l 200 -b 640k -k ${SENT} --json`.split(' ');

interface Disorder {
  readonly lost: number;
  readonly outOfOrder: number;
}

/** What the receiving side says in its own `--json`. */
function readReceiver(json: string): Disorder {
  const { end } = JSON.parse(json) as {
    end: {
      streams: readonly { udp: { out_of_order: number } }[];
      sum_received: { lost_packets: number };
    };
  };
  return {
    lost: end.sum_received.lost_packets,
    outOfOrder: end.streams[0]?.udp.out_of_order ?? Number.NaN,
  };
}

test('losses are those of the receiver, and disorder is its own', () => {
  const said = { streams: [{ udp: { out_of_order: 4 } }], sum_received: { lost_packets: 3 } };
  assert.equal(readReceiver(JSON.stringify({ end: said })), { lost: 3, outOfOrder: 4 });
});

type Way = 'up' | 'down';

/** What happens to whom. The second to the fourth are lost, so that there always is a loss that a copy can take back. */
function draw(seed: string): Record<'dropped' | 'doubled' | 'held', readonly number[]> {
  const random = seedrandom.alea(seed);
  const drawn = { dropped: [2, 3, 4], doubled: [] as number[], held: [] as number[] };
  for (let index = 5; index <= TOUCHED; index += 1) {
    const value = random();
    if (value < 0.15) drawn.dropped.push(index);
    else if (value < 0.2) drawn.doubled.push(index);
    else if (value < 0.3) drawn.held.push(index);
  }
  return drawn;
}

async function send(way: Way, knobs: readonly string[]): Promise<Accounted & { readonly said: Disorder }> {
  const serverPort = await freePort();
  const server = await startListening('iperf3', ['-s', '-1', '-J', '-p', `${serverPort}`], 'tcp', serverPort);
  const options = ['--protocol', 'field:u32be@8=1', '--upstream', `127.0.0.1:${serverPort}`, ...knobs];
  let output = '';
  try {
    const account = await accounted([...options, '--direction', way], async (port) => {
      const relay = await relayTcp(port, serverPort);
      const args = [...CLIENT, '-p', String(port), ...(way === 'down' ? ['-R'] : [])];
      output = await runToEnd({ file: 'iperf3', args, limitMs: PATIENCE_MS }).finally(() => relay.close());
    });
    return { ...account, said: readReceiver(way === 'up' ? await server.done() : output) };
  } finally {
    await server.stop();
  }
}

for (const way of ['up', 'down'] as const) {
  claim(`${way}: a clean way has neither losses nor disorder`, async () => {
    const { said, ...account } = await send(way, []);
    assertUntouched(account[way]);
    assert.equal(said, { lost: 0, outOfOrder: 0 });
  });

  claim(
    `${way}: five are lost, two come twice and two too late: three losses, four out of order`,
    async () => {
      const lists = '--drop-list 10,20-22,40 --duplicate-list 60,70 --reorder-list 100:3,200:2'.split(' ');
      const { said, measured } = await send(way, lists);
      const counts = ['lost', 'duplicates', 'reordered'].map((metric) => measured(way, metric));
      assert.equal(counts, [5, 2, 2]);
      assert.equal(said, { lost: 3, outOfOrder: 4 });
    },
  );

  claim(`${way}: its losses and its disorder follow from the report`, async () => {
    const { dropped, doubled, held } = draw(`iperf3 ${way}`);
    const lists = [
      '--drop-list',
      dropped,
      '--duplicate-list',
      doubled,
      '--reorder-list',
      held.map((k) => `${k}:2`),
    ];
    const { said, measured, ...account } = await send(way, lists.map(String));
    assertTouched(account[way]);
    const counts = ['lost', 'duplicates', 'reordered'].map((metric) => measured(way, metric));
    assert.equal(counts, [dropped.length, doubled.length, held.length]);
    const [lost = 0, duplicates = 0, reordered = 0] = counts;
    assert.equal(said, { lost: lost - duplicates, outOfOrder: reordered + duplicates });
  });
}

test.run();
