import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Peer } from '../../src/net/batch.ts';
import { BankSource } from '../../src/stream/bankSource.ts';
import { ServerEndpoint } from '../../src/stream/serverEndpoint.ts';
import type { ServerOptions } from '../../src/stream/serverEndpoint.ts';
import { Catcher, batchOf } from './batches.ts';
import { SECOND, SECRET } from './stage.ts';

const NEAR: Peer = { address: '127.0.0.1', port: 4000 };

/** A message a second, for years. */
const endless = new BankSource('originals', 1e9, SECOND, 1200);

function alone(more: Partial<ServerOptions> = {}) {
  const machine = new ServerEndpoint({ source: endless, secret: SECRET, ...more });
  const say = (from: Peer, text: string): void => {
    machine.handleDatagrams(0, 0, batchOf([text], from), 0, 1);
    machine.drain(new Catcher());
  };
  return { machine, say };
}

const originals = suite('an original client has left');

/** Ticks with its keep-alive period of a second, and what was said to anyone. */
function run(machine: ServerEndpoint, seconds: number, takes: number): Catcher {
  const sink = new Catcher(takes);
  for (let k = 0; k < 100_000 && machine.nextTimeoutNs() <= seconds * SECOND; k += 1) {
    machine.handleTimeout(machine.nextTimeoutNs());
    machine.drain(sink);
  }
  return sink;
}

originals('when it has said nothing for as long as it may, and is told the end', () => {
  const server = alone({ originalTimeoutNs: 60 * SECOND });
  server.say(NEAR, 'register');
  const before = run(server.machine, 60, 9);
  assert.is(server.machine.members()[0]?.leftBecause, null);
  assert.is(before.texts.filter((text) => text === 'End of transmission').length, 0);
  const after = run(server.machine, 62, 9);
  assert.is(server.machine.members()[0]?.leftBecause, 'expired');
  assert.is(after.texts.filter((text) => text === 'End of transmission').length, 1);
  assert.is(after.texts.at(-1), 'End of transmission', 'and nothing follows it');
  const sent = server.machine.members()[0]?.sent ?? 0;
  assert.ok(sent >= 60 && sent <= 63, `${sent}`);
});

originals('counted from its last word, so a register prolongs it; and then it may come again at once', () => {
  const server = alone({ originalTimeoutNs: 60 * SECOND });
  server.say(NEAR, 'register');
  run(server.machine, 50, 9);
  server.say(NEAR, 'register');
  run(server.machine, 100, 9);
  assert.is(server.machine.members()[0]?.leftBecause, null);
  run(server.machine, 115, 9);
  assert.is(server.machine.members()[0]?.leftBecause, 'expired');
  server.say(NEAR, 'register');
  assert.equal(
    server.machine.members().map(({ leftBecause }) => leftBecause),
    ['expired', null],
  );
});

originals('after an hour unless told otherwise, and never with Infinity', () => {
  const usual = alone();
  usual.say(NEAR, 'register');
  run(usual.machine, 3600, 9);
  assert.is(usual.machine.members()[0]?.leftBecause, null);
  run(usual.machine, 3603, 9);
  assert.is(usual.machine.members()[0]?.leftBecause, 'expired');
  const patient = alone({ originalTimeoutNs: Number.POSITIVE_INFINITY });
  patient.say(NEAR, 'register');
  run(patient.machine, 7500, 9);
  assert.is(patient.machine.members()[0]?.leftBecause, null);
});

originals('when nothing can be sent to it for more than five periods, and not before', () => {
  const server = alone();
  server.say(NEAR, 'register');
  run(server.machine, 5, 0);
  assert.is(server.machine.members()[0]?.leftBecause, null);
  run(server.machine, 8, 0);
  const [member] = server.machine.members();
  assert.is(member?.leftBecause, 'unreachable');
  assert.is(member?.sent, 0);
});

originals('not when only some of it is refused, by the transport at once or later', () => {
  const server = alone();
  server.say(NEAR, 'register');
  for (let second = 1; second <= 60; second += 1) {
    run(server.machine, second, second % 5 === 0 ? 9 : 0);
    server.machine.handleSendFailure(0, NEAR, 0);
  }
  assert.is(server.machine.members()[0]?.leftBecause, null);
});

originals('when every datagram that was taken turns out to have failed', () => {
  const server = alone();
  server.say(NEAR, 'register');
  for (let second = 1; second <= 12; second += 1) {
    run(server.machine, second, 9);
    server.machine.handleSendFailure(0, NEAR, 9);
  }
  assert.is(server.machine.members()[0]?.leftBecause, 'unreachable');
});

originals.run();
