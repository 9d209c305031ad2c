/** Proxies that forward to each other in a circle, and honest traffic that looks like it; on a simulated network. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readImpairment } from '../../../../harness/impairment/impairment.ts';
import { matchstream } from '../../../../harness/protocols/matchstream.ts';
import type { ProxyReport, ProxyRun } from '../../../../harness/proxy/startProxy.ts';
import type { Peer } from '../../../../src/net/batch.ts';
import { SimulatedNetwork } from '../../../../src/net/simulated.ts';
import { encodeRegister } from '../../../../src/protocol/control.ts';
import { Scene, at } from '../bystanders.ts';
import { textOf } from '../rows.ts';

const test = suite('proxies in a circle');

const CLIENT = at('10.0.5.1', 5000);
const SECOND = 1e9;
/** No flow more than these, where there is no loop or it is cut: one of the client's, and those until it is proved. */
const MOST_FLOWS = 16;

/** `count` proxies, each with the next one as its upstream, and the first behind the last. */
async function circle(count: number, run: Partial<ProxyRun> = {}): Promise<Scene[]> {
  const network = new SimulatedNetwork();
  const listening = Array.from({ length: count }, (_, k) => at(`10.0.0.${k + 1}`, 9000));
  const scenes: Scene[] = [];
  for (const [k, { address, port }] of listening.entries()) {
    const server = listening[(k + 1) % count] as Peer;
    scenes.push(await Scene.open({ server, host: address, ports: [port], ...run }, network));
  }
  return scenes;
}

const listeningOf = (scene: Scene | undefined): Peer => scene?.proxy.listening[0] as Peer;

async function endAll(scenes: readonly Scene[]): Promise<ProxyReport[]> {
  const reports: ProxyReport[] = [];
  for (const scene of scenes) reports.push(await scene.end());
  return reports;
}

const flowsOf = ({ flows, earlier }: ProxyReport): number => flows.length + earlier.flows;

for (const count of [2, 3, 4])
  test(`${count} of them stop one datagram after a few turns, and say what happened`, async () => {
    const scenes = await circle(count);
    const [first] = scenes;
    first?.join(CLIENT);
    first?.send(CLIENT, listeningOf(first), 'round');
    first?.pass(SECOND);
    const said = scenes.flatMap(({ printed }) => printed.filter((line) => line.includes('in a circle')));
    assert.ok(said.length >= 1);
    assert.match(
      said[0] as string,
      /^what flow \d+ sends to \S+ comes back from \S+, in a circle: .*; refused from now on; give one of them another upstream$/,
    );
    // From now on a datagram is refused at its first return.
    const opened = (): number[] =>
      scenes.map(({ log }) => log.lines.filter((line) => line.includes('opened')).length);
    const before = opened();
    for (let k = 0; k < 10; k += 1) first?.send(CLIENT, listeningOf(first), `more ${k}`);
    first?.pass(SECOND);
    assert.equal(opened(), before, 'and opens no flow');
    const reports = await endAll(scenes);
    for (const report of reports) assert.ok(flowsOf(report) <= MOST_FLOWS, `${flowsOf(report)} flows`);
    assert.ok(reports.reduce((sum, { ignored }) => sum + ignored.loop, 0) >= 11);
    const up = reports.map(({ flows }) => flows.reduce((sum, { up: { arrived } }) => sum + arrived, 0));
    assert.ok(Math.max(...up) <= MOST_FLOWS + 10, `${up.join()} went round`);
  });

test('a circle with copies, delays and losses is cut as well', async () => {
  for (const [up, mayEnd] of [
    [{ duplicate: '50%' }, false],
    [{ delay: '100ms' }, false],
    [{ drop: '10%' }, true],
  ] as const) {
    const scenes = await circle(2, {
      impairment: readImpairment({ seed: '3', up, down: up, holdMaxNs: SECOND }),
    });
    const [first] = scenes;
    first?.send(CLIENT, listeningOf(first), 'round');
    first?.pass(20 * SECOND);
    const reports = await endAll(scenes);
    const isCut = scenes.some(({ printed }) => printed.join().includes('in a circle'));
    assert.ok(isCut || mayEnd, JSON.stringify(up));
    for (const report of reports)
      assert.ok(flowsOf(report) <= 40, `${JSON.stringify(up)}: ${flowsOf(report)} flows`);
  }
});

test('a circle of registrations is cut as well', async () => {
  const scenes = await circle(2, { protocol: matchstream });
  const [first] = scenes;
  first?.send(CLIENT, listeningOf(first), textOf(encodeRegister({ nonce: 'n', token: null, client: null })));
  first?.pass(SECOND);
  const reports = await endAll(scenes);
  assert.ok(scenes.some(({ printed }) => printed.join().includes('in a circle')));
  for (const { flows, ignored } of reports) {
    assert.is(flows.length, 0, 'nobody has proved an address');
    assert.ok(ignored.uncompleted > 2 && ignored.uncompleted <= MOST_FLOWS, `${ignored.uncompleted}`);
  }
});

/** What honest clients hear of checks, and whether anything was refused. */
async function honest(
  work: (scene: Scene) => Promise<void> | void,
  run: Partial<ProxyRun> = {},
): Promise<ProxyReport> {
  const scene = await Scene.open({ server: at('10.0.0.1', 9000), maxFlows: 4096, ...run });
  await work(scene);
  const report = await scene.end();
  assert.is(report.ignored.loop, 0);
  assert.not.match(scene.log.lines.join('\n'), 'circle');
  return report;
}

test('two thousand clients with one greeting to a server that never answers are all let through, and one or two are checked', async () => {
  for (const isTogether of [true, false]) {
    let checks = 0;
    const { flows } = await honest((scene) => {
      const server = scene.join(at('10.0.0.1', 9000));
      const clients = Array.from({ length: 2000 }, (_, k) => at('10.0.5.1', 1000 + k));
      const heard = clients.slice(0, 100).map((client) => scene.join(client));
      for (const client of clients) {
        scene.send(client, listeningOf(scene), 'hello');
        if (!isTogether) scene.pass(1e6);
      }
      assert.is(server.heard.length, 2000);
      checks = heard.filter((one) => one.heard.length > 0).length;
      assert.ok(heard.every((one) => one.heard.length <= 1));
    });
    assert.is(flows.length, 2000);
    assert.is(checks, 4, 'the 9th, 17th, 33rd and 65th');
  }
});

test('clients of a server that answers, or that is dead, are never checked', async () => {
  for (const isDead of [false, true])
    await honest((scene) => {
      const server = scene.join(at('10.0.0.1', 9000));
      if (isDead) server.leave();
      for (let k = 0; k < 200; k += 1) {
        const client = at('10.0.5.1', 1000 + k);
        const it = scene.join(client);
        scene.send(client, listeningOf(scene), 'hello');
        if (!isDead) scene.send(at('10.0.0.1', 9000), server.from.at(-1) as Peer, 'welcome');
        assert.equal(it.heard, isDead ? [] : ['welcome']);
      }
    });
});

test('a request that is repeated from other ports, two seconds apart, is never checked', async () => {
  await honest(
    (scene) => {
      scene.join(at('10.0.0.1', 9000));
      for (let k = 0; k < 40; k += 1) {
        const client = at('10.0.5.1', 1000 + k);
        const it = scene.join(client);
        scene.send(client, listeningOf(scene), 'example.com A?');
        scene.pass(2.001 * SECOND);
        assert.equal(it.heard, []);
      }
    },
    { idleNs: 1e15 },
  );
});

test('a client and a server that give back what they get, the check too, are in no circle', async () => {
  await honest((scene) => {
    const server = scene.join(at('10.0.0.1', 9000));
    const clients = Array.from({ length: 9 }, (_, k) => at('10.0.5.1', 1000 + k));
    const heard = clients.map((client) => scene.join(client));
    for (const client of clients) scene.send(client, listeningOf(scene), 'hello');
    const [check = ''] = heard[8]?.heard ?? [];
    assert.match(check, /^matchstream checks for a loop: /);
    scene.send(clients[8] as Peer, listeningOf(scene), check);
    assert.is(server.heard.at(-1), check);
    scene.send(at('10.0.0.1', 9000), server.from.at(-1) as Peer, check);
    scene.send(clients[8] as Peer, listeningOf(scene), 'still here');
    assert.is(server.heard.at(-1), 'still here');
  });
});

test('a text that looks like a check, and is none, goes through', async () => {
  const forged = `matchstream checks for a loop: ${'0'.repeat(24)}`;
  await honest((scene) => {
    const server = scene.join(at('10.0.0.1', 9000));
    const client = scene.join(CLIENT);
    scene.send(CLIENT, listeningOf(scene), forged);
    scene.send(at('10.0.0.1', 9000), server.from[0] as Peer, forged);
    assert.equal([server.heard, client.heard], [[forged], [forged]]);
  });
});

test.run();
