/** A flow that moves to another port, on real sockets and both transports: what the server sees, what the client gets, the capture. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UNIMPAIRED } from '../../harness/impairment/impairment.ts';
import { anyProgram } from '../../harness/protocols/any.ts';
import { startProxy } from '../../harness/proxy/startProxy.ts';
import type { Peer } from '../../src/net/batch.ts';
import { loadNativeSockets } from '../../src/net/linux/native.ts';
import { KeptLog, MS, PATIENCE_MS, Plain, until, within } from './loopback.ts';

const folder = mkdtempSync(join(tmpdir(), 'matchstream-rebinding-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

const texts = ({ heard }: Plain): string[] => heard.map((bytes) => bytes.toString());

function declare(transport: 'node' | 'linux'): void {
  const test = suite(`rebinding on ${transport}`);

  test('the server sees a flow from a new port, and its answers to both reach the client', async () => {
    const [client, server] = [await Plain.open(), await Plain.open()];
    const log = new KeptLog();
    const capturePath = join(folder, `${transport}.pcapng`);
    const proxy = await startProxy({
      host: '127.0.0.1',
      ports: [0],
      protocol: anyProgram,
      impairment: { ...UNIMPAIRED, seed: '1', holdMaxNs: 100 * MS },
      fatesDir: null,
      maxFlows: 8,
      idleNs: 60_000 * MS,
      server: server.local,
      transport,
      capturePath,
      log,
    });
    const ask = async (text: string): Promise<Peer> => {
      await client.send(proxy.listening[0] as Peer, text);
      await until(PATIENCE_MS, text, () => texts(server).includes(text));
      return server.from.at(-1) as Peer;
    };
    const first = await ask('one');
    assert.is((await ask('two')).port, first.port);
    assert.is(await within(PATIENCE_MS, 'the move', proxy.rebind()), 1);
    const second = await ask('three');
    assert.is.not(second.port, first.port);
    assert.is(await within(PATIENCE_MS, 'the move', proxy.rebind(1)), 1);
    const third = await ask('four');
    assert.is(new Set([first, second, third].map(({ port }) => port)).size, 3);
    for (const [k, to] of [first, second, third].entries()) await server.send(to, `to ${k}`);
    await until(PATIENCE_MS, 'the answers', () => client.heard.length === 3);
    assert.equal(texts(client).toSorted(), ['to 0', 'to 1', 'to 2']);
    proxy.stop();
    const { flows, ignored, captured } = await within(PATIENCE_MS, 'the end', proxy.done);
    const [flow] = flows;
    assert.equal(
      [flow?.rebinds, flow?.up.arrived, flow?.up.forwarded, flow?.down.arrived, flow?.down.forwarded],
      [2, 4, 4, 3, 3],
    );
    assert.is(flow?.kernelDown.drops ?? 0, 0);
    assert.is(ignored.notUpstream, 0);
    assert.is(log.lines.filter((line) => line.includes(`sees it from port ${second.port} now`)).length, 1);
    assert.equal([captured?.entered, captured?.left, captured?.leftOut], [7, 7, 0]);
    const capture = readFileSync(capturePath, 'latin1');
    assert.equal(capture.match(/rebound: leaves from port \d+/g), [
      `rebound: leaves from port ${second.port}`,
      `rebound: leaves from port ${third.port}`,
    ]);
    await client.close();
    await server.close();
  });

  test.run();
}

const loaded = await loadNativeSockets();
declare('node');
if (loaded.ok) declare('linux');
