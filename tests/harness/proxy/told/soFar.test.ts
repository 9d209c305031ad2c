import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readImpairment } from '../../../../harness/impairment/impairment.ts';
import { soFarOf } from '../../../../harness/proxy/told/soFar.ts';
import { Scene } from '../bystanders.ts';

const test = suite('what a running proxy has done so far');

const LISTENING = { address: '10.0.0.2', port: 9001 };
const SERVER = { address: '10.0.0.9', port: 7 };
const CLIENTS = [1, 2, 3].map((port) => ({ address: '10.0.0.5', port }));

test('every flow counts, what is lost and copied on purpose, and closed flows, too', async () => {
  const scene = await Scene.open({
    server: SERVER,
    impairment: readImpairment({ seed: '1', up: { drop: '100%' } }),
    idleNs: 5e9,
  });
  scene.join(SERVER);
  assert.equal(scene.proxy.soFar(), {
    done: 0,
    of: null,
    unit: 'datagrams',
    counts: { flows: 0, up: 0, down: 0, dropped: 0, duplicated: 0, 'kernel drops': 0 },
  });
  for (const client of CLIENTS) scene.send(client, LISTENING, 'one', 'two');
  await scene.passSlowly(1e9);
  const { done, counts } = scene.proxy.soFar();
  assert.is(done, 6);
  assert.equal([counts['flows'], counts['up'], counts['down'], counts['dropped']], [3, 6, 0, 6]);
  // All of them are idle by then.
  await scene.passSlowly(60e9);
  scene.send(CLIENTS[0] as (typeof CLIENTS)[number], LISTENING, 'three');
  await scene.passSlowly(1e9);
  const later = scene.proxy.soFar();
  assert.equal([later.done, later.counts['flows'], later.counts['dropped']], [7, 4, 7]);
  await scene.end();
});

test('of very many open flows only the listening ports are asked for drops, and the name says so', () => {
  const asked: number[] = [];
  const drops = {
    ofPort: (port: number) => {
      asked.push(port);
      return { drops: 1, coalesced: false };
    },
    ofListening: () => ({ drops: 5, coalesced: false }),
  };
  const endpoint = (open: number) => ({
    addUp: () => Array.from({ length: open }, (_, upstreamPort) => ({ upstreamPort })) as never,
  });
  assert.is(soFarOf(endpoint(2), 1, drops).counts['kernel drops'], 7);
  assert.equal(asked, [0, 1]);
  assert.is(soFarOf(endpoint(1025), 1, drops).counts['kernel drops up'], 5);
  assert.equal(asked, [0, 1]);
});

test.run();
