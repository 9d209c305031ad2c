/**
 * dig and dnsmasq, with datagrams lost, doubled and held on both ways: every question has its answer, and what both count
 * is what the proxy says.
 *
 * dig sends a question again when its time is over, and says so; dnsmasq writes down each question that comes, copies too,
 * and answers each. dig reads one answer and is gone: a copy of an answer comes to nobody, and nobody but the proxy counts it.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { runToEnd } from '../../../bench/peers/peerProcess.ts';
import { freePort } from '../../../bench/peers/ports.ts';
import { PATIENCE_MS } from '../loopback.ts';
import { LOSSY, accounted, assertTouched, assertUntouched } from './account.ts';
import type { Accounted } from './account.ts';
import { claimsAbout } from './foreign.ts';
import { startNames } from './names.ts';

const test = suite('what dig and dnsmasq count');
const claim = claimsAbout(test, 'dig', 'bind9-dnsutils', 'dnsmasq', 'dnsmasq-base');

const QUESTIONS = 40;
/** Under way at a time. */
const TOGETHER = 10;

const timeoutsIn = (said: string): number => said.match(/timed out/g)?.length ?? 0;
const questionsIn = (log: string): number => log.match(/query\[A\] ball\.test from/g)?.length ?? 0;

test('a question that got no answer in time is told from one that did', () => {
  const said = ';; communications error to 127.0.0.1#5300: timed out\n192.0.2.1\n';
  assert.is(timeoutsIn(said), 1);
  assert.is(questionsIn('dnsmasq: query[A] ball.test from 127.0.0.1\ndnsmasq: config ball.test is'), 1);
});

interface Counted extends Accounted {
  /** By dig. */
  readonly asked: number;
  /** By dnsmasq. */
  readonly served: number;
}

/** Asks all questions through the proxy; each has to be answered. */
async function ask(options: readonly string[]): Promise<Counted> {
  const serverPort = await freePort();
  const server = await startNames(
    serverPort,
    '--address=/ball.test/192.0.2.1 --log-queries --log-facility=-',
  );
  const said: string[] = [];
  const askOne = async (port: number): Promise<void> => {
    const args = ['@127.0.0.1', '-p', String(port), 'ball.test', 'A', '+short', '+tries=10', '+timeout=1'];
    const heard = await runToEnd({ file: 'dig', args, limitMs: PATIENCE_MS });
    assert.is(heard.trim().split('\n').at(-1), '192.0.2.1');
    said.push(heard);
  };
  try {
    const upstream = ['--upstream', `127.0.0.1:${serverPort}`, ...options];
    const account = await accounted(upstream, async (port) => {
      for (let k = 0; k < QUESTIONS; k += TOGETHER)
        await Promise.all(Array.from({ length: TOGETHER }, () => askOne(port)));
    });
    return {
      ...account,
      asked: QUESTIONS + timeoutsIn(said.join('')),
      served: questionsIn(server.stderr),
    };
  } finally {
    await server.stop('SIGTERM');
  }
}

claim('a clean way loses nothing, and every count is the number of questions', async () => {
  const { asked, served, up, down } = await ask([]);
  assertUntouched(up, down);
  assert.equal([asked, served, up.entered, down.entered], [asked, asked, asked, asked]);
});

claim(
  'on a lossy way dig sent what came to the proxy, and dnsmasq got what left it, copies included',
  async () => {
    const { asked, served, up, down } = await ask([...LOSSY, '--seed', 'dig']);
    assertTouched(up, down);
    assert.is(asked, up.entered);
    assert.is(served, up.delivered);
    assert.is(served, down.entered, 'it answers every question');
    assert.ok(asked > QUESTIONS, 'something was asked again');
  },
);

test.run();
