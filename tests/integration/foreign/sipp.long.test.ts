/** An RTP stream of SIPp's through the proxy: `rtp` gives each packet the fate of its place in the sequence. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runToEnd } from '../../../bench/peers/peerProcess.ts';
import { freePort } from '../../../bench/peers/ports.ts';
import { PATIENCE_MS, Plain } from '../loopback.ts';
import { inFolder } from '../program.ts';
import {
  Decided,
  KNOBS,
  ROUNDS,
  assertFates,
  claimsAbout,
  readFates,
  startListening,
  underLoad,
  witnessed,
} from './foreign.ts';
import type { Witnessed } from './foreign.ts';
import { CALLEE, CALLER } from './sippScenarios.ts';

const test = suite('RTP of SIPp through the proxy');
const claim = claimsAbout(test, 'sipp', 'sip-tester');

const sequenceNumbers = (datagrams: readonly Buffer[]): number[] =>
  datagrams.map((bytes) => bytes.readUInt16BE(2));

test('a sequence number is read where RTP has it', () => {
  assert.equal(sequenceNumbers([Buffer.from('8008006100003fe0ca110000', 'hex')]), [97]);
});

/** One call on loopback. */
const COMMON = '-i 127.0.0.1 -mi 127.0.0.1 -m 1 -nostdin -timeout 30'.split(' ');

/** A call of two seconds, 100 packets of 20 ms, whose media are echoed. @param lostBefore never reach the proxy */
async function runCall(
  folder: string,
  options: readonly string[],
  lostBefore: readonly number[],
): Promise<Witnessed> {
  const echo = await Plain.open();
  echo.socket.on('message', (bytes, { port, address }) => echo.socket.send(bytes, port, address));
  const [calleePort, callerPort] = [await freePort(), await freePort()];
  const [voice, calleeFile, callerFile] = ['voice.alaw', 'callee.xml', 'caller.xml'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  writeFileSync(voice, randomBytes(16_000));
  writeFileSync(callerFile, CALLER(voice));
  try {
    return await witnessed(
      folder,
      options,
      echo.local.port,
      (bytes, way) => way === 'up' && sequenceNumbers([bytes]).some((number) => lostBefore.includes(number)),
      async (mediaPort) => {
        writeFileSync(calleeFile, CALLEE(mediaPort));
        const answering = ['-sf', calleeFile, '-p', String(calleePort), ...COMMON];
        const callee = await startListening('sipp', answering, 'udp', calleePort);
        const args = ['-sf', callerFile, '-p', String(callerPort), ...COMMON, `127.0.0.1:${calleePort}`];
        await runToEnd({ file: 'sipp', args, limitMs: PATIENCE_MS }).finally(() => callee.stop());
      },
    );
  } finally {
    await echo.close();
  }
}

claim(
  'has the fates of its sequence, again and again under load, whatever is lost before the proxy',
  async () => {
    await inFolder(async (folder) => {
      const knobs = [...KNOBS, '--direction', 'both', '--seed', 'ten', '--reorder', '5%'];
      await underLoad(4, async () => {
        for (let k = 0; k < ROUNDS; k += 1) {
          // Without a first value the index counts from the first packet that the proxy sees.
          const first = k % 3;
          const lostBefore = [...Array.from({ length: first }, (_, n) => n), 20 + k, 21 + k, 50];
          const witness = await runCall(folder, ['--protocol', 'rtp/8000', ...knobs], lostBefore);
          const entered = sequenceNumbers(witness.before.up);
          assert.is(entered[0], first);
          assert.ok(entered.length > 60, String(entered.length));
          const decided = new Decided('ten/1/up');
          assertFates(entered, sequenceNumbers(witness.behind.up), (number) => number - first + 1, decided);
          assert.ok(readFates(witness, 'fates-1-up.jsonl').length >= entered.length);
        }
      });
    });
  },
);

test.run();
