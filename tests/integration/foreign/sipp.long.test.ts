/** An RTP stream of SIPp's through the proxy: `rtp` gives each packet the fate of its place in the sequence. */
import { createSocket } from 'node:dgram';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
import { CALLEE, CALLER } from './sippScenarios.ts';
import { freePort } from './tap.ts';

const test = suite('RTP of SIPp through the proxy');
const lacking = missing('sipp', 'sip-tester');
const claim = (title: string, work: () => Promise<void>): void =>
  lacking === null ? test(title, work) : test.skip(`${title} (${lacking})`, work);

const sequenceNumbers = (datagrams: readonly Buffer[]): number[] =>
  datagrams.map((bytes) => bytes.readUInt16BE(2));

test('a sequence number is read where RTP has it', () => {
  assert.equal(sequenceNumbers([Buffer.from('8008006100003fe0ca110000', 'hex')]), [97]);
});

/** A call of two seconds, 100 packets of 20 ms, whose media are echoed; those in `lostBefore` never reach the proxy. */
async function runCall(
  folder: string,
  options: readonly string[],
  lostBefore: readonly number[],
): Promise<Witnessed> {
  const echo = createSocket('udp4');
  await new Promise<void>((resolve) => echo.bind(0, '127.0.0.1', resolve));
  echo.on('message', (bytes, { port }) => echo.send(bytes, port, '127.0.0.1'));
  const [calleePort, callerPort] = [await freePort(), await freePort()];
  writeFileSync(join(folder, 'voice.alaw'), randomBytes(16_000));
  try {
    return await witnessed(
      folder,
      options,
      echo.address().port,
      (bytes, way) => way === 'up' && lostBefore.includes(bytes.readUInt16BE(2)),
      async (mediaPort) => {
        writeFileSync(join(folder, 'callee.xml'), CALLEE(mediaPort));
        writeFileSync(join(folder, 'caller.xml'), CALLER);
        const common = ['-i', '127.0.0.1', '-mi', '127.0.0.1', '-m', '1', '-nostdin', '-timeout', '30'];
        const callee = startForeign(
          'sipp',
          ['-sf', 'callee.xml', '-p', String(calleePort), ...common],
          folder,
        );
        await untilBound(callee, calleePort);
        const args = ['-sf', 'caller.xml', '-p', String(callerPort), ...common, `127.0.0.1:${calleePort}`];
        const { code, output } = await startForeign('sipp', args, folder).done;
        await callee.end();
        assert.is(code, 0, output);
      },
    );
  } finally {
    echo.close();
  }
}

claim(
  'has the fates of its sequence, again and again under load, whatever is lost before the proxy',
  async () => {
    await inFolder(async (folder) => {
      const knobs = [
        '--direction',
        'both',
        '--seed',
        'ten',
        '--drop',
        '10%',
        '--duplicate',
        '5%',
        '--reorder',
        '5%',
      ];
      await underLoad(4, async () => {
        for (let k = 0; k < ROUNDS; k += 1) {
          // Without a first value the index counts from the first packet that the proxy sees.
          const first = k % 3;
          const lostBefore = [...Array.from({ length: first }, (_, n) => n), 20 + k, 21 + k, 50];
          const witness = await runCall(folder, ['--protocol', 'rtp/8000', ...knobs], lostBefore);
          const entered = sequenceNumbers(witness.before.up);
          assert.is(entered[0], first);
          assert.ok(entered.length > 60, String(entered.length));
          const decided = new Decided('ten/1/up', { drop: 0.1, duplicate: 0.05 });
          assertFates(entered, sequenceNumbers(witness.behind.up), (number) => number - first + 1, decided);
          assert.ok(readFates(witness, 'fates-1-up.jsonl').length >= entered.length);
        }
      });
    });
  },
);

test.run();
