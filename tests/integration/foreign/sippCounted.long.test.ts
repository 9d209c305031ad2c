/**
 * Calls of SIPp's, with datagrams lost, doubled and held on both ways: every call succeeds, and the messages that SIPp counts
 * are those of the proxy.
 *
 * SIP goes through a proxy of its own, RTP through another one: the ports of the media stand in the payload. SIPp keeps no
 * count of RTP; what its echo sends back is what it received.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Child } from '../../../bench/peers/peerProcess.ts';
import { freePort } from '../../../bench/peers/ports.ts';
import { PATIENCE_MS } from '../loopback.ts';
import { LOSSY, accounted, assertRead, assertTouched, assertUntouched } from './account.ts';
import type { Accounted } from './account.ts';
import { claimsAbout, startListening } from './foreign.ts';
import { CALLEE, CALLER } from './sippScenarios.ts';

const test = suite('what SIPp counts');
const claim = claimsAbout(test, 'sipp', 'sip-tester');

/** Towards the callee, and towards the caller. */
interface Messages {
  readonly up: number;
  readonly down: number;
}

/**
 * Adds up the lines of the scenario screen: messages, and those that came or went again. The names stand before the arrows of
 * who calls, and behind those of who is called.
 */
function readScreen(screen: string): Messages {
  const lines = screen.slice(screen.indexOf('Messages  Retrans'), screen.indexOf('Statistics Screen'));
  const sum = (arrow: string): number =>
    [`^ +\\w+ ${arrow} +(\\d+) +(\\d+) `, `^ +${arrow} \\w+ +(\\d+) +(\\d+) `]
      .flatMap((pattern) => Array.from(lines.matchAll(new RegExp(pattern, 'gm'))))
      .reduce((total, [, messages, again]) => total + Number(messages) + Number(again), 0);
  return { up: sum('-+>'), down: sum('<-+') };
}

/** Messages for calls that are over: the side that got them counts them here. */
const tooLate = (screen: string): number =>
  ['dead call', 'out-of-call'].reduce(
    (sum, kind) => sum + Number(new RegExp(`(\\d+) ${kind} msg`).exec(screen)?.[1] ?? 0),
    0,
  );

test('messages and retransmissions are added up, each way, of both sides', () => {
  const caller =
    '  1 dead call msg (discarded)             2 out-of-call msg (discarded)\n' +
    '                                 Messages  Retrans   Timeout   Unexpected-Msg\n' +
    '      INVITE ---------->         4         2                  \n' +
    '         200 <----------         4         1         0         0               \n' +
    '         ACK ---------->         4         1                  \n----- Statistics Screen\n';
  assert.equal(readScreen(caller), { up: 11, down: 5 });
  assert.is(tooLate(caller), 3);
  const callee =
    '                                 Messages  Retrans   Timeout   Unexpected-Msg\n' +
    '  ----------> INVITE             4         2         0         0                  \n' +
    '  <---------- 200                4         1         0                      \n----- Statistics Screen\n';
  assert.equal(readScreen(callee), { up: 6, down: 5 });
});

const CALLS = 5;
const COMMON = `-i 127.0.0.1 -mi 127.0.0.1 -m ${CALLS} -r ${CALLS} -nostdin -timeout 50 -trace_screen`.split(
  ' ',
);

interface Counted {
  readonly sip: Accounted;
  readonly rtp: Accounted;
  /** As either side says, what came for calls that were over included. */
  readonly caller: Messages;
  readonly callee: Messages;
}

/** Some calls, with media that are echoed: signalling through one proxy, media through another. */
async function call(knobs: readonly string[]): Promise<Counted> {
  const [calleePort, callerPort, echoPort] = [await freePort(), await freePort(), await freePort()];
  let [callerScreen, calleeScreen] = ['', ''];
  let sip: Accounted | undefined;
  const media = ['--protocol', 'rtp/8000', '--upstream', `127.0.0.1:${echoPort}`, ...knobs];
  const rtp = await accounted(media, async (mediaPort, folder) => {
    const [voice, calleeFile, callerFile] = ['voice.alaw', 'callee.xml', 'caller.xml'].map((name) =>
      join(folder, name),
    ) as [string, string, string];
    writeFileSync(voice, randomBytes(16_000));
    writeFileSync(callerFile, CALLER(voice));
    writeFileSync(calleeFile, CALLEE(mediaPort));
    const screen = (who: string): string[] => ['-screen_file', join(folder, who)];
    const answering = ['-sf', calleeFile, '-p', `${calleePort}`, '-rtp_echo', '-mp', `${echoPort}`];
    const callee = await startListening(
      'sipp',
      [...answering, ...COMMON, ...screen('callee')],
      'udp',
      calleePort,
    );
    try {
      sip = await accounted(['--upstream', `127.0.0.1:${calleePort}`, ...knobs], async (sipPort) => {
        const calling = ['-sf', callerFile, '-p', `${callerPort}`, ...COMMON, ...screen('caller')];
        const caller = new Child({
          file: 'sipp',
          args: [...calling, `127.0.0.1:${sipPort}`],
          limitMs: PATIENCE_MS,
        });
        caller.closeInput();
        await caller.done();
        await callee.done();
      });
    } finally {
      await callee.stop();
    }
    callerScreen = readFileSync(join(folder, 'caller'), 'utf8');
    calleeScreen = readFileSync(join(folder, 'callee'), 'utf8');
  });
  const [caller, callee] = [readScreen(callerScreen), readScreen(calleeScreen)];
  return {
    sip: sip as unknown as Accounted,
    rtp,
    caller: { up: caller.up, down: caller.down + tooLate(callerScreen) },
    callee: { up: callee.up + tooLate(calleeScreen), down: callee.down },
  };
}

claim('on a clean way all calls succeed with five messages each, and all media come back', async () => {
  const { sip, rtp, caller, callee } = await call([]);
  assertUntouched(sip.up, sip.down, rtp.up, rtp.down);
  for (const side of [caller, callee]) assert.equal(side, { up: 3 * CALLS, down: 2 * CALLS });
  assert.equal([sip.up.entered, sip.down.entered], [3 * CALLS, 2 * CALLS]);
  assert.is(rtp.down.entered, rtp.up.delivered);
});

claim('on a lossy way all calls succeed, and both sides count what the proxy says', async () => {
  // RTP's sequence begins with the first that is seen, and what is older has no index: so the first comes first.
  const knobs = [...LOSSY, '--spare', '1', '--seed', 'sipp 9'];
  const { sip, rtp, caller, callee } = await call(knobs);
  assertTouched(sip.up, sip.down, rtp.up, rtp.down);
  assert.is(caller.up, sip.up.entered);
  assert.is(callee.down, sip.down.entered);
  assertRead(callee.up, sip.up, 6);
  assertRead(caller.down, sip.down, 6);
  assert.is(rtp.down.entered, rtp.up.delivered, 'its echo sends back all that came');
});

test.run();
