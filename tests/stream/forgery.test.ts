import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from 'fast-check';
import {
  encodeAlive,
  encodeAliveAnswer,
  encodeChallenge,
  encodeEnd,
  encodeRegister,
  encodeRegistered,
  encodeUnregister,
} from '../../src/protocol/control.ts';
import type { Peer } from '../../src/net/batch.ts';
import { ServerEndpoint } from '../../src/stream/serverEndpoint.ts';
import {
  MS,
  SECOND,
  SECRET,
  SERVER,
  Stage,
  Voice,
  bytesOf,
  isControl,
  matchSource,
  textOf,
} from './stage.ts';

const NONCE = 'nonce-of-client-1';
const STRANGER: Peer = { address: '10.9.9.9', port: 999 };
const REGISTERED = {
  client: 5,
  nextCount: 3,
  timing: { intervalUs: 1, speed: 1 },
  epochUs: 0,
  keepAliveMs: 1,
};

interface Forgery {
  readonly from: Peer;
  readonly to: Peer;
  readonly bytes: Uint8Array;
}

/** One client; at 300 ms, with a token known, the forgeries arrive. */
function play(forge: (client: Peer, token: string) => Forgery[]) {
  let token = '';
  let heardByStranger = 0;
  const stage = new Stage({
    rule: (_from, to, payload) => {
      const text = textOf(payload);
      if (text.startsWith('{"challenge"')) token = JSON.parse(text).challenge.token;
      if (to.address === STRANGER.address) heardByStranger += 1;
      return 'deliver';
    },
  });
  const stranger = new Voice();
  stage.network.join(stranger).open({ host: STRANGER.address, port: STRANGER.port });
  const only = stage.watch();
  stage.network.at(300 * MS, () => {
    for (const { from, to, bytes } of forge(only.peer, token)) stage.forge(from, to, bytes);
  });
  assert.ok(stage.network.run(10 * SECOND));
  const { malformed, ...statistics } = only.statistics();
  return {
    statistics,
    reason: only.machine.reason,
    ended: stage.network.nowNs(),
    members: stage.members(),
    malformed,
    foreign: only.machine.foreign,
    counters: stage.server.counters,
    heardByStranger,
  };
}

const untouched = play(() => []);

function assertUntouched(name: string, forgeries: (client: Peer, token: string) => Forgery[]) {
  const { statistics, reason, ended, members, ...rest } = play(forgeries);
  assert.equal(statistics, untouched.statistics, name);
  assert.is(reason, 'end of stream', name);
  assert.is(ended, untouched.ended, name);
  assert.equal(members, untouched.members, name);
  return rest;
}

const toClient = suite('what is forged in the name of the server');

toClient('changes nothing without the nonce', () => {
  const forged = [
    encodeEnd('another-nonce', 3),
    encodeAliveAnswer('another-nonce'),
    encodeRegistered({ nonce: 'another-nonce', ...REGISTERED }),
    encodeChallenge('another-token'),
    bytesOf('End of transmission'),
  ];
  const { malformed, foreign } = assertUntouched('with the server address', (client) =>
    forged.map((bytes) => ({ from: SERVER, to: client, bytes })),
  );
  // A second challenge is a repeat; the others are answers to nothing.
  assert.is(malformed, 4);
  assert.is(foreign, 0);
});

toClient('changes nothing from another address, even with the nonce', () => {
  const forged = [
    encodeEnd(NONCE, 3),
    encodeAliveAnswer(NONCE),
    encodeRegistered({ nonce: NONCE, ...REGISTERED }),
    bytesOf('{"message":{"count":1000000,"score":""}}'),
  ];
  const strangers = [
    STRANGER,
    { address: SERVER.address, port: SERVER.port + 1 },
    { address: STRANGER.address, port: SERVER.port },
  ];
  const { malformed, foreign } = assertUntouched('from a stranger', (client) =>
    strangers.flatMap((from) => forged.map((bytes) => ({ from, to: client, bytes }))),
  );
  assert.is(malformed, 0);
  assert.is(foreign, 12);
});

toClient('cannot keep a client out with a challenge that comes before the real one', () => {
  const stage: Stage = new Stage({
    rule: (from, _to, payload) =>
      from.port === SERVER.port && stage.network.nowNs() < 50 * MS && !textOf(payload).includes('forged')
        ? 'drop'
        : 'deliver',
  });
  const only = stage.watch();
  stage.network.at(MS, () => stage.forge(SERVER, only.peer, encodeChallenge('forged-token')));
  assert.ok(stage.network.run(10 * SECOND));
  assert.is(only.machine.reason, 'end of stream');
  assert.is(only.statistics().lost, 0);
});

toClient('a registration without a challenge before it is no registration', () => {
  const stage: Stage = new Stage({
    rule: (from, _to, payload) =>
      from.port === SERVER.port && !textOf(payload).startsWith('{"registered"') ? 'drop' : 'deliver',
  });
  const only = stage.watch({ registerTimeoutNs: SECOND });
  const forged = encodeRegistered({ nonce: NONCE, ...REGISTERED });
  stage.network.at(MS, () => stage.forge(SERVER, only.peer, forged));
  assert.not(stage.network.run(10 * SECOND), 'the server goes on waiting');
  assert.is(only.machine.reason, 'no answer');
  assert.is(only.statistics().malformed, 1);
});

toClient.run();

const toServer = suite('what is forged in the name of a client');

toServer('changes nothing with a wrong token', () => {
  const { counters, heardByStranger } = assertUntouched('with the client address', (client) =>
    [
      encodeAlive('wrong-token'),
      encodeUnregister('wrong-token'),
      encodeRegister({ nonce: NONCE, token: 'wrong-token', client: null }),
      encodeRegister({ nonce: 'another-nonce', token: 'wrong-token', client: null }),
      bytesOf('unregister'),
      bytesOf('register'),
    ].map((bytes) => ({ from: client, to: SERVER, bytes })),
  );
  // The original text `unregister` is no request of this client's and changes nothing without a word.
  assert.equal(counters, { malformed: 0, refusedRequests: 5 });
  assert.is(heardByStranger, 0);
});

toServer('changes nothing from another address, even with the token', () => {
  const { counters, heardByStranger } = assertUntouched('from a stranger', (_client, token) =>
    [
      encodeAlive(token),
      encodeUnregister(token),
      encodeRegister({ nonce: NONCE, token, client: null }),
      bytesOf('unregister'),
      bytesOf('register'),
    ].map((bytes) => ({ from: STRANGER, to: SERVER, bytes })),
  );
  assert.equal(counters, { malformed: 0, refusedRequests: 4 });
  assert.is(heardByStranger, 0, 'and the stranger is told nothing');
});

toServer('a register with the address of another brings that address one small answer, and no stream', () => {
  const { heardByStranger } = assertUntouched('a spoofed register', () => [
    { from: STRANGER, to: SERVER, bytes: encodeRegister({ nonce: 'n', token: null, client: null }) },
  ]);
  assert.is(heardByStranger, 1);
});

toServer.run();

const amplifying = suite('the server as a reflector');

const word = fc.string({ maxLength: 140, unit: fc.constantFrom(...'abcXYZ019_-"\\ é') });
const identifier = fc.string({ minLength: 1, maxLength: 128, unit: fc.constantFrom(...'abcXYZ019_-') });
const request = fc.oneof(
  // Most are almost right, or nothing would be answered.
  fc
    .record({ nonce: identifier, padding: fc.integer({ min: 300, max: 600 }) })
    .map(({ nonce, padding }) =>
      bytesOf(`{"register":{"version":1,"nonce":"${nonce}"}}${' '.repeat(padding)}`),
    ),
  fc.uint8Array({ maxLength: 1300 }),
  fc.constantFrom('register', 'unregister', 'End of transmission', '', '{}', '[]', 'null').map(bytesOf),
  fc
    .record({
      kind: fc.constantFrom('register', 'alive', 'unregister', 'end', 'registered', 'challenge'),
      version: fc.constantFrom(1, 2, '1'),
      nonce: fc.oneof(identifier, word),
      token: fc.option(fc.oneof(identifier, word), { nil: undefined }),
      client: fc.option(fc.oneof(fc.integer(), fc.constantFrom(1e6, 2 ** 60, -0.5)), { nil: undefined }),
      padding: fc.integer({ min: 0, max: 900 }),
    })
    .map(({ kind, padding, ...fields }) => bytesOf(JSON.stringify({ [kind]: fields }) + ' '.repeat(padding))),
);

amplifying('never sends an unverified address more than it got from it', () => {
  let answered = 0;
  fc.assert(
    fc.property(fc.array(request, { minLength: 1, maxLength: 8 }), (requests) => {
      const stage = new Stage();
      const voice = new Voice();
      const host = stage.network.join(voice);
      host.open({ host: STRANGER.address, port: STRANGER.port });
      for (const bytes of requests) {
        voice.say(SERVER, bytes);
        voice.heard.length = 0;
        stage.network.settle(host);
        assert.ok(voice.heard.length <= 1, 'at most one answer');
        for (const answer of voice.heard) {
          answered += 1;
          assert.ok(answer.bytes.length <= bytes.length, `${answer.bytes.length} for ${bytes.length} bytes`);
          assert.ok(isControl(answer.bytes));
        }
      }
      stage.network.run(SECOND);
      assert.is(stage.server.members().length, 0, 'none of them is a registration');
    }),
    { seed: 71, numRuns: 400 },
  );
  assert.ok(answered > 50, `the fuzz is no good when nothing is answered: ${answered}`);
});

amplifying('does not answer a register that is shorter than its answer could be', () => {
  const stage = new Stage();
  const voice = new Voice();
  const host = stage.network.join(voice);
  host.open({ host: STRANGER.address, port: STRANGER.port });
  const whole = encodeRegister({ nonce: 'n', token: null, client: null });
  assert.is(whole.length, 512);
  for (const [sizeBytes, answers] of [
    [60, 0],
    [511, 0],
    [512, 1],
  ] as const) {
    voice.heard.length = 0;
    voice.say(SERVER, whole.slice(0, sizeBytes));
    stage.network.settle(host);
    assert.is(voice.heard.length, answers, `${sizeBytes} bytes`);
  }
});

amplifying('even the longest registration fits in what it answers', () => {
  const stage = new Stage({
    server: {
      epochUs: Number.MAX_SAFE_INTEGER,
      speed: 1 / 3,
      keepAliveNs: 2 ** 31 * MS - MS,
      source: matchSource({ intervalNs: 1e9 / 3 }),
    },
  });
  const voice = new Voice();
  const host = stage.network.join(voice);
  host.open({ host: STRANGER.address, port: STRANGER.port });
  const nonce = 'n'.repeat(32);
  voice.say(SERVER, encodeRegister({ nonce, token: null, client: null }));
  stage.network.settle(host);
  const { token } = JSON.parse(textOf(voice.heard[0]?.bytes as Uint8Array)).challenge;
  voice.say(SERVER, encodeRegister({ nonce, token, client: 1_000_000 }));
  stage.network.settle(host);
  const answer = voice.heard[1]?.bytes as Uint8Array;
  assert.is(JSON.parse(textOf(answer)).registered.client, 1_000_000);
  assert.ok(answer.length <= 512, `${answer.length} bytes`);
});

amplifying.run();

const repeating = suite('a repeated request');

/** Says the bytes and returns the control answers, as texts. */
function conversation(stage: Stage) {
  const voice = new Voice();
  const host = stage.network.join(voice);
  host.open({ host: STRANGER.address, port: STRANGER.port });
  return (bytes: Uint8Array): string[] => {
    voice.heard.length = 0;
    voice.say(SERVER, bytes);
    stage.network.settle(host);
    return voice.heard.map((heard) => textOf(heard.bytes)).filter((text) => !text.startsWith('{"message"'));
  };
}

repeating('gets the same reply, however far the stream has gone', () => {
  const stage = new Stage({ server: { source: matchSource({ matches: 0 }) } });
  const ask = conversation(stage);
  const bare = encodeRegister({ nonce: 'n', token: null, client: null });
  const challenge = ask(bare);
  assert.is(challenge.length, 1);
  // A challenge is the one exception: what was shown to one client of a proxy must prove nothing about another.
  assert.match(ask(bare)[0] as string, /^\{"challenge":\{"token":"[\w-]{32}"\}\}$/);
  assert.not.equal(ask(bare), challenge);
  const { token } = JSON.parse(challenge[0] as string).challenge;
  const shown = encodeRegister({ nonce: 'n', token, client: null });
  const registered = ask(shown);
  assert.is(JSON.parse(registered[0] as string).registered.nextCount, 1);
  const alive = ask(encodeAlive(token));
  assert.equal(alive, ['{"alive":{"nonce":"n"}}']);
  stage.network.run(300 * MS);
  assert.is(stage.server.lastCount, 31);
  assert.equal(ask(shown), registered);
  assert.equal(ask(encodeAlive(token)), alive);
  const end = ask(encodeUnregister(token));
  assert.equal(end, ['{"end":{"nonce":"n","count":31}}']);
  stage.network.run(600 * MS);
  assert.equal(ask(encodeUnregister(token)), end);
  assert.equal(ask(encodeAlive(token)), end, 'who has left is told so');
  assert.is(stage.server.members()[0]?.sent, 31);
});

repeating('with a newer token is the same client, known by that token from then on', () => {
  const stage = new Stage({ server: { source: matchSource({ matches: 0 }) } });
  const ask = conversation(stage);
  const challenge = (): string =>
    JSON.parse(ask(encodeRegister({ nonce: 'n', token: null, client: null }))[0] as string).challenge.token;
  // Tokens change every sixty seconds, and are good for as long again.
  stage.network.at(59.5 * SECOND, () => undefined);
  stage.network.run(59.6 * SECOND);
  const older = challenge();
  const registered = ask(encodeRegister({ nonce: 'n', token: older, client: null }));
  stage.network.run(60.5 * SECOND);
  const newer = challenge();
  assert.is.not(newer, older);
  assert.equal(ask(encodeRegister({ nonce: 'n', token: newer, client: null })), registered);
  assert.equal(ask(encodeAlive(newer)), ['{"alive":{"nonce":"n"}}']);
  assert.equal(ask(encodeAlive(older)), []);
  assert.is(stage.server.members().length, 1);
});

repeating('is forgotten ten seconds after the client has left', () => {
  const stage = new Stage({ server: { source: matchSource({ matches: 0 }) } });
  const ask = conversation(stage);
  const { token } = JSON.parse(
    ask(encodeRegister({ nonce: 'n', token: null, client: null }))[0] as string,
  ).challenge;
  ask(encodeRegister({ nonce: 'n', token, client: null }));
  stage.network.run(300 * MS);
  ask(encodeUnregister(token));
  for (let atSecond = 1; atSecond <= 9; atSecond += 1) {
    stage.network.run(atSecond * SECOND);
    assert.is(ask(encodeAlive(token)).length, 1, 'alives do not prolong it');
  }
  stage.network.run(12 * SECOND);
  assert.equal(ask(encodeUnregister(token)), []);
  assert.is(stage.server.members()[0]?.leftBecause, 'unregistered', 'but its figures are kept');
});

repeating.run();

const restarting = suite('a server restarted while a client registers');

restarting('gets the client all the same', () => {
  const stage: Stage = new Stage({
    rule: (_from, _to, payload) =>
      textOf(payload).startsWith('{"registered"') && stage.network.nowNs() < SECOND ? 'drop' : 'deliver',
    server: { waitFor: 9 },
  });
  const only = stage.watch();
  const again = new ServerEndpoint({ source: matchSource(), secret: SECRET.map((byte) => byte + 1) });
  stage.network.at(0.9 * SECOND, () => {
    stage.network.vanish(stage.serverHost);
    stage.network.join(again).open({ host: SERVER.address, port: SERVER.port });
  });
  assert.ok(stage.network.run(10 * SECOND));
  assert.is(only.machine.reason, 'end of stream');
  assert.is(only.statistics().lost, 0);
  assert.is(again.members()[0]?.leftBecause, 'unregistered');
});

restarting.run();
