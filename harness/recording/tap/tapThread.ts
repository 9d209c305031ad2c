/**
 * The thread that writes a proxy's datagrams to a file. Started by chunkLine.ts only.
 *
 * It encodes and hashes, and waits for the disk; with a low priority, so that it takes what the proxy leaves.
 */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { failureOf } from '../../../src/base/failure.ts';
import { TapChunk } from './tapChunk.ts';
import type { FromTapThread, TapStart, ToTapThread } from './tapMessages.ts';
import { tapRows } from './tapRows.ts';
import { ARRIVALS_SORT_NS, PASSAGES_SORT_NS, TapWriter } from './tapWriter.ts';

/** The lowest priority: about a seventieth of the share of a thread with the usual one, where both want all of one core. */
const NICENESS = 19;

const port = parentPort;
if (port === null) throw new Error('this is a thread of the recorder');
const say = (message: FromTapThread, moved: readonly ArrayBuffer[] = []): void =>
  port.postMessage(message, moved);

/** Linux has a priority for each thread; elsewhere it stays. */
function yieldToProxy(): void {
  try {
    const [threadId] = readlinkSync('/proc/thread-self').split('/').slice(-1);
    setPriority(Number(threadId), NICENESS);
  } catch {
    // Then it competes with the proxy like any other thread.
  }
}

const free = ({ buffer }: TapChunk): void => say({ kind: 'free', buffer }, [buffer]);

function open(): TapWriter | null {
  const start = workerData as TapStart;
  const sortNs = start.kind === 'recording' ? ARRIVALS_SORT_NS : PASSAGES_SORT_NS;
  try {
    return new TapWriter(tapRows(start), sortNs, free);
  } catch (cause) {
    say({ kind: 'failed', failure: failureOf(cause) });
    return null;
  }
}

let isStuck = false;
/** Messages are handled one after the other. */
let handled: Promise<void> = Promise.resolve();

/** Once the disk has failed, chunks are only dropped. */
async function attempt(action: () => Promise<void> | undefined): Promise<void> {
  if (isStuck) return;
  try {
    await action();
  } catch (cause) {
    isStuck = true;
    say({ kind: 'stuck', failure: failureOf(cause) });
  }
}

async function handle(writer: TapWriter, message: ToTapThread): Promise<void> {
  switch (message.kind) {
    case 'chunk': {
      const { buffer, count, met, nowNs } = message;
      for (const one of met) writer.meet(one);
      return attempt(() => writer.add(new TapChunk(buffer, count), nowNs));
    }
    case 'settle':
      return attempt(() => writer.settle());
    case 'finish':
      await attempt(() => writer.finish());
      break;
    case 'abandon':
      await writer.discard();
      break;
  }
  say({ kind: 'closed', written: writer.written(!isStuck) });
  port?.close();
}

yieldToProxy();
const writer = open();
if (writer === null) port.close();
else {
  port.on('message', (message: ToTapThread) => {
    handled = handled.then(() => handle(writer, message));
  });
  say({ kind: 'ready' });
}
