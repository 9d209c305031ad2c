/** iperf3's UDP test through the proxy: `field:u32be@8=1` gives each of its datagrams the fate of its own number. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readIperf3 } from '../../../bench/peers/iperf3.ts';
import { runToEnd } from '../../../bench/peers/peerProcess.ts';
import { freePort } from '../../../bench/peers/ports.ts';
import { PATIENCE_MS } from '../loopback.ts';
import { inFolder } from '../program.ts';
import {
  Decided,
  KNOBS,
  ROUNDS,
  assertFates,
  assertSameFates,
  claimsAbout,
  readFates,
  startListening,
  underLoad,
  witnessed,
} from './foreign.ts';
import type { Witnessed } from './foreign.ts';
import { relayTcp } from './tap.ts';

const test = suite('iperf3 through the proxy');
const claim = claimsAbout(test, 'iperf3', 'iperf3');

/** Where iperf3 has its sequence number; its first datagram has none, and is shorter. */
const NUMBER_AT = 8;
const numbersIn = (datagrams: readonly Buffer[]): number[] =>
  datagrams.filter(({ length }) => length >= NUMBER_AT + 4).map((bytes) => bytes.readUInt32BE(NUMBER_AT));

test('its number is read where it stands, and its opening has none', () => {
  const opening = Buffer.from('39383736', 'hex');
  const third = Buffer.from('692add3f0003f7a40000000300000000', 'hex');
  assert.equal(numbersIn([opening, third]), [3]);
});

/** One second of 400 datagrams of 200 bytes. */
const CLIENT = '-c 127.0.0.1 -u -l 200 -b 640k -t 1 --json'.split(' ');

/**
 * @param lostBefore numbers that never reach the proxy
 * @returns what the witnesses saw, and how many datagrams iperf3's own receiver says are lost
 */
async function runTest(
  folder: string,
  options: readonly string[],
  lostBefore: readonly number[],
  more: readonly string[] = [],
  limitMs = PATIENCE_MS,
): Promise<{ readonly witness: Witnessed; readonly lost: number }> {
  const serverPort = await freePort();
  const server = await startListening('iperf3', ['-s', '-1', '-p', String(serverPort)], 'tcp', serverPort);
  let output = '';
  const witness = await witnessed(
    folder,
    options,
    serverPort,
    (bytes, way) => way === 'up' && numbersIn([bytes]).some((number) => lostBefore.includes(number)),
    async (port) => {
      const relay = await relayTcp(port, serverPort);
      const args = [...CLIENT, '-p', String(port), ...more];
      output = await runToEnd({ file: 'iperf3', args, limitMs }).finally(() => relay.close());
    },
  ).finally(() => server.stop());
  return { witness, lost: readIperf3(output).end.sum_received.lost_packets };
}

const PROTOCOL = ['--protocol', 'field:u32be@8=1'];
const LOST_BEFORE = [1, 2, 7, 50, 51, 52, 53, 54, 200];

claim(
  'has the fates of its numbers, again and again under load, whatever is lost before, the first included',
  async () => {
    await inFolder(async (folder) => {
      const options = [...PROTOCOL, ...KNOBS, '--direction', 'up', '--seed', 'ten'];
      const seen: string[][] = [];
      await underLoad(4, async () => {
        for (let k = 0; k < ROUNDS; k += 1) {
          // Something else is lost before the proxy each time.
          const lostBefore = LOST_BEFORE.map((number) => (number === 1 ? 1 : number + k));
          const { witness } = await runTest(folder, options, lostBefore);
          const entered = numbersIn(witness.before.up);
          assert.ok(entered.length > 200 && !entered.includes(1), `${entered.length} entered`);
          const decided = new Decided('ten/1/up');
          assertFates(entered, numbersIn(witness.behind.up), (number) => number, decided);
          seen.push(readFates(witness, 'fates-1-up.jsonl'));
        }
      });
      assertSameFates(seen, 200);
    });
  },
);

claim('counts as lost itself what the proxy dropped below the highest number that came', async () => {
  await inFolder(async (folder) => {
    const options = [...PROTOCOL, '--direction', 'up', '--seed', '3', '--drop', '10%'];
    const { witness, lost } = await runTest(folder, options, []);
    const arrived = numbersIn(witness.behind.up);
    const highest = arrived.reduce((most, number) => Math.max(most, number), 0);
    assert.is(lost, highest - arrived.length);
    assert.ok(lost > 10, String(lost));
  });
});

claim('is impaired on the way down, too, where its server sends', async () => {
  await inFolder(async (folder) => {
    const options = [...PROTOCOL, ...KNOBS, '--seed', 'back', '--reorder', '5%'];
    const { witness } = await runTest(folder, options, [], ['-R']);
    const entered = numbersIn(witness.behind.down);
    assert.ok(entered.length > 200, String(entered.length));
    const decided = new Decided('back/1/down');
    assertFates(entered, numbersIn(witness.before.down), (number) => number, decided);
  });
});

/** A test of one second has ended long before, if it ends at all. */
const HANGS_AFTER_MS = 4000;

claim('hangs where its opening is lost, and runs through where that is spared', async () => {
  await inFolder(async (folder) => {
    const options = ['--protocol', 'any', '--direction', 'up', '--drop-list', '1', '--duplicate', '100%'];
    const hung = await runTest(folder, options, [], [], HANGS_AFTER_MS).catch(
      (cause: Error) => cause.message,
    );
    assert.match(typeof hung === 'string' ? hung : 'it ended', /iperf3 did not end/);
    const { witness } = await runTest(folder, [...options, '--spare', '1'], []);
    const { length } = witness.before.up;
    assert.ok(length > 200, `${length} entered`);
    assert.is(witness.behind.up.length, 2 * length - 1, 'all but the opening have a copy');
    const [opening = '', second = ''] = readFates(witness, 'fates-1-up.jsonl');
    assert.match(opening, /"drop":null,"copies":0,"hold":0,"spared":true\}$/);
    assert.match(second, /"drop":null,"copies":1,"hold":0\}$/);
  });
});

test.run();
