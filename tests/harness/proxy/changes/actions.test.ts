/** What is asked of a proxy is answered, whatever becomes of it meanwhile: on an endpoint whose ports open when the test says so. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readImpairment } from '../../../../harness/impairment/impairment.ts';
import { readProtocol } from '../../../../harness/protocols/allProtocols.ts';
import { actionsOn } from '../../../../harness/proxy/changes/actions.ts';
import type { ProxyActions } from '../../../../harness/proxy/changes/actions.ts';
import { ProxyEndpoint } from '../../../../harness/proxy/proxyEndpoint.ts';
import { assertRefusal } from '../../../refusals.ts';
import { oneRow } from '../rows.ts';

const test = suite('what is asked of a proxy');
const SERVER = { address: '10.0.0.1', port: 9000 };
const PATIENCE_MS = 10_000;

interface Asked {
  readonly actions: ProxyActions;
  readonly endpoint: ProxyEndpoint;
  /** How often whoever runs the endpoint has asked it what is due, by `act`. */
  acts(): number;
  /** From now on nothing is called on the endpoint. */
  end(): void;
}

/** @param closed settles when the system has given back the ports that were closed */
function ask(closed = Promise.resolve()): Asked {
  const endpoint = new ProxyEndpoint({
    server: SERVER,
    listening: 1,
    protocol: readProtocol('any', 'protocol'),
    impairment: readImpairment({ seed: '7' }),
    openUpstream: () => undefined,
    closeListening: () => undefined,
    openListening: () => undefined,
  });
  let settle: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    settle = resolve;
  });
  let runs = true;
  let acts = 0;
  const actions = actionsOn({
    endpoint,
    nowNs: () => 0,
    act: (action) => {
      acts += 1;
      if (runs) action(0);
    },
    closing: () => closed,
    checkUpstream: (peer) => peer,
    done,
  });
  const end = (): void => {
    runs = false;
    settle();
  };
  return { actions, endpoint, acts: () => acts, end };
}

/** Fails where nothing comes. */
async function soon<Value>(promise: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const never = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('it is never answered')), PATIENCE_MS);
  });
  return Promise.race([promise, never]).finally(() => clearTimeout(timer));
}

test('opening ports that a proxy shut is refused when it ends before they are open, or before they are asked for', async () => {
  for (const isAskedFirst of [true, false]) {
    const { actions, end } = ask();
    await actions.setListening(false);
    if (!isAskedFirst) end();
    const opening = actions.setListening(true);
    if (isAskedFirst) end();
    await assertRefusal(() => soon(opening), 'conflict | setListening');
  }
});

test('shutting ports is over when the system has given them back', async () => {
  let giveBack: () => void = () => undefined;
  const { actions } = ask(new Promise<void>((resolve) => (giveBack = resolve)));
  let isShut = false;
  const shutting = actions.setListening(false).then(() => (isShut = true));
  await new Promise((resolve) => setImmediate(resolve));
  assert.is(isShut, false);
  giveBack();
  await soon(shutting);
});

test('opening ports is over when they are open, and when they are shut again before', async () => {
  const { actions, endpoint } = ask();
  await actions.setListening(false);
  const overtaken = actions.setListening(true);
  await actions.setListening(false);
  await soon(overtaken);
  endpoint.listening.opened(0, 0, 5);
  const opening = actions.setListening(true);
  endpoint.listening.opened(0, 0, 6);
  await soon(opening);
  assert.equal([endpoint.listening.indexOf(6), endpoint.listening.indexOf(5)], [0, undefined]);
});

test('after a flow is closed the endpoint is asked what is due: others may have waited for it at a shared link', () => {
  const { actions, endpoint, acts } = ask();
  endpoint.handleDatagrams(0, 0, oneRow(new Uint8Array(8), 0, { address: '10.0.0.7', port: 5000 }), 0, 1);
  assert.equal([actions.closeFlow(9), acts()], [false, 0]);
  assert.equal([actions.closeFlow(1), acts()], [true, 1]);
});

test.run();
