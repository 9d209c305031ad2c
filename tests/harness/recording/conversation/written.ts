/** Conversations written by hand. */
import { join } from 'node:path';
import { RecordingWriter } from '../../../../harness/recording/writer.ts';
import type { RecordingHeader } from '../../../../harness/recording/format.ts';
import { loadConversation } from '../../../../harness/recording/conversation/loadConversation.ts';
import type { ConversationOptions } from '../../../../harness/recording/conversation/loadConversation.ts';
import type { Conversation } from '../../../../harness/recording/conversation/conversation.ts';
import { temporaryFolder } from '../tiny.ts';

const CONVERSATION_HEADER: RecordingHeader = {
  format: 'matchstream-recording',
  version: 1,
  seed: null,
  generator: null,
  intervalNs: null,
  squadsHash: null,
  datagramSizeBytes: null,
  flows: 65_535,
  extra: '"conversation":true',
};

/** A datagram: milliseconds, flow, `>` from the client or `<` from the server, text. */
export type Line = readonly [timeMs: number, flow: number, way: '>' | '<', text: string];

let written = 0;
const folder = temporaryFolder();

/** Writes a conversation. Client of flow N is 10.0.0.N:4000, the server 10.0.0.100:53. Returns its path. */
export async function writeConversation(lines: readonly Line[]): Promise<string> {
  written += 1;
  const path = join(folder, `conversation-${written}.jsonl`);
  const writer = new RecordingWriter(path, CONVERSATION_HEADER);
  const met = new Set<number>();
  for (const [timeMs, flow, way, text] of lines) {
    const extra = met.has(flow)
      ? ''
      : `"client":"10.0.0.${flow}:4000","server":"10.0.0.100:53","protocol":"any"`;
    met.add(flow);
    await writer.append(timeMs * 1e6, Buffer.from(text, 'latin1'), flow, way === '>' ? 'up' : 'down', extra);
  }
  await writer.finish();
  return path;
}

export const conversationOf = async (
  lines: readonly Line[],
  options: ConversationOptions = {},
): Promise<Conversation> => loadConversation(await writeConversation(lines), options);
