/**
 * The thread that writes a proxy's datagrams to a file. Started by tapRecorder.ts only.
 *
 * It encodes and hashes, and waits for the disk; with a low priority, so that it takes what the proxy leaves.
 */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { failureOf } from '../../../src/base/failure.ts';
import { startTimer } from '../../../src/net/timer.ts';
import { TapChunk } from './tapChunk.ts';
import type { FromTapThread, TapStart, ToTapThread } from './tapMessages.ts';
import { SORT_NS, TapWriter } from './tapWriter.ts';

/** The lowest priority: about a seventieth of the share of a thread with the usual one, where both want all of one core. */
const NICENESS = 19;
/** Without a chunk for so long, what waits is in order. */
const SETTLE_MS = (2 * SORT_NS) / 1e6;

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
  const { path } = workerData as TapStart;
  try {
    return new TapWriter(path, free);
  } catch (cause) {
    say({ kind: 'failed', failure: failureOf(cause) });
    return null;
  }
}

let isStuck = false;
let cancelTimer: (() => void) | null = null;
/** Messages are handled one after the other. */
let handled: Promise<void> = Promise.resolve();

/** Once the disk has failed, chunks are only dropped. */
async function attempt(action: () => Promise<void>): Promise<void> {
  if (isStuck) return;
  try {
    await action();
  } catch (cause) {
    isStuck = true;
    say({ kind: 'stuck', failure: failureOf(cause) });
  }
}

async function handle(writer: TapWriter, message: ToTapThread): Promise<void> {
  cancelTimer?.();
  if (message.kind === 'chunk') {
    const { buffer, count, met, nowNs } = message;
    for (const one of met) writer.meet(one);
    await attempt(() => writer.add(new TapChunk(buffer, count), nowNs));
    if (!writer.isFlushed && !isStuck) cancelTimer = startTimer(() => settle(writer), SETTLE_MS);
    return;
  }
  if (message.kind === 'finish') await attempt(() => writer.finish());
  else await writer.discard();
  say({ kind: 'closed', written: writer.written(!isStuck) });
  port?.close();
}

function settle(writer: TapWriter): void {
  handled = handled.then(() => attempt(() => writer.settle()));
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
