import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from 'fast-check';
import { encodeRegister } from '../../src/protocol/control.ts';
import type { Peer } from '../../src/net/batch.ts';
import { ServerEndpoint } from '../../src/stream/serverEndpoint.ts';
import type { ServerOptions } from '../../src/stream/serverEndpoint.ts';
import { Catcher, batchOf } from './batches.ts';
import { SECRET, matchSource } from './stage.ts';
import { refusal } from '../refusals.ts';

const CLIENT: Peer = { address: '192.0.2.1', port: 4000 };
const OTHER: Peer = { address: '192.0.2.2', port: 4000 };

/** Nothing of it is ever sent. */
const SOURCE = matchSource();

function alone(more: Partial<ServerOptions> = {}) {
  const machine = new ServerEndpoint({ source: SOURCE, secret: SECRET, waitFor: 9, ...more });
  const say = (from: Peer, ...payloads: (string | Uint8Array)[]): string[] => {
    machine.handleDatagrams(0, 0, batchOf(payloads, from), 0, payloads.length);
    const sink = new Catcher();
    machine.drain(sink);
    return sink.texts;
  };
  const tokenOf = (peer: Peer): string => {
    const [challenge = ''] = say(peer, encodeRegister({ nonce: 'n', token: null, client: null }));
    return JSON.parse(challenge).challenge.token;
  };
  return { machine, say, tokenOf };
}

const answers = suite('no answer is longer than the request, whoever sent it');

const nonce = fc.string({ minLength: 1, maxLength: 36, unit: fc.constantFrom(...'abcXYZ019_-') });
const padding = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 600 }));
const request = fc.oneof(
  fc.record({ kind: fc.constant('register'), nonce, shows: fc.boolean(), padding }),
  fc.record({ kind: fc.constantFrom('alive', 'unregister'), shows: fc.boolean(), padding }),
  fc.record({ kind: fc.constantFrom('stop', 'sent'), shows: fc.boolean(), padding }),
);

answers('in whatever order verified requests come, short and long ones', () => {
  const kinds = new Map<string, number>();
  fc.assert(
    fc.property(
      fc.array(request, { minLength: 1, maxLength: 12 }),
      fc.constantFrom(1, 2),
      (requests, maxClients) => {
        // Counts and times as long as they get.
        const server = alone({
          maxClients,
          maxClientsPerAddress: 1,
          epochUs: Number.MAX_SAFE_INTEGER,
          speed: 1 / 3,
        });
        const token = server.tokenOf(CLIENT);
        if (maxClients === 1) {
          const theirs = server.tokenOf(OTHER);
          server.say(OTHER, encodeRegister({ nonce: 'other', token: theirs, client: null }));
        }
        for (const { kind, padding: spaces, shows, ...rest } of requests) {
          if (kind === 'stop') {
            // The ends that follow answer nothing.
            server.machine.stop(0);
            server.machine.drain(new Catcher());
            continue;
          }
          const fields = { version: 1, ...rest, ...(shows && { token }) };
          const text = kind === 'sent' ? 'register' : JSON.stringify({ [kind]: fields });
          const bytes = text + ' '.repeat(spaces);
          const heard = server.say(CLIENT, bytes);
          const answerBytes = heard.reduce((sum, answer) => sum + Buffer.byteLength(answer), 0);
          assert.ok(
            answerBytes <= bytes.length,
            `${heard.join()} for ${bytes.trim()}, ${bytes.length} bytes`,
          );
          for (const answer of heard) {
            const [name = ''] = Object.keys(JSON.parse(answer));
            kinds.set(name, (kinds.get(name) ?? 0) + 1);
          }
        }
      },
    ),
    { seed: 82, numRuns: 600 },
  );
  for (const name of ['challenge', 'registered', 'refused', 'alive', 'end'])
    assert.ok((kinds.get(name) ?? 0) >= 5, `${name}: ${kinds.get(name)}`);
});

answers('an unregister that is shorter than its answer is heard, and not answered', () => {
  const refused: string[] = [];
  const server = alone({ observe: (event) => event.kind === 'refused' && refused.push(event.reason) });
  const token = server.tokenOf(CLIENT);
  server.say(CLIENT, encodeRegister({ nonce: 'n'.repeat(32), token, client: null }));
  const short = JSON.stringify({ unregister: { token } });
  assert.is(short.length, 59);
  assert.equal(server.say(CLIENT, short), []);
  assert.is(server.machine.members()[0]?.leftBecause, 'unregistered');
  assert.equal(server.say(CLIENT, short.padEnd(61)), []);
  assert.equal(server.say(CLIENT, short.padEnd(62)), [`{"end":{"nonce":"${'n'.repeat(32)}","count":0}}`]);
  assert.equal(refused, Array(2).fill('a request shorter than its answer: expected it padded with spaces'));
});

answers('a register with a nonce of more than 32 characters is malformed', () => {
  const server = alone();
  const text = JSON.stringify({ register: { version: 1, nonce: 'n'.repeat(33) } });
  assert.equal(server.say(CLIENT, text.padEnd(512)), []);
  assert.is(server.machine.counters.malformed, 1);
});

answers('the same request over and over in one batch is answered once', () => {
  const server = alone();
  const token = server.tokenOf(CLIENT);
  server.say(CLIENT, encodeRegister({ nonce: 'n', token, client: null }));
  const alive = JSON.stringify({ alive: { token } }).padEnd(80);
  assert.equal(server.say(CLIENT, ...Array<string>(2000).fill(alive)), ['{"alive":{"nonce":"n"}}']);
  assert.equal(server.say(CLIENT, alive), ['{"alive":{"nonce":"n"}}']);
});

answers('challenges leave room for the answer to a client, however many there are to send', () => {
  const server = alone();
  const token = server.tokenOf(CLIENT);
  server.say(CLIENT, encodeRegister({ nonce: 'n', token, client: null }));
  const bare = encodeRegister({ nonce: 'n', token: null, client: null });
  for (let k = 0; k < 3000; k += 1) {
    const from = { address: `10.0.${k >> 8}.${k & 255}`, port: 7 };
    server.machine.handleDatagrams(0, 0, batchOf([bare], from), 0, 1);
  }
  const heard = server.say(CLIENT, JSON.stringify({ alive: { token } }).padEnd(80));
  assert.is(heard.at(-1), '{"alive":{"nonce":"n"}}');
  assert.is(heard.length, 513);
});

answers.run();

const refusing = suite('a verified client that is refused is told so');

refusing(
  'when the server is full, and when its address has its share; and who is not verified is not',
  () => {
    const server = alone({ maxClients: 8, maxClientsPerAddress: 2 });
    const told: string[] = [];
    for (let port = 1; port <= 3; port += 1) {
      const peer = { address: '192.0.2.1', port };
      const [text = ''] = server.say(
        peer,
        encodeRegister({ nonce: `n${port}`, token: server.tokenOf(peer), client: null }),
      );
      told.push(Object.keys(JSON.parse(text))[0] as string, text);
    }
    assert.equal([told[0], told[2], told[4]], ['registered', 'registered', 'refused']);
    assert.is(told[5], '{"refused":{"nonce":"n3","reason":"address"}}');
    for (let k = 2; k < 8; k += 1) {
      const peer = { address: `192.0.2.${k}`, port: 1 };
      server.say(peer, encodeRegister({ nonce: 'n', token: server.tokenOf(peer), client: null }));
    }
    const late = { address: '192.0.2.9', port: 1 };
    const token = server.tokenOf(late);
    assert.equal(server.say(late, encodeRegister({ nonce: 'late', token, client: null })), [
      '{"refused":{"nonce":"late","reason":"full"}}',
    ]);
    assert.equal(server.say(late, encodeRegister({ nonce: 'late', token: 'wrong', client: null })), []);
    assert.is(server.machine.members().length, 8);
  },
);

refusing('a client of the same port with another nonce takes its predecessor’s place, full or not', () => {
  const server = alone({ maxClients: 1 });
  const token = server.tokenOf(CLIENT);
  server.say(CLIENT, encodeRegister({ nonce: 'one', token, client: null }));
  const [text = ''] = server.say(CLIENT, encodeRegister({ nonce: 'two', token, client: null }));
  assert.is(JSON.parse(text).registered.nonce, 'two');
  assert.equal(
    server.machine.members().map(({ nonce: shown, leftBecause }) => [shown, leftBecause]),
    [
      ['one', 'replaced'],
      ['two', null],
    ],
  );
});

refusing('options that leave no place are refused at the call', () => {
  for (const wrong of [
    { maxClients: 0 },
    { maxClientsPerAddress: 0 },
    { maxClients: 1.5 },
    { maxClients: Number.NaN },
  ])
    assert.throws(() => alone(wrong), refusal('value-range'));
});

refusing('originals have half of the places, and half of an address, at least one', () => {
  const reasons: string[] = [];
  const server = alone({
    maxClients: 8,
    maxClientsPerAddress: 4,
    observe: (event) => event.kind === 'refused' && reasons.push(event.reason),
  });
  const register = (address: string, port: number): number => {
    server.say({ address, port }, 'register');
    return server.machine.members().length;
  };
  assert.equal(
    [1, 2, 3].map((port) => register('127.0.0.1', port)),
    [1, 2, 2],
  );
  assert.equal(
    [1, 2, 3].map((port) => register('127.0.0.2', port)),
    [3, 4, 4],
  );
  assert.is(register('127.0.0.3', 1), 4);
  assert.equal(reasons, [
    'original clients at its address have all the places they may have (half of --max-clients-per-address)',
    'original clients have all the places they may have (half of --max-clients)',
    'original clients have all the places they may have (half of --max-clients)',
  ]);
  // The other half is there for those that prove their address, also at that address.
  for (const port of [11, 12]) {
    const peer = { address: '127.0.0.1', port };
    const [text = ''] = server.say(
      peer,
      encodeRegister({ nonce: 'n', token: server.tokenOf(peer), client: null }),
    );
    assert.ok(text.startsWith('{"registered"'), text);
  }
  const single = alone({ maxClients: 1 });
  single.say({ address: '127.0.0.1', port: 1 }, 'register');
  assert.is(single.machine.members().length, 1);
});

refusing.run();
