/** Whose answers a proxy takes, where a flow's datagrams go, and refusals; on a simulated network. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Peer } from '../../../../src/net/batch.ts';
import { Route } from '../../../../harness/proxy/ports/route.ts';
import { Scene, at, nameOf } from '../bystanders.ts';

const test = suite('the upstream of a proxy');

const SERVER = at('10.0.0.1', 9000);
const CLIENT = at('10.0.5.1', 5000);
const LISTENING = at('10.0.0.2', 9001);
const SECOND = 1e9;

const movesOf = ({ lines }: { readonly lines: readonly string[] }): string[] =>
  lines.filter((line) => /goes/.test(line));

test('answers are those of the address and port that was named, of any port there, or of anybody', () => {
  const asked = at('10.0.0.1', 69);
  for (const [from, taken] of [
    [at('10.0.0.1', 69), 'upstream any-port any-address'],
    [at('10.0.0.1', 70), 'any-port any-address'],
    [at('10.0.0.9', 69), 'any-address'],
    [at('10.0.0.9', 70), 'any-address'],
  ] as const) {
    const takes = (['upstream', 'any-port', 'any-address'] as const).filter((answers) =>
      new Route(asked, { answers }).accepts(from),
    );
    assert.is(takes.join(' '), taken, nameOf(from));
  }
});

test('all addresses of loopback are one machine, those of two families are not, and no others', () => {
  for (const [asked, from, isTaken] of [
    ['127.0.1.1', '127.0.0.1', true],
    ['127.0.0.1', '127.0.1.1', true],
    ['::1', '::1', true],
    ['::1', '127.0.0.1', false],
    ['127.0.0.1', '10.0.0.1', false],
    ['10.0.0.1', '127.0.0.1', false],
    ['10.0.0.1', '10.0.0.2', false],
  ] as const)
    assert.is(new Route(at(asked, 9), {}).accepts(at(from, 9)), isTaken, `${asked} ${from}`);
});

test('a flow moves to whoever answered last, and back', () => {
  const route = new Route(SERVER, { answers: 'any-address' });
  const path = [at('10.0.0.7', 1), at('10.0.0.8', 2), { ...SERVER }, at('10.0.0.7', 1)].map((from) => {
    assert.ok(route.accepts(from) && route.moveTo(from));
    assert.not(route.moveTo({ ...from }), 'it is there');
    return `${nameOf(route.to)} ${route.isAway}`;
  });
  assert.equal(path, ['10.0.0.7:1 true', '10.0.0.8:2 true', '10.0.0.1:9000 false', '10.0.0.7:1 true']);
});

test('an upstream of 127.0.1.1 may answer from 127.0.0.1, and is still asked at 127.0.1.1', async () => {
  const scene = await Scene.open({ server: at('127.0.1.1', 9000) });
  const client = scene.join(CLIENT);
  const server = scene.join(at('127.0.1.1', 9000));
  scene.send(CLIENT, LISTENING, 'a');
  scene.send(at('127.0.0.1', 9000), server.from[0] as Peer, 'b');
  scene.send(CLIENT, LISTENING, 'c');
  assert.equal(client.heard, ['b']);
  assert.equal(server.heard, ['a', 'c']);
  const { flows, ignored } = await scene.end();
  assert.is(flows[0]?.upstream.address, '127.0.1.1');
  assert.is(ignored.notUpstream, 0);
});

for (const [wildcard, meant] of [
  ['0.0.0.0', '127.0.0.1'],
  ['::', '::1'],
] as const)
  test(`an upstream of ${wildcard} is this machine: ${meant}`, async () => {
    const scene = await Scene.open({ server: at(wildcard, 9000) });
    assert.equal(scene.proxy.upstream, at(meant, 9000));
    const client = scene.join(CLIENT);
    const server = scene.join(at(meant, 9000));
    scene.send(CLIENT, LISTENING, 'a');
    assert.equal(server.heard, ['a']);
    scene.send(at(meant, 9000), server.from[0] as Peer, 'b');
    assert.equal(client.heard, ['b']);
    await scene.end();
  });

test('with any-port the rest of a flow goes to the port that answered, once a flow in the log and once printed', async () => {
  const scene = await Scene.open({ server: SERVER, answers: 'any-port' });
  const server = scene.join(SERVER);
  const clients = [1, 2].map((k) => ({ peer: at('10.0.5.1', k), it: scene.join(at('10.0.5.1', k)) }));
  const sessions = [1, 2].map((k) => scene.join(at(SERVER.address, 40_000 + k)));
  for (const [k, { peer, it }] of clients.entries()) {
    scene.send(peer, LISTENING, `get ${k}`);
    const from = at(SERVER.address, 40_001 + k);
    for (let block = 1; block <= 3; block += 1) {
      scene.send(from, server.from[k] as Peer, `block ${block}`);
      scene.send(peer, LISTENING, `ack ${block}`);
    }
    assert.equal(it.heard, ['block 1', 'block 2', 'block 3']);
    assert.equal(sessions[k]?.heard, ['ack 1', 'ack 2', 'ack 3']);
    assert.is(sessions[k]?.from[0], server.from[k], 'from the same port');
  }
  assert.equal(server.heard, ['get 0', 'get 1']);
  // Another address is nobody's answer.
  scene.send(at('10.0.0.9', 40_001), server.from[0] as Peer, 'foreign');
  assert.equal(movesOf(scene.log), [
    'flow 1 of 10.0.5.1:1: 10.0.0.1:40001 answered in place of 10.0.0.1:9000: what its client sends goes there now',
    'flow 2 of 10.0.5.1:2: 10.0.0.1:40002 answered in place of 10.0.0.1:9000: what its client sends goes there now',
  ]);
  assert.equal(movesOf({ lines: scene.printed }).length, 1);
  const { flows, ignored } = await scene.end();
  assert.is(ignored.notUpstream, 1);
  assert.equal(
    flows.map(({ upstream }) => nameOf(upstream)),
    ['10.0.0.1:40001', '10.0.0.1:40002'],
  );
});

test('by default an answer of another port is not taken, and the flow stays', async () => {
  const scene = await Scene.open({ server: SERVER });
  const server = scene.join(SERVER);
  const client = scene.join(CLIENT);
  scene.send(CLIENT, LISTENING, 'a');
  scene.send(at(SERVER.address, 40_001), server.from[0] as Peer, 'b');
  scene.send(CLIENT, LISTENING, 'c');
  assert.equal([client.heard, server.heard], [[], ['a', 'c']]);
  assert.match(scene.printed.join('\n'), 'or take its answers with --answers any-port');
  assert.is((await scene.end()).ignored.notUpstream, 1);
});

test('a flow goes back where the port that answered refuses', async () => {
  const scene = await Scene.open({ server: SERVER, answers: 'any-port' });
  const server = scene.join(SERVER);
  scene.join(CLIENT);
  const session = scene.join(at(SERVER.address, 40_001));
  scene.send(CLIENT, LISTENING, 'get a');
  scene.send(at(SERVER.address, 40_001), server.from[0] as Peer, 'block');
  session.leave();
  scene.send(CLIENT, LISTENING, 'get b');
  scene.send(CLIENT, LISTENING, 'get b again');
  assert.equal(server.heard, ['get a', 'get b again']);
  assert.match(
    scene.log.lines.join('\n'),
    '10.0.0.1:40001 refuses: what its client sends goes to 10.0.0.1:9000 again',
  );
  const { flows } = await scene.end();
  assert.is(flows[0]?.upstreamRefusals, 1);
  assert.is(flows[0]?.up.refused, 0, 'they were sent');
});

test('and where it stays silent for 5 s in which the client sends', async () => {
  const scene = await Scene.open({ server: SERVER, answers: 'any-address' });
  const server = scene.join(SERVER);
  scene.join(CLIENT);
  const other = at('10.0.0.7', 7);
  const session = scene.join(other);
  scene.send(CLIENT, LISTENING, '0');
  scene.send(other, server.from[0] as Peer, 'here');
  // While nothing is sent, nothing is missing.
  scene.pass(20 * SECOND);
  scene.send(CLIENT, LISTENING, '1');
  scene.pass(4.9 * SECOND);
  scene.send(CLIENT, LISTENING, '2');
  scene.send(other, server.from[0] as Peer, 'here');
  scene.send(CLIENT, LISTENING, '3');
  scene.pass(5 * SECOND);
  scene.send(CLIENT, LISTENING, '4');
  assert.equal(session.heard, ['1', '2', '3']);
  assert.equal(server.heard, ['0', '4']);
  assert.match(scene.log.lines.join('\n'), '10.0.0.7:7 has not answered for 5 s');
  await scene.end();
});

test('refusals are counted and told once a flow, and are no failed sends', async () => {
  const scene = await Scene.open({ server: SERVER });
  const server = scene.join(SERVER);
  server.leave();
  for (let k = 0; k < 5; k += 1) {
    scene.send(CLIENT, LISTENING, `${k}`, 'and', 'more');
    scene.send({ ...CLIENT, port: 5001 }, LISTENING, `${k}`);
  }
  scene.pass(10 * SECOND);
  const refused = scene.log.lines.filter((line) => line.includes('refuses'));
  assert.equal(refused, [
    'flow 1 of 10.0.5.1:5000: 10.0.0.1:9000 refuses datagrams (ICMP): no program has that port now; they are counted',
    'flow 2 of 10.0.5.1:5001: 10.0.0.1:9000 refuses datagrams (ICMP): no program has that port now; they are counted',
  ]);
  assert.equal(scene.printed, refused.slice(0, 1), 'nor is its silence told besides');
  // Recovery: whoever comes back is heard.
  const back = scene.join(SERVER);
  scene.send(CLIENT, LISTENING, 'again');
  assert.equal(back.heard, ['again']);
  const { flows } = await scene.end();
  assert.equal(
    flows.map(({ upstreamRefusals, up }) => [upstreamRefusals, up.forwarded, up.refused]),
    [
      [15, 16, 0],
      [5, 5, 0],
    ],
  );
});

test('with close the listening port is closed for a second, on the dot, and has the same number again', async () => {
  const scene = await Scene.open({ server: SERVER, onRefused: 'close', ports: [9001, 9002] });
  scene.join(SERVER).leave();
  const client = scene.join(CLIENT);
  const isOpen = (port: number): boolean => {
    try {
      scene.join(at(LISTENING.address, port)).leave();
      return false;
    } catch {
      return true;
    }
  };
  scene.send(CLIENT, LISTENING, 'a');
  assert.equal([isOpen(9001), isOpen(9002)], [false, true]);
  scene.pass(0.999 * SECOND);
  assert.not(isOpen(9001));
  scene.pass(0.001 * SECOND);
  assert.ok(isOpen(9001));
  // The flow goes on, both ways.
  const server = scene.join(SERVER);
  scene.send(CLIENT, LISTENING, 'b');
  scene.send(SERVER, server.from[0] as Peer, 'c');
  assert.equal([server.heard, client.heard], [['b'], ['c']]);
  server.leave();
  scene.send(CLIENT, LISTENING, 'd');
  assert.not(isOpen(9001));
  scene.pass(SECOND);
  assert.equal(
    scene.log.lines.filter((line) => line.includes('10.0.0.2:9001')),
    [
      'listening on 10.0.0.2:9001',
      'closed 10.0.0.2:9001 for 1 s, so that its clients are refused, too',
      'listening on 10.0.0.2:9001 again',
      'closed 10.0.0.2:9001 for 1 s, so that its clients are refused, too',
      'listening on 10.0.0.2:9001 again',
    ],
  );
  assert.is(scene.printed.filter((line) => line.startsWith('closed')).length, 1);
  const { flows } = await scene.end();
  assert.equal(
    flows.map(({ flow, up, kernelUp }) => [flow, up.forwarded, kernelUp.drops]),
    [[1, 3, 0]],
  );
});

test('a port that somebody else took is tried again every second, sixty times, and without any the proxy ends', async () => {
  const scene = await Scene.open({ server: SERVER, onRefused: 'close' });
  scene.join(SERVER).leave();
  scene.send(CLIENT, LISTENING, 'a');
  const thief = scene.join(LISTENING);
  scene.pass(30 * SECOND);
  thief.leave();
  scene.pass(SECOND);
  assert.match(scene.log.lines.at(-1) as string, /^listening on 10\.0\.0\.2:9001 again$/);
  const lines = (): string[] => scene.log.lines.filter((line) => line.includes('could not be opened'));
  assert.is(lines().length, 30);
  assert.match(lines()[0] as string, /: that is tried every second$|; that is tried every second$/);
  scene.send(CLIENT, LISTENING, 'b');
  scene.join(LISTENING);
  scene.pass(100 * SECOND);
  assert.is(lines().length, 90);
  assert.match(lines().at(-1) as string, /that was tried 60 times, so it stays closed$/);
  const { flows } = await scene.network.until(scene.proxy.done);
  assert.is(flows[0]?.upstreamRefusals, 2);
  assert.is(scene.proxy.failure?.code, 'port-taken');
});

test('a name that has another address leads new flows there; those that stand stay', async () => {
  let addresses: readonly string[] | Error = ['10.0.0.1'];
  const follow = {
    everyNs: 30 * SECOND,
    resolve: () => (addresses instanceof Error ? Promise.reject(addresses) : Promise.resolve(addresses)),
  };
  const scene = await Scene.open({ server: SERVER, follow, idleNs: Number.POSITIVE_INFINITY });
  const [first, second] = [scene.join(SERVER), scene.join(at('10.0.0.7', 9000))];
  scene.send(at('10.0.5.1', 1), LISTENING, 'a');
  await scene.passSlowly(60 * SECOND);
  addresses = ['10.0.0.7', '10.0.0.1'];
  await scene.passSlowly(60 * SECOND);
  assert.is(scene.log.lines.filter((line) => line.includes('upstream')).length, 0, 'it is still among them');
  addresses = ['10.0.0.7'];
  await scene.passSlowly(35 * SECOND);
  scene.send(at('10.0.5.1', 1), LISTENING, 'b');
  scene.send(at('10.0.5.1', 2), LISTENING, 'c');
  assert.equal([first.heard, second.heard], [['a', 'b'], ['c']]);
  addresses = new Error('getaddrinfo ENOTFOUND example');
  await scene.passSlowly(120 * SECOND, 60);
  scene.send(at('10.0.5.1', 3), LISTENING, 'd');
  assert.is(second.heard.at(-1), 'd', 'the address is kept');
  addresses = ['10.0.0.7'];
  await scene.passSlowly(60 * SECOND);
  assert.equal(
    scene.printed.filter((line) => line.includes('upstream')),
    [
      'the upstream is 10.0.0.7:9000 now, no longer 10.0.0.1:9000: new flows go there, those that stand stay',
      "the upstream's name gives no new address: getaddrinfo ENOTFOUND example; new flows still go to 10.0.0.7:9000",
      "the upstream's name gives an address again: 10.0.0.7:9000",
    ],
  );
  await scene.end();
});

test('a look-up that takes for ever does not keep the proxy', async () => {
  let asked = 0;
  const resolve = (): Promise<string[]> => {
    asked += 1;
    return new Promise(() => undefined);
  };
  const scene = await Scene.open({ server: SERVER, follow: { everyNs: SECOND, resolve } });
  await scene.passSlowly(5 * SECOND);
  assert.is(asked, 1, 'one at a time');
  await scene.end();
});

test('a name that comes to mean the proxy itself is not followed', async () => {
  const server = at('127.0.0.1', 9001);
  const follow = { everyNs: SECOND, resolve: () => Promise.resolve(['127.0.0.2', '127.0.0.1']) };
  const scene = await Scene.open({ server: { ...server, address: '127.0.0.5' }, host: '127.0.0.2', follow });
  await scene.passSlowly(2 * SECOND);
  assert.match(scene.printed.join(), /gives no new address: .*where this proxy itself listens/);
  assert.not.match(scene.printed.join(), 'no longer');
  await scene.end();
});

test('anybody answers for a group, and its flows stay with it', async () => {
  const group = at('224.0.0.251', 5353);
  const scene = await Scene.open({ server: group, multicastInterface: 'lo' });
  const members = scene.join(group);
  const client = scene.join(CLIENT);
  scene.send(CLIENT, LISTENING, 'who?');
  for (const k of [1, 2, 3]) scene.send(at(`10.0.0.${k + 10}`, 5353), members.from[0] as Peer, `me ${k}`);
  scene.send(CLIENT, LISTENING, 'who else?');
  assert.equal(client.heard, ['me 1', 'me 2', 'me 3']);
  assert.equal(members.heard, ['who?', 'who else?']);
  assert.equal(movesOf(scene.log), []);
  assert.is((await scene.end()).ignored.notUpstream, 0);
});

test.run();
