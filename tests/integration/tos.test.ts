/** Types of service (DSCP and ECN) through the proxy on real sockets: carried on `linux`, and a note says that `node` does not. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readImpairment } from '../../harness/impairment/impairment.ts';
import { anyProgram } from '../../harness/protocols/any.ts';
import { startProxy } from '../../harness/proxy/startProxy.ts';
import type { ProxyRun } from '../../harness/proxy/startProxy.ts';
import { NO_LOG } from '../../src/files/logFile.ts';
import type { Peer } from '../../src/net/batch.ts';
import { loadNativeSockets } from '../../src/net/linux/native.ts';
import { missingPython } from './foreignSockets.ts';
import { MS, PATIENCE_MS, within } from './loopback.ts';
import { TosTalk } from './tosWitness.ts';
import type { SeenTos } from './tosWitness.ts';

const loaded = await loadNativeSockets();
const noPython = missingPython();

const test = suite('types of service through a proxy');

/** Runs of one type, as a program sends them, and each one alone: ECT(0), ECT(1), CE, none, some DSCPs. */
const SENT: readonly number[] = Array.from({ length: 300 }, (_, k) =>
  k < 150
    ? ([0, 2, 146, 184][Math.floor(k / 10) % 4] as number)
    : ([0, 1, 2, 3, 40, 186, 255][k % 7] as number),
);

const KNOBS = {
  drop: '5%',
  duplicate: '5%',
  reorder: '5%',
  reorderDistance: '1..5',
  delay: '3ms',
  jitter: '1ms',
};

const proxyRun = (server: Peer, transport: 'linux' | 'node'): ProxyRun => ({
  server,
  host: '127.0.0.1',
  ports: [0],
  protocol: anyProgram,
  impairment: { ...readImpairment({ seed: 'tos', down: KNOBS, up: KNOBS }), holdMaxNs: 100 * MS },
  fatesDir: null,
  maxFlows: 1,
  idleNs: 600_000 * MS,
  log: NO_LOG,
  transport,
});

async function talk(transport: 'linux' | 'node') {
  const talking = new TosTalk(SENT);
  try {
    const server = await talking.server();
    const proxy = await startProxy(proxyRun(server, transport));
    await talking.talk(proxy.listening[0] as Peer);
    proxy.stop();
    const { flows, network } = await within(PATIENCE_MS, 'the proxy', proxy.done);
    return { seen: await talking.seen(), flow: flows[0], notes: network.notes.join('\n') };
  } finally {
    talking.end();
  }
}

/** What came with another type of service than expected. */
const wrong = (seen: SeenTos, expected: (number: number) => number): SeenTos =>
  seen.filter(([number, tos]) => tos !== expected(number));

if (noPython !== null) test.skip(`are carried or not (${noPython})`);
else {
  const carried = 'are carried both ways, dropped, held, delayed and copied, and nothing notes a lack';
  if (!loaded.ok) test.skip(`${carried} (${loaded.reason})`);
  else
    test(carried, async () => {
      const { seen, flow, notes } = await talk('linux');
      assert.equal(
        wrong(seen.up, (number) => SENT[number] as number),
        [],
      );
      assert.equal(
        wrong(seen.down, (number) => 255 - (SENT[number] as number)),
        [],
      );
      assert.equal([seen.up.length, seen.down.length], [flow?.up.forwarded, flow?.down.forwarded]);
      assert.ok(seen.down.length > SENT.length / 2, `${seen.down.length} came back`);
      assert.ok((flow?.up.duplicated ?? 0) > 5 && (flow?.down.duplicated ?? 0) > 5);
      assert.ok(new Set(seen.down.map(([, tos]) => tos)).size > 8);
      assert.not.match(notes, 'type of service');
    });

  test('are none behind node', async () => {
    const { seen } = await talk('node');
    assert.equal(
      wrong([...seen.up, ...seen.down], () => 0),
      [],
    );
    assert.ok(seen.down.length > SENT.length / 2, `${seen.down.length} came back`);
  });
}

test('what opens no port for them says so: node, in the notes of every proxy', async () => {
  const proxy = await startProxy(proxyRun({ address: '127.0.0.1', port: 9 }, 'node'));
  proxy.stop();
  const { network } = await within(PATIENCE_MS, 'the proxy', proxy.done);
  assert.ok(network.notes.includes('the type of service is not carried across'), network.notes.join('\n'));
});

test.run();
