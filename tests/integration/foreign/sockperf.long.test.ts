/** sockperf through the proxy: `field:u64be@0=1` up, and down every fifth of its numbers, which its server answers. */
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
import { freePort } from './tap.ts';

const test = suite('sockperf through the proxy');
const lacking = missing('sockperf', 'sockperf');
const claim = (title: string, work: () => Promise<void>): void =>
  lacking === null ? test(title, work) : test.skip(`${title} (${lacking})`, work);

const numbersIn = (datagrams: readonly Buffer[]): number[] =>
  datagrams.map((bytes) => Number(bytes.readBigUInt64BE(0)));

const REPLY_EVERY = 5;

test('its number is read where it stands', () => {
  assert.equal(numbersIn([Buffer.from('00000000000001f300010000000e', 'hex')]), [499]);
});

/** A second of 300 datagrams, every fifth of them answered; those in `lostBefore` never reach the proxy. */
async function runTest(
  folder: string,
  options: readonly string[],
  lostBefore: readonly number[],
): Promise<{ readonly witness: Witnessed; readonly served: string }> {
  const serverPort = await freePort();
  const server = startForeign('sockperf', ['server', '-i', '127.0.0.1', '-p', String(serverPort)]);
  await untilBound(server, serverPort);
  const witness = await witnessed(
    folder,
    options,
    serverPort,
    (bytes, way) => way === 'up' && lostBefore.includes(Number(bytes.readBigUInt64BE(0))),
    async (port) => {
      const args = ['under-load', '-i', '127.0.0.1', '-p', String(port), '-t', '1', '--mps', '300'];
      await startForeign('sockperf', [...args, '--reply-every', String(REPLY_EVERY)]).done;
    },
  ).finally(() => server.end());
  // What it took is in what it says at its end.
  return { witness, served: (await server.done).output };
}

claim(
  'has the fates of its numbers, again and again under load, whatever is lost before, the first included',
  async () => {
    await inFolder(async (folder) => {
      const options = [
        '--protocol',
        `field:u64be@0=${REPLY_EVERY}+${REPLY_EVERY}`,
        '--protocol-up',
        'field:u64be@0=1',
      ];
      const knobs = ['--direction', 'both', '--seed', 'ten', '--drop', '10%', '--duplicate', '5%'];
      const seen: string[][] = [];
      await underLoad(4, async () => {
        for (let k = 0; k < ROUNDS; k += 1) {
          const lostBefore = [1, 2, 3 + k, 40 + k, 41 + k, 42 + k, 100 + k];
          const { witness } = await runTest(folder, [...options, ...knobs], lostBefore);
          const entered = numbersIn(witness.before.up);
          assert.ok(entered.length > 100 && !entered.includes(1), `${entered.length} entered`);
          const up = new Decided('ten/1/up', { drop: 0.1, duplicate: 0.05 });
          assertFates(entered, numbersIn(witness.behind.up), (number) => number, up);
          const down = new Decided('ten/1/down', { drop: 0.1, duplicate: 0.05 });
          // What came twice is answered twice: a repeat has a fate of its own, and is not judged here.
          const answers = numbersIn(witness.behind.down);
          const once = answers.filter((number) => answers.indexOf(number) === answers.lastIndexOf(number));
          const left = numbersIn(witness.before.down).filter((number) => once.includes(number));
          assertFates(once, left, (number) => number / REPLY_EVERY, down);
          seen.push(readFates(witness, 'fates-1-up.jsonl').filter((line) => !line.includes('"repeat"')));
        }
      });
      const common = Math.min(...seen.map(({ length }) => length));
      assert.ok(common > 100, String(common));
      for (const fates of seen) assert.equal(fates.slice(0, common), (seen[0] as string[]).slice(0, common));
    });
  },
);

claim('takes itself, as its server counts, what the seed lets through, copies included', async () => {
  await inFolder(async (folder) => {
    const knobs = ['--direction', 'up', '--seed', '5', '--drop', '10%', '--duplicate', '5%'];
    const { witness, served } = await runTest(folder, ['--protocol', 'field:u64be@0=1', ...knobs], []);
    const decided = new Decided('5/1/up', { drop: 0.1, duplicate: 0.05 });
    const expected = numbersIn(witness.before.up).reduce((sum, number) => sum + decided.times(number), 0);
    assert.match(served, new RegExp(`Total ${expected} messages received and handled`));
    assert.is.not(expected, witness.before.up.length);
  });
});

test.run();
