/** What stands in a recording that a tap has written, a text a frame. */
import { openRecording } from '../../../../harness/recording/reader.ts';

/** Each frame's flow, direction, time, payload as text, and further keys. @param recover reads what is cut off, too */
export async function framesOf(path: string, recover = false): Promise<string[]> {
  const recording = await openRecording(path, { recover });
  const frames: string[] = [];
  for await (const batch of recording.batches()) {
    for (let row = 0; row < batch.count; row += 1) {
      const { flow, direction, timeNs, payload, extra = '' } = batch.frame(row);
      frames.push([flow, direction, timeNs, Buffer.from(payload).toString(), extra].join(' ').trimEnd());
    }
  }
  return frames;
}

/** The further keys of a client's first frame: port 40,000 + its number, to 127.0.0.1:9000. */
export const addresses = (client: number): string =>
  `"client":"127.0.0.1:${40_000 + client}","server":"127.0.0.1:9000","protocol":"any"`;
