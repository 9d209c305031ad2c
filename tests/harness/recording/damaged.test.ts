/**
 * Damaged recordings: bits flipped, ends cut. Each is read to its end or refused in one line, in bounded time and memory,
 * whoever reads it. TEST_ROUNDS says how many of each; the full size is 100000.
 */
import { suite } from 'uvu';
import { addressMembers, CONVERSATION_HEADER } from '../../../harness/recording/conversationFormat.ts';
import { loadConversation } from '../../../harness/recording/conversation/loadConversation.ts';
import { loadRecording } from '../../../harness/recording/loadRecording.ts';
import { openRecording } from '../../../harness/recording/reader.ts';
import { inspectRecording } from '../../../harness/runs/inspect.ts';
import { expectBounds } from './damage.ts';
import type { Read } from './damage.ts';
import { written } from './smallRecording.ts';

const READERS: Record<string, Read> = {
  'read through': async (path, recover) => {
    const recording = await openRecording(path, { recover });
    let datagrams = 0;
    for await (const batch of recording.batches()) datagrams += batch.count;
    return { datagrams, notes: recording.notes() };
  },
  'loaded for a replay': async (path, recover) => {
    const { count, notes } = await loadRecording(path, { recover, keepBytes: 20 });
    return { datagrams: count, notes };
  },
  inspected: async (path, recover) => {
    const { datagrams, notes } = await inspectRecording({ path, recover, protocol: null });
    return { datagrams, notes };
  },
};

const CONVERSATION_READERS: Record<string, Read> = {
  'loaded as a conversation': async (path, recover) => {
    const { count, leftOut } = await loadConversation(path, { recover });
    return { datagrams: count, notes: leftOut };
  },
};

/** The first frame of each flow has its addresses. */
const addresses = (k: number): string =>
  k < 3 ? addressMembers(`10.0.0.${k}:4000`, '10.0.0.9:53', 'any') : '';

const conversation = (name: string): Promise<Buffer> => written(name, CONVERSATION_HEADER, addresses);

const damaged = suite('a damaged recording is read or refused');

for (const [format, make, readers] of [
  ['jsonl', () => written('a.jsonl'), READERS],
  ['jsonl, gzip', () => written('a.jsonl.gz'), READERS],
  ['conversation', () => conversation('b.jsonl'), { ...CONVERSATION_READERS, ...READERS }],
  ['conversation, gzip', () => conversation('b.jsonl.gz'), CONVERSATION_READERS],
  ['conversation, pcapng', () => conversation('b.pcapng'), CONVERSATION_READERS],
] as const) {
  for (const [k, [how, read]] of Object.entries(readers).entries()) {
    const name = `${format}, ${how}`;
    // All of them read through the same reader: the first one is enough for its corners.
    damaged(name, async () => expectBounds(name, await make(), read, 16, k === 0 ? 1 : 0.1));
  }
}

damaged.run();
