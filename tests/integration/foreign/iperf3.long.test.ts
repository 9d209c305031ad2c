/** iperf3's UDP test through the proxy: `field:u32be@8=1` gives each of its datagrams the fate of its own number. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { inFolder } from '../program.ts';
import {
  Decided,
  ROUNDS,
  assertFates,
  missing,
  readFates,
  startForeign,
  underLoad,
  untilBound,
  witnessed,
} from './foreign.ts';
import type { Witnessed } from './foreign.ts';
import { freePort, relayTcp } from './tap.ts';

const test = suite('iperf3 through the proxy');
const lacking = missing('iperf3', 'iperf3');
const claim = (title: string, work: () => Promise<void>): void =>
  lacking === null ? test(title, work) : test.skip(`${title} (${lacking})`, work);

/** Where iperf3 has its sequence number; its first datagram has none, and is shorter. */
const NUMBER_AT = 8;
const numbersIn = (datagrams: readonly Buffer[]): number[] =>
  datagrams.filter(({ length }) => length >= NUMBER_AT + 4).map((bytes) => bytes.readUInt32BE(NUMBER_AT));

test('its number is read where it stands, and its opening has none', () => {
  const opening = Buffer.from('39383736', 'hex');
  const third = Buffer.from('692add3f0003f7a40000000300000000', 'hex');
  assert.equal(numbersIn([opening, third]), [3]);
});

interface Iperf3Test {
  readonly witness: Witnessed;
  /** What iperf3's own receiver says. */
  readonly lost: number;
  readonly packets: number;
}

/** One second of 400 datagrams of 200 bytes; those in `lostBefore` never reach the proxy. */
async function runTest(
  folder: string,
  options: readonly string[],
  lostBefore: readonly number[],
  reverse: boolean,
): Promise<Iperf3Test> {
  const serverPort = await freePort();
  const server = startForeign('iperf3', ['-s', '-1', '-p', String(serverPort)]);
  await untilBound(server, serverPort);
  let output = '';
  const witness = await witnessed(
    folder,
    options,
    serverPort,
    (bytes, way) => way === 'up' && bytes.length >= 12 && lostBefore.includes(bytes.readUInt32BE(NUMBER_AT)),
    async (port) => {
      const relay = await relayTcp(port, serverPort);
      const args = [
        '-c',
        '127.0.0.1',
        '-p',
        String(port),
        '-u',
        '-l',
        '200',
        '-b',
        '640k',
        '-t',
        '1',
        '--json',
      ];
      ({ output } = await startForeign('iperf3', reverse ? [...args, '-R'] : args).done);
      relay.close();
    },
  ).finally(() => server.end());
  const { end, error } = JSON.parse(output) as {
    readonly end: { readonly sum?: { readonly lost_packets: number; readonly packets: number } };
    readonly error?: string;
  };
  assert.is(error, undefined);
  return { witness, lost: end.sum?.lost_packets ?? -1, packets: end.sum?.packets ?? -1 };
}

const PROTOCOL = ['--protocol', 'field:u32be@8=1'];
const LOST_BEFORE = [1, 2, 7, 50, 51, 52, 53, 54, 200];

claim(
  'has the fates of its numbers, again and again under load, whatever is lost before, the first included',
  async () => {
    await inFolder(async (folder) => {
      const options = [
        ...PROTOCOL,
        '--direction',
        'up',
        '--seed',
        'ten',
        '--drop',
        '10%',
        '--duplicate',
        '5%',
      ];
      const seen: string[][] = [];
      await underLoad(4, async () => {
        for (let k = 0; k < ROUNDS; k += 1) {
          // Something else is lost before the proxy each time.
          const lostBefore = LOST_BEFORE.map((number) => (number === 1 ? 1 : number + k));
          const { witness } = await runTest(folder, options, lostBefore, false);
          const entered = numbersIn(witness.before.up);
          assert.ok(entered.length > 200 && !entered.includes(1), `${entered.length} entered`);
          const decided = new Decided('ten/1/up', { drop: 0.1, duplicate: 0.05 });
          assertFates(entered, numbersIn(witness.behind.up), (number) => number, decided);
          seen.push([...readFates(witness, 'fates-1-up.jsonl')]);
        }
      });
      const common = Math.min(...seen.map(({ length }) => length));
      assert.ok(common > 200, String(common));
      for (const fates of seen) assert.equal(fates.slice(0, common), (seen[0] as string[]).slice(0, common));
    });
  },
);

claim('counts as lost itself what the proxy dropped below the highest number that came', async () => {
  await inFolder(async (folder) => {
    const options = [...PROTOCOL, '--direction', 'up', '--seed', '3', '--drop', '10%'];
    const { witness, lost } = await runTest(folder, options, [], false);
    const arrived = numbersIn(witness.behind.up);
    const highest = arrived.reduce((most, number) => Math.max(most, number), 0);
    assert.is(lost, highest - arrived.length);
    assert.ok(lost > 10, String(lost));
  });
});

claim('is impaired on the way down, too, where its server sends', async () => {
  await inFolder(async (folder) => {
    const options = [...PROTOCOL, '--seed', 'back', '--drop', '10%', '--duplicate', '5%', '--reorder', '5%'];
    const { witness } = await runTest(folder, options, [], true);
    const entered = numbersIn(witness.behind.down);
    assert.ok(entered.length > 200, String(entered.length));
    const decided = new Decided('back/1/down', { drop: 0.1, duplicate: 0.05 });
    assertFates(entered, numbersIn(witness.before.down), (number) => number, decided);
  });
});

test.run();
