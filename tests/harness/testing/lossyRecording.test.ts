/** What came to a lossy proxy, written as a recording at any time. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lossyProxy, recorded } from '../../../harness/testing/index.ts';
import type { LossyProxy, LossyProxyOptions } from '../../../harness/testing/index.ts';
import { openRecording } from '../../../harness/recording/reader.ts';
import { assertRefusal } from '../../refusals.ts';
import { temporaryFolder } from '../recording/tiny.ts';

const folder = temporaryFolder();
const PATIENCE_MS = 20_000;
const test = suite('the recording of a lossy proxy');

async function before(
  options: Omit<LossyProxyOptions, 'upstream'>,
  work: (proxy: LossyProxy, ask: (word: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  const server = createSocket('udp4', (word, { port, address }) =>
    server.send(word.toString().toUpperCase(), port, address),
  );
  await once(server.bind(0, '127.0.0.1'), 'listening');
  const proxy = await lossyProxy({ upstream: `127.0.0.1:${server.address().port}`, ...options });
  const client = createSocket('udp4');
  let asked = 0;
  const ask = async (word: string): Promise<void> => {
    asked += 1;
    client.send(word, proxy.port, proxy.host);
    const endMs = performance.now() + PATIENCE_MS;
    const isDone = (): boolean =>
      proxy.flows[0]?.up.arrived === asked && proxy.flows[0].down.arrived === proxy.flows[0].up.forwarded;
    while (!isDone()) {
      assert.ok(performance.now() < endMs, 'it takes too long');
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  try {
    await work(proxy, ask);
  } finally {
    client.close();
    await proxy.close();
    server.close();
  }
}

async function framesOf(path: string): Promise<string[]> {
  const frames: string[] = [];
  for await (const batch of (await openRecording(path)).batches()) {
    for (let row = 0; row < batch.count; row += 1) {
      const { flow, direction, payload } = batch.frame(row);
      frames.push(`${flow} ${direction} ${Buffer.from(payload).toString()}`);
    }
  }
  return frames;
}

const CONVERSATION = ['1 up one', '1 up two', '1 down TWO'];

test('has what came to it, before it was impaired, at any time, and after the end', async () => {
  await before({ direction: 'up', dropList: '1' }, async (proxy, ask) => {
    await ask('one');
    await ask('two');
    const first = join(folder, 'so-far.jsonl');
    assert.equal(await proxy.recording(first), { path: first, datagrams: 3 });
    assert.equal(await framesOf(first), CONVERSATION);
    await ask('three');
    await proxy.close();
    const whole = join(folder, 'whole.jsonl');
    assert.is((await proxy.recording(whole)).datagrams, 5);
    assert.equal(await framesOf(whole), [...CONVERSATION, '1 up three', '1 down THREE']);
    assert.equal(await framesOf(first), CONVERSATION);
  });
});

test('is what recorded() plays', async () => {
  await before({}, async (proxy, ask) => {
    await ask('ball');
    await proxy.recording(join(folder, 'asks-for-a-word.jsonl'));
  });
  const server = await recorded('asks for a word', { upstream: '127.0.0.1:9', folder, mode: 'none' });
  const client = createSocket('udp4');
  client.send('ball', server.port, server.host);
  const [answer] = (await once(client, 'message')) as [Buffer];
  client.close();
  assert.is(answer.toString(), 'BALL');
  assert.equal(await server.close(), { requests: 1, answers: 1, unused: [] });
});

test('replaces no file, and says so', async () => {
  await before({}, async (proxy) => {
    const taken = join(folder, 'taken.jsonl');
    writeFileSync(taken, 'x');
    await assertRefusal(() => proxy.recording(taken), 'output-taken | LossyProxy.recording: path');
    assert.is(readFileSync(taken, 'utf8'), 'x');
    await assertRefusal(() => proxy.recording(join(taken, 'below.jsonl')), 'write-failed');
  });
});

test('is refused where more came than its memory holds', async () => {
  await before({ recordingMemory: '64KiB' }, async (proxy, ask) => {
    // Two of them, and the answer to the first, are more than 64 KiB.
    for (let k = 0; k < 2; k += 1) await ask('x'.repeat(30_000));
    const path = join(folder, 'too-much.jsonl');
    await assertRefusal(() => proxy.recording(path), 'datagrams-lost', '2 datagrams would be missing');
    assert.not.ok(existsSync(path));
  });
  await assertRefusal(
    () => lossyProxy({ upstream: '127.0.0.1:9', recordingMemory: '1kB' }),
    'value-range | lossyProxy: recordingMemory',
  );
});

test.run();
