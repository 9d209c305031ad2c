/** sockperf through the proxy: `field:u64be@0=1` up, and down every fifth of its numbers, which its server answers. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
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

const test = suite('sockperf through the proxy');
const claim = claimsAbout(test, 'sockperf', 'sockperf');

const numbersIn = (datagrams: readonly Buffer[]): number[] =>
  datagrams.map((bytes) => Number(bytes.readBigUInt64BE(0)));

const REPLY_EVERY = 5;

test('its number is read where it stands', () => {
  assert.equal(numbersIn([Buffer.from('00000000000001f300010000000e', 'hex')]), [499]);
});

/** A second of 300 datagrams, every fifth of them answered. */
const CLIENT = `under-load -i 127.0.0.1 -t 1 --mps 300 --reply-every ${REPLY_EVERY}`.split(' ');

/** @param lostBefore numbers that never reach the proxy */
async function runTest(
  folder: string,
  options: readonly string[],
  lostBefore: readonly number[],
): Promise<{ readonly witness: Witnessed; readonly served: string }> {
  const serverPort = await freePort();
  const listening = ['server', '-i', '127.0.0.1', '-p', String(serverPort)];
  const server = await startListening('sockperf', listening, 'udp', serverPort);
  const witness = await witnessed(
    folder,
    options,
    serverPort,
    (bytes, way) => way === 'up' && numbersIn([bytes]).some((number) => lostBefore.includes(number)),
    async (port) => {
      const args = [...CLIENT, '-p', String(port)];
      await runToEnd({ file: 'sockperf', args, limitMs: PATIENCE_MS });
    },
  ).finally(() => server.stop('SIGINT'));
  // It says at its end how many it took.
  return { witness, served: server.stdout + server.stderr };
}

claim(
  'has the fates of its numbers, again and again under load, whatever is lost before, the first included',
  async () => {
    await inFolder(async (folder) => {
      const answers = `field:u64be@0=${REPLY_EVERY}+${REPLY_EVERY}`;
      const protocols = ['--protocol', answers, '--protocol-up', 'field:u64be@0=1'];
      const options = [...protocols, ...KNOBS, '--direction', 'both', '--seed', 'ten'];
      const seen: string[][] = [];
      await underLoad(4, async () => {
        for (let k = 0; k < ROUNDS; k += 1) {
          const lostBefore = [1, 2, 3 + k, 40 + k, 41 + k, 42 + k, 100 + k];
          const { witness } = await runTest(folder, options, lostBefore);
          const entered = numbersIn(witness.before.up);
          assert.ok(entered.length > 100 && !entered.includes(1), `${entered.length} entered`);
          const up = new Decided('ten/1/up');
          assertFates(entered, numbersIn(witness.behind.up), (number) => number, up);
          const down = new Decided('ten/1/down');
          // What came twice is answered twice: a repeat has a fate of its own, and is not judged here.
          const answered = numbersIn(witness.behind.down);
          const once = answered.filter((number) => answered.indexOf(number) === answered.lastIndexOf(number));
          const left = numbersIn(witness.before.down).filter((number) => once.includes(number));
          assertFates(once, left, (number) => number / REPLY_EVERY, down);
          seen.push(readFates(witness, 'fates-1-up.jsonl'));
        }
      });
      assertSameFates(seen, 100);
    });
  },
);

claim('takes itself, as its server counts, what the seed lets through, copies included', async () => {
  await inFolder(async (folder) => {
    const options = ['--protocol', 'field:u64be@0=1', ...KNOBS, '--direction', 'up', '--seed', '5'];
    const { witness, served } = await runTest(folder, options, []);
    const decided = new Decided('5/1/up');
    const expected = numbersIn(witness.before.up).reduce((sum, number) => sum + decided.times(number), 0);
    assert.match(served, new RegExp(`Total ${expected} messages received and handled`));
    assert.is.not(expected, witness.before.up.length);
  });
});

test.run();
