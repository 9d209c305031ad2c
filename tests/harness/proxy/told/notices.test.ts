import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { anyProgram } from '../../../../harness/protocols/any.ts';
import { matchstream } from '../../../../harness/protocols/matchstream.ts';
import { readKnobs } from '../../../../harness/impairment/knobs.ts';
import { describeEvent, isNotice } from '../../../../harness/proxy/told/events.ts';
import { readableHead } from '../../../../harness/protocols/matchstream/refusals.ts';
import { formatIgnored, nothingIgnored } from '../../../../harness/proxy/told/ignored.ts';
import { encodeAlive, encodeRegister } from '../../../../src/protocol/control.ts';
import type { Peer } from '../../../../src/net/batch.ts';
import { Echo, Sender, series } from '../plain.ts';
import { bytesOf } from '../rows.ts';
import { BankStream, MS, SECOND, SERVER, Stage } from '../stage.ts';
import type { StageOptions } from '../stage.ts';

const test = suite('what a proxy says at once');

const CLIENT: Peer = { address: '127.0.0.1', port: 4711 };

/** The lines for a terminal so far. */
const linesOf = (stage: Stage): string[] => stage.events.filter(isNotice).map(describeEvent);

/** A stage without a server of ours behind the proxy, which is for any program. */
function anyStage(options: StageOptions = {}): Stage {
  const stage = new Stage({
    ...options,
    server: { waitFor: 99 },
    proxy: { protocol: anyProgram, ...options.proxy },
  });
  return stage;
}

function sendSeries(stage: Stage, count: number, intervalNs: number): Sender {
  const sender = new Sender(stage.proxyHost.localPeer(0), series('a', count, intervalNs));
  stage.join(sender, '10.0.5.1');
  return sender;
}

test('another program behind the default protocol: what it is and which option helps, once a client', () => {
  const stage = new Stage();
  const listening = stage.proxyHost.localPeer(0);
  for (let k = 0; k < 100; k += 1) stage.send(CLIENT, listening, bytesOf('hello, world'));
  stage.send(
    { ...CLIENT, port: 4712 },
    listening,
    new Uint8Array([0x80, 0x00, 0x1b, 0x5b, 0x33, 0x31, 0x6d]),
  );
  stage.network.run(MS);
  assert.equal(linesOf(stage), [
    '12 bytes from 127.0.0.1:4711 that are no matchstream registration, first bytes "hello, world": nothing is ' +
      'forwarded; put another program behind the proxy with --protocol any',
    '7 bytes from 127.0.0.1:4712 that are no matchstream registration, first bytes 80 00 1b 5b 33 31 6d: nothing is ' +
      'forwarded; put another program behind the proxy with --protocol any',
  ]);
  assert.is(stage.proxy.ignored.notOurs, 101);
  assert.equal(formatIgnored(stage.proxy.ignored, matchstream), [
    'not passed on: 101 datagrams of another protocol (--protocol any forwards them)',
  ]);
});

test('no more than eight are named of a kind, and all are counted', () => {
  const stage = new Stage();
  for (let k = 0; k < 5000; k += 1) {
    stage.send({ address: '10.9.9.9', port: 1 + k }, stage.proxyHost.localPeer(0), bytesOf('x'));
  }
  stage.network.run(MS);
  assert.is(linesOf(stage).length, 8);
  assert.is(stage.proxy.ignored.notOurs, 5000);
});

test('first bytes are text where all are printable ASCII, else digits', () => {
  assert.is(readableHead(bytesOf('')), 'nothing');
  assert.is(readableHead(bytesOf('GET / HTTP/1.1\r\n')), '47 45 54 20 2f 20 48 54 54 50 2f 31 2e 31 0d 0a');
  assert.is(readableHead(bytesOf('0123456789abcdefg')), '"0123456789abcdef" …');
  assert.is(readableHead(bytesOf('é')), 'c3 a9');
});

test('a sign of life without a flow is another thing, and so is a token from elsewhere', () => {
  const stage = new Stage();
  const listening = stage.proxyHost.localPeer(0);
  stage.send(CLIENT, listening, encodeAlive('t'));
  stage.send(CLIENT, listening, bytesOf('unregister'));
  stage.send(CLIENT, listening, encodeRegister({ nonce: 'n', token: 'old', client: null }));
  stage.network.run(MS);
  assert.equal(linesOf(stage), [
    'a sign of life from 127.0.0.1:4711, which has no flow here, or none any more: not forwarded; start that client again',
    'refused 127.0.0.1:4711: it shows a token that it was not sent through here; a client of ours asks for another by itself',
  ]);
  const { noFlow, unknownToken } = stage.proxy.ignored;
  assert.equal([noFlow, unknownToken], [2, 1]);
});

test('a plain register from another machine names the option', () => {
  const stage = new Stage();
  stage.send({ address: '10.9.9.9', port: 9 }, stage.proxyHost.localPeer(0), bytesOf('register'));
  stage.network.run(MS);
  assert.equal(linesOf(stage), [
    'refused 10.9.9.9:9: a plain "register" proves no address, so from another machine it needs --allow-unverified',
  ]);
});

test('a second client of a port, and one beyond --max-flows, are told what to type', () => {
  const stage = new Stage({ source: new BankStream(100, SECOND) });
  stage.watch();
  stage.network.run(SECOND);
  stage.watch(0, { registerTimeoutNs: SECOND });
  stage.network.run(3 * SECOND);
  assert.equal(linesOf(stage), [
    'refused 10.0.1.2:49154: another client has this port (flow 1); give each client one with --flows N, or wait until ' +
      'that one has left',
  ]);
  assert.is(stage.proxy.ignored.portTaken, 4);

  const full = anyStage({ proxy: { maxFlows: 1 } });
  for (const port of [1, 2]) full.send({ ...CLIENT, port }, full.proxyHost.localPeer(0), bytesOf('x'));
  full.network.run(MS);
  assert.equal(linesOf(full), ['refused 127.0.0.1:2: 1 flow open, as many as --max-flows allows']);
  assert.is(full.proxy.ignored.flowsFull, 1);
});

test('where no port towards the upstream can be opened, why', () => {
  for (const protocol of [anyProgram, matchstream]) {
    const stage: Stage = new Stage({
      proxy: {
        protocol,
        openUpstream: (opening) =>
          stage.proxy.upstreamFailed(MS, opening, 'no descriptor is left (ulimit -n 64)'),
      },
    });
    stage.send(
      CLIENT,
      stage.proxyHost.localPeer(0),
      encodeRegister({ nonce: 'n', token: null, client: null }),
    );
    stage.network.run(MS);
    assert.equal(linesOf(stage), [
      'flow 1 of 127.0.0.1:4711 has no way to the server: no descriptor is left (ulimit -n 64)',
    ]);
    assert.equal(formatIgnored(stage.proxy.ignored, matchstream), [
      '1 client without a port towards the upstream',
    ]);
  }
});

test('a reply from another address than the upstream’s', () => {
  const stage = anyStage();
  stage.send(CLIENT, stage.proxyHost.localPeer(0), bytesOf('x'));
  stage.network.run(MS);
  for (let k = 0; k < 10; k += 1)
    stage.send({ address: '10.0.0.3', port: 9000 }, stage.upstream(1), bytesOf('y'));
  stage.network.run(2 * MS);
  assert.equal(linesOf(stage), [
    'a datagram from 10.0.0.3:9000 at a port where only 10.0.0.1:9000 is heard: not forwarded; name the address that ' +
      'answers with --upstream, or take its answers with --answers any-port or any-address',
  ]);
  assert.is(stage.proxy.ignored.notUpstream, 10);
});

test('nobody answers: after a second and a half, once', () => {
  const stage = anyStage();
  sendSeries(stage, 5, SECOND);
  stage.network.run(1.499 * SECOND);
  assert.equal(linesOf(stage), []);
  stage.network.run(10 * SECOND);
  assert.equal(linesOf(stage), [
    'nothing has come back from 10.0.0.1:9000 in 1.5 s: does a server listen there? (a one-way stream needs none)',
  ]);

  const dead = new Stage({ proxy: { server: { address: '10.0.0.66', port: 1 } } });
  dead.watch();
  dead.network.run(20 * SECOND);
  assert.equal(linesOf(dead), [
    'nothing has come back from 10.0.0.66:1 in 1.5 s: does a server listen there?',
  ]);
  assert.equal(formatIgnored(dead.proxy.ignored, matchstream), ['1 registration that nobody completed']);
});

test('the wait begins when the first datagram has left, and an answer in time ends it', () => {
  const delayed = anyStage({ up: readKnobs({ delay: '3s' }) });
  sendSeries(delayed, 1, MS);
  delayed.network.run(4.4 * SECOND);
  assert.equal(linesOf(delayed), []);
  delayed.network.run(4.6 * SECOND);
  assert.is(linesOf(delayed).length, 1);

  const stage = anyStage({
    proxy: { server: { address: '10.0.0.7', port: 7 } },
    up: readKnobs({ drop: '10%' }),
  });
  const echo = stage.network.join(new Echo(), false);
  echo.open({ host: '10.0.0.7', port: 7 });
  sendSeries(stage, 200, 10 * MS);
  stage.network.run(10 * SECOND);
  assert.equal(linesOf(stage), []);
});

test('everything goes the way that is not impaired: after a hundred, or in the end of the wait', () => {
  const line = (count: number): string =>
    `all of ${count} datagrams so far go up, and only \`down\` is impaired: add --direction up (or both)`;
  const quick = anyStage({ down: readKnobs({ drop: '50%' }) });
  sendSeries(quick, 1000, MS);
  quick.network.run(100.5 * MS);
  assert.equal(linesOf(quick), [line(100)]);
  quick.network.run(10 * SECOND);
  assert.is(linesOf(quick).filter((text) => text.startsWith('all')).length, 1);

  const slow = anyStage({ down: readKnobs({ drop: '50%' }) });
  sendSeries(slow, 20, 100 * MS);
  slow.network.run(1.6 * SECOND);
  assert.ok(linesOf(slow).includes(line(15)) || linesOf(slow).includes(line(16)));

  for (const sides of [
    { down: readKnobs({ drop: '50%' }), up: readKnobs({ drop: '1%' }) },
    { up: readKnobs({ drop: '50%' }) },
    {},
  ]) {
    const fine = anyStage(sides);
    sendSeries(fine, 200, MS);
    fine.network.run(SECOND);
    assert.equal(linesOf(fine), []);
  }
});

test('the same for a stream downward that a single datagram asked for', () => {
  const stage = anyStage({ up: readKnobs({ drop: '50%' }) });
  stage.send(CLIENT, stage.proxyHost.localPeer(0), bytesOf('subscribe'));
  stage.network.run(MS);
  for (let k = 0; k < 100; k += 1) stage.send(SERVER, stage.upstream(1), bytesOf('tick'));
  stage.network.run(2 * MS);
  assert.equal(linesOf(stage), [
    'all but 1 of 101 datagrams so far go down, and only `up` is impaired: add --direction down (or both)',
  ]);
});

test('a match through the proxy says nothing but that its flow was opened', () => {
  const stage = new Stage({ down: readKnobs({ drop: '10%', reorder: '10%' }) });
  stage.watch();
  assert.ok(stage.network.run(60 * SECOND));
  assert.equal(stage.events.map(describeEvent), ['flow 1 opened for 10.0.1.1:49152']);
  assert.equal(formatIgnored(stage.proxy.ignored, matchstream), []);
});

test('the closing lines name each count, and nothing that did not happen', () => {
  assert.equal(formatIgnored(nothingIgnored(matchstream), matchstream), []);
  const one = { ...nothingIgnored(matchstream) };
  for (const kind of Object.keys(one) as (keyof typeof one)[]) one[kind] = 1;
  const lines = formatIgnored(one, matchstream);
  assert.is(new Set(lines).size, Object.keys(one).length);
  for (const line of lines)
    assert.match(line, /^(not passed on: 1 datagram |1 client |1 registration |1 flow)/);
});

test.run();
