/**
 * Conversations of dig, a CoAP client and sockperf with their servers: recorded, played to the live server again, and in
 * its place to a live client.
 *
 * sockperf's client sends for a time, not a number of messages, so there is no telling how many a server has to answer: it is
 * played to its server only. That server gives back what it is sent: one of its answers is changed on the way.
 */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Child, runToEnd } from '../../../bench/peers/peerProcess.ts';
import { freePort } from '../../../bench/peers/ports.ts';
import type { Peer } from '../../../src/net/batch.ts';
import { PATIENCE_MS, Plain, until } from '../loopback.ts';
import { ended, inFolder, printed, run, start } from '../program.ts';
import type { Ended } from '../program.ts';
import { COAP, askCoap, startCoap } from './coap.ts';
import { behindProxy, claimsAbout, startListening } from './foreign.ts';
import { startNames } from './names.ts';

const test = suite('conversations of other programs, played again');
const DIG = ['dig', 'bind9-dnsutils', 'dnsmasq', 'dnsmasq-base'];
const dns = claimsAbout(test, ...DIG);
const dnsCaptured = claimsAbout(test, ...DIG, 'tcpdump', 'tcpdump');
const coap = claimsAbout(test, ...COAP);
const sockperf = claimsAbout(test, 'sockperf', 'sockperf');

/** Records what `work` says to a server, by the proxy. */
async function recordByProxy(
  folder: string,
  serverPort: number,
  work: (port: number) => Promise<void>,
): Promise<string> {
  const path = join(folder, 'recorded.jsonl');
  await behindProxy(folder, ['--upstream', `127.0.0.1:${serverPort}`, '--record', path], work);
  return path;
}

/** Plays a recording's server on a free port while `work` runs with it. */
async function inPlaceOfServer(
  folder: string,
  args: readonly string[],
  work: (port: number) => Promise<void>,
): Promise<Ended> {
  const playing = start(['replay', ...args, '--as-server', '127.0.0.1:0'], folder);
  const end = ended(playing);
  try {
    const [, port] = await printed(playing, /listening on \S+:(\d+)/);
    await work(Number(port));
  } finally {
    playing.kill('SIGINT');
  }
  return end;
}

const startTwo = (port: number, second: string): Promise<Child> =>
  startNames(
    port,
    `--address=/one.test/10.1.1.1 --address=/two.test/${second} --host-record=six.test,fd00::6`,
  );

/** Its first word is what dig says in short. */
const QUESTIONS: readonly (readonly [answer: string, name: string, type: string])[] = [
  ['10.1.1.1', 'one.test', 'A'],
  ['10.2.2.2', 'two.test', 'A'],
  ['fd00::6', 'six.test', 'AAAA'],
  ['', 'six.test', 'A'],
];

/** What dig hears; a random cookie would make each question another one. */
const dig = async (port: number, name: string, type: string): Promise<string> =>
  (
    await runToEnd({
      file: 'dig',
      args: ['@127.0.0.1', '-p', `${port}`, name, type, '+nocookie', '+short', '+tries=1', '+timeout=20'],
      limitMs: PATIENCE_MS,
    })
  ).trim();

async function digAll(port: number, questions = QUESTIONS): Promise<void> {
  for (const [answer, name, type] of questions) assert.is(await dig(port, name, type), answer, name);
}

/** A recording of dig, against the same server, against another, and in place of the server. */
async function judgeDig(folder: string, path: string, port: number): Promise<void> {
  const play = (...more: string[]): Promise<Ended> =>
    run(['replay', path, '--to', `127.0.0.1:${port}`, ...more], folder);
  const same = await startTwo(port, '10.2.2.2');
  try {
    for (const more of [[], ['--interval', '0']]) {
      const { code, stdout, stderr } = await play(...more);
      assert.is(code, 0, stdout + stderr);
      assert.match(stdout, /\nall 4 +4 +4 +4 +4 +0 +0 +0\n\nno difference\n/);
    }
    const lossy = await play('--drop-list', '1', '--hold-max', '100ms', '--seed', '1');
    assert.is(lossy.code, 0, lossy.stdout + lossy.stderr);
    assert.match(lossy.stdout, /\nall 4 +4 +4 +0 +0 +0 +4 +0\n\nno difference\nnote: 4 missing/);
  } finally {
    await same.stop('SIGTERM');
  }
  const other = await startTwo(port, '10.9.2.7');
  try {
    // 12 bytes of header, 14 of the question, 12 of the answer before its address.
    const { code, stdout } = await play('--lockstep');
    assert.is(code, 1, stdout);
    assert.match(
      stdout,
      /\n\nflow 2, answer 1 differs: byte 39: expected 02, got 09; byte 41: expected 02, got 07\ntransport/,
    );
    const ignored = await play('--lockstep', '--ignore', '38..41');
    assert.is(ignored.code, 0, ignored.stdout);
  } finally {
    await other.stop('SIGTERM');
  }
  const ids = ['--ignore', '0..1', '--echo', '0..1'];
  const answered = await inPlaceOfServer(folder, [path, ...ids], (own) =>
    digAll(own, QUESTIONS.toReversed()),
  );
  assert.is(answered.code, 0, answered.stdout);
  assert.match(answered.stdout, /\nall 4 +4 +4 +4 +4 +0 +0 +0\n\nno difference\n/);
}

dns(
  'dig against dnsmasq, recorded by the proxy: equal, changed, and answered from the recording',
  async () => {
    await inFolder(async (folder) => {
      const port = await freePort();
      const server = await startTwo(port, '10.2.2.2');
      const path = await recordByProxy(folder, port, (proxied) => digAll(proxied)).finally(() =>
        server.stop('SIGTERM'),
      );
      await judgeDig(folder, path, port);
    });
  },
);

dnsCaptured('dig against dnsmasq, captured by tcpdump: equal, played from the capture', async () => {
  await inFolder(async (folder) => {
    const port = await freePort();
    const path = join(folder, 'dns.pcap');
    const tcpdump = new Child({
      file: 'tcpdump',
      args: ['-i', 'lo', '-U', '--immediate-mode', '-w', path, `udp port ${port}`],
      limitMs: PATIENCE_MS,
    });
    const server = await startTwo(port, '10.2.2.2');
    try {
      await until(PATIENCE_MS, 'tcpdump listens', () => tcpdump.stderr.includes('listening on'));
      await digAll(port);
    } finally {
      await tcpdump.stop('SIGINT');
      await server.stop('SIGTERM');
    }
    const again = await startTwo(port, '10.2.2.2');
    try {
      const { code, stdout } = await run(['replay', path, '--to', `127.0.0.1:${port}`, '--lockstep'], folder);
      assert.is(code, 0, stdout);
      assert.match(stdout, /\nall 4 +4 +4 +4 +4 +0 +0 +0\n\nno difference\n/);
    } finally {
      await again.stop('SIGTERM');
    }
  });
});

coap('a CoAP client and its server: equal, and answered from the recording', async () => {
  await inFolder(async (folder) => {
    const port = await freePort();
    const server = await startCoap(port);
    try {
      const heard: string[] = [];
      const path = await recordByProxy(folder, port, async (proxied) => {
        for (const name of ['', '.well-known/core']) heard.push(await askCoap(proxied, name));
      });
      const again = await run(['replay', path, '--to', `127.0.0.1:${port}`, '--lockstep'], folder);
      assert.is(again.code, 0, again.stdout);
      assert.match(again.stdout, /\nall 2 +2 +2 +2 +2 +0 +0 +0\n\nno difference\n/);
      assert.match(heard.join(''), /test server made with libcoap/);
      // The message id is in bytes 2 and 3; bytes 6 and 7 are the port, an option of the request.
      const ids = ['--ignore', '2..3,6..7', '--echo', '2..3'];
      const answered = await inPlaceOfServer(folder, [path, ...ids], async (own) => {
        assert.equal([await askCoap(own, ''), await askCoap(own, '.well-known/core')], heard);
      });
      assert.is(answered.code, 0, answered.stdout);
    } finally {
      await server.stop('SIGTERM');
    }
  });
});

coap('a CoAP resource that says something else than it did is found, with its flow and its bytes', () =>
  inFolder(async (folder) => {
    const port = await freePort();
    const server = await startCoap(port);
    const set = (text: string): Promise<string> => askCoap(port, 'example_data', '-m', 'put', '-e', text);
    try {
      await set('one-nil');
      const path = await recordByProxy(folder, port, async (proxied) => {
        assert.match(await askCoap(proxied, ''), 'libcoap');
        assert.match(await askCoap(proxied, 'example_data'), 'one-nil');
      });
      await set('one-all');
      const { code, stdout } = await run(['replay', path, '--to', `127.0.0.1:${port}`, '--lockstep'], folder);
      assert.is(code, 1, stdout);
      // A header of 4 bytes, a token of one, the mark before the text, and the 4 characters that did not change.
      assert.match(stdout, /\n\nflow 2, answer 1 differs: byte 10: expected 6e 69, got 61 6c\n/);
    } finally {
      await server.stop('SIGTERM');
    }
  }),
);

/** Plays a recording to a server, in lockstep, with one bit of its fifth answer flipped on the way: of byte 13, of its length. */
async function playThroughChanger(folder: string, path: string, serverPort: number): Promise<Ended> {
  const [near, far] = [await Plain.open(), await Plain.open()];
  near.socket.on('message', (bytes) => far.socket.send(bytes, serverPort, '127.0.0.1'));
  far.socket.on('message', (bytes) => {
    const answer = Buffer.from(bytes);
    if (far.heard.length === 5) answer[13] = (answer[13] as number) ^ 1;
    const { port, address } = near.from[0] as Peer;
    near.socket.send(answer, port, address);
  });
  const to = ['--to', `127.0.0.1:${near.local.port}`, '--lockstep'];
  return run(['replay', path, ...to], folder).finally(() => Promise.all([near.close(), far.close()]));
}

sockperf(
  'sockperf and its server: every answer is equal, in lockstep as at recorded times, but for one that is changed',
  async () => {
    await inFolder(async (folder) => {
      const port = await freePort();
      const server = await startListening(
        'sockperf',
        ['server', '-i', '127.0.0.1', '-p', `${port}`],
        'udp',
        port,
      );
      try {
        const path = await recordByProxy(folder, port, async (proxied) => {
          const args = ['ping-pong', '-i', '127.0.0.1', '-p', `${proxied}`, '-t', '1', '--mps', '100'];
          await runToEnd({ file: 'sockperf', args, limitMs: PATIENCE_MS });
        });
        for (const more of [[], ['--lockstep']]) {
          const { code, stdout } = await run(['replay', path, '--to', `127.0.0.1:${port}`, ...more], folder);
          assert.is(code, 0, stdout);
          const [, sent, expected, same] = /\n1 +(\d+) +(\d+) +\d+ +(\d+) +0 +0 +0 /.exec(stdout) ?? [];
          assert.ok(Number(sent) > 20, stdout);
          assert.equal([expected, same], [sent, sent]);
        }
        const changed = await playThroughChanger(folder, path, port);
        assert.is(changed.code, 1, changed.stdout);
        assert.match(changed.stdout, /\n\nflow 1, answer 5 differs: byte 13: expected 0e, got 0f\n/);
      } finally {
        await server.stop('SIGINT');
      }
    });
  },
);

test('what is asked of dig has an answer to compare with', () => {
  assert.is(new Set(QUESTIONS.map((question) => question.join(' '))).size, QUESTIONS.length);
});

test.run();
