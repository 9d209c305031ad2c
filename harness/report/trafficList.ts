/**
 * The list of a proxy's traffic: a line for every datagram as it came in, and one as it left, in order of time.
 */
import { AtomicFileWriter } from '../../src/files/atomicFile.ts';
import type { Traffic } from '../proxy/told/traffic.ts';

const HEADER = 'flow,direction,stream,at,time_ns,index,repeat,bytes,altered\n';
const CHUNK_CHARS = 1 << 16;

function line(
  traffic: Traffic,
  entry: number,
  at: 'entry' | 'exit',
  timeNs: number,
  isAltered: boolean,
): string {
  const { stream, index, repeat, sizeBytes } = traffic.entry(entry);
  const { flow, direction, stream: number = 1 } = stream.key;
  return `${flow},${direction},${number},${at},${Math.round(timeNs)},${index},${repeat},${sizeBytes},${isAltered ? 1 : 0}\n`;
}

/** The lines without the header. */
function* trafficLines(traffic: Traffic): Generator<string, void> {
  let entry = 0;
  for (let exit = 0; exit <= traffic.exits; exit += 1) {
    const left = exit < traffic.exits ? traffic.exit(exit) : null;
    for (; entry < traffic.entries; entry += 1) {
      const { timeNs } = traffic.entry(entry);
      if (left !== null && entry > left.entry && timeNs > left.timeNs) break;
      yield line(traffic, entry, 'entry', timeNs, false);
    }
    if (left !== null) yield line(traffic, left.entry, 'exit', left.timeNs, left.isAltered);
  }
}

/** Writes it atomically. @throws EnvironmentError if it cannot be written */
export async function writeTrafficList(path: string, traffic: Traffic): Promise<void> {
  const file = new AtomicFileWriter(path);
  try {
    let chunk = HEADER;
    for (const text of trafficLines(traffic)) {
      chunk += text;
      if (chunk.length < CHUNK_CHARS) continue;
      await file.write(chunk);
      chunk = '';
    }
    await file.write(chunk);
    await file.commit();
  } catch (cause) {
    await file.discard();
    throw cause;
  }
}
