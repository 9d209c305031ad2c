/**
 * A capture as a recording: every UDP datagram in it is a frame, every pair of client and server a flow.
 *
 * Time 0 is the first datagram's, except in a capture that we wrote, which has the recording's own times. Whatever is no
 * frame is counted.
 */
import { UsageError } from '../../../src/base/errors.ts';
import { readMembers, writeMembers } from '../../../src/base/jsonMembers.ts';
import { MAX_DATAGRAM_BYTES } from '../../../src/net/batch.ts';
import { anyProgram } from '../../protocols/any.ts';
import { CONVERSATION_HEADER, addressMembers } from '../conversationFormat.ts';
import { readPiece } from '../fileBytes.ts';
import type { Source } from '../fileBytes.ts';
import { FLOW_LIMIT, decodeHeader } from '../format.ts';
import type { FrameBatch } from '../frameBatch.ts';
import type { Lines } from '../lines.ts';
import { damagedAt, newBatch } from '../recording.ts';
import type { Damage, Recording } from '../recording.ts';
import type { Hashing } from '../threads/threadedHash.ts';
import type { Packets } from './packets.ts';
import { Pairs, endpointsOf } from './pairs.ts';
import type { Pair } from './pairs.ts';
import { PcapPackets, beginsLikePcap } from './pcap.ts';
import { PcapngPackets, beginsLikePcapng } from './pcapng.ts';
import { UdpFinder } from './udpFinder.ts';

const MAGIC_BYTES = 4;
/** ECMAScript's dates end here. */
const MAX_DATE_MS = 8.64e15;

/** Opens a capture; null if the file is none: then nothing but its first piece has been read. */
export async function openCapture(
  path: string,
  source: Source,
  lines: Lines,
  recover: boolean,
  hash: Hashing | null,
): Promise<Recording | null> {
  while (lines.restBytes < MAGIC_BYTES) {
    const piece = await readPiece(source, lines);
    // The caller meets the same end, or the same fault, and reports it.
    if (typeof piece === 'string')
      throw new UsageError('recording-damaged', `${path}, line 1`, `${piece}; record it again`);
    if (piece === 0) return null;
  }
  const magic = Buffer.from(lines.rest().subarray(0, MAGIC_BYTES));
  if (beginsLikePcap(magic))
    return opened(new CaptureRecording(path, new PcapPackets(), source, lines, recover, hash));
  if (!beginsLikePcapng(magic)) return null;
  return opened(new CaptureRecording(path, new PcapngPackets(), source, lines, recover, hash));
}

async function opened(recording: CaptureRecording): Promise<CaptureRecording> {
  await recording.readFirst();
  return recording;
}

class CaptureRecording implements Recording {
  readonly path: string;
  readonly compressed: boolean;
  readonly textBytes: number;
  /** What a capture of somebody else says about its stream: nothing. */
  header = CONVERSATION_HEADER;
  frames = 0;
  sizeBytes = 0;
  lastTimeNs = 0;
  sha256 = '';
  damage: Damage | undefined;
  readonly #source: Source;
  readonly #packets: Packets;
  readonly #lines: Lines;
  readonly #recover: boolean;
  readonly #hash: Hashing | null;
  readonly #found = new UdpFinder();
  readonly #pairs = new Pairs();
  /** Whether we wrote it: then comments say more. */
  #isOurs = false;
  #read = 0;
  /** Datagrams with a time before the one of the datagram before. */
  #stragglers = 0;
  #tooLong = 0;
  /** Time 0 of the recording; NaN before the first datagram. */
  #startSeconds = Number.NaN;
  #startNanoseconds = 0;
  /** Start of the bytes that have been read and not yet counted. */
  #countedTo: number;
  /** The first packet, if it is read already, or the damage before it. */
  #first: Damage | 'packet' | 'end' | null = null;

  constructor(
    path: string,
    packets: Packets,
    source: Source,
    lines: Lines,
    recover: boolean,
    hash: Hashing | null,
  ) {
    this.path = path;
    this.compressed = source.compressed;
    this.textBytes = source.textBytes;
    this.#packets = packets;
    this.#source = source;
    this.#lines = lines;
    this.#recover = recover;
    this.#hash = hash;
    this.#countedTo = lines.wholeEnd;
  }

  get format(): string {
    return this.#packets.format;
  }

  /** Reads up to the first packet: the file's comment is known then. */
  async readFirst(): Promise<void> {
    this.#first = await this.#next();
    const header = decodeHeader(Buffer.from(this.#packets.fileComment ?? ''));
    if (!header.ok) return;
    this.header = header.value;
    this.#isOurs = true;
    this.#startSeconds = 0;
  }

  async *batches(batch = newBatch()): AsyncGenerator<FrameBatch, void, void> {
    let step = this.#first;
    if (step === null) throw new Error(`${this.path}: a recording is read once; open it again`);
    this.#first = null;
    try {
      for (; step === 'packet'; step = await this.#next()) {
        if (!this.#found.find(this.#packets, this.#lines.bytes)) continue;
        if (!batch.fits(this.#found.payloadBytes)) {
          yield batch;
          batch.clear();
        }
        const reason = this.#take(batch);
        if (reason === null) continue;
        step = { line: this.#read, reason };
        break;
      }
      this.#count();
      if (this.#hash !== null) this.sha256 = this.#hash.digest();
      if (typeof step === 'object' && !this.#recover) {
        throw new UsageError(
          'recording-damaged',
          damagedAt(this, step),
          `${step.reason}; recover its whole frames with --recover`,
        );
      }
      if (typeof step === 'object') this.damage = step;
      if (batch.count > 0) yield batch;
    } finally {
      await this.close();
    }
  }

  notes(): readonly string[] {
    const left = this.#found.leftOut();
    const say = (count: number, what: string): void => {
      if (count > 0) left.push(`${count} ${what}`);
    };
    say(this.#packets.unread, 'that are longer than any datagram, or have no time');
    say(this.#packets.exits, 'at the exit of a captured run: what came in is read');
    say(this.#tooLong, `datagrams of more than ${MAX_DATAGRAM_BYTES} bytes`);
    say(this.#pairs.refused, `datagrams of flows beyond the first ${FLOW_LIMIT}`);
    const lines = left.map((line) => `packets left out: ${line}`);
    if (this.#stragglers > 0)
      lines.push(
        `times changed: ${this.#stragglers} datagrams were earlier than the one before, and have its time`,
      );
    if (!this.#isOurs && this.frames > 0) lines.push(`time 0 is ${this.#startText()}`);
    return lines;
  }

  /** The date of time 0, as far as the file has it. */
  #startText(): string {
    const milliseconds = this.#startSeconds * 1000;
    const fraction = String(this.#startNanoseconds).padStart(9, '0');
    return Math.abs(milliseconds) <= MAX_DATE_MS
      ? `${new Date(milliseconds).toISOString().slice(0, -5)}.${fraction}Z`
      : `${this.#startSeconds}.${fraction} s after 1970`;
  }

  state(): Promise<string> {
    return this.#source.state();
  }

  close(): Promise<void> {
    this.#hash?.close();
    return this.#source.close();
  }

  /** Adds the bytes read since the last call to size and hash. */
  #count(): void {
    const lines = this.#lines;
    this.#hash?.update(lines.bytes.subarray(this.#countedTo, lines.wholeEnd));
    this.sizeBytes += lines.wholeEnd - this.#countedTo;
    this.#countedTo = lines.wholeEnd;
  }

  async #next(): Promise<Damage | 'packet' | 'end'> {
    for (;;) {
      const step = this.#packets.next(this.#lines);
      if (step === 'packet') {
        this.#read += 1;
        return step;
      }
      const line = this.#read + 1;
      if (step !== 'more') return { line, reason: step.damage };
      this.#count();
      const piece = await readPiece(this.#source, this.#lines);
      this.#countedTo = this.#lines.wholeEnd;
      if (typeof piece === 'string') return { line, reason: piece };
      if (piece > 0) continue;
      if (this.#lines.restBytes === 0) return 'end';
      return {
        line,
        reason: 'expected a whole packet, got the end of the file inside it: the capture is truncated',
      };
    }
  }

  /** Takes the datagram found into the batch, which has room for it. Returns what is wrong with it, or null. */
  #take(batch: FrameBatch): string | null {
    const found = this.#found;
    const { payloadBytes, payloadStart } = found;
    if (payloadBytes > MAX_DATAGRAM_BYTES) {
      this.#tooLong += 1;
      return null;
    }
    let pair: Pair | null = null;
    let extra = '';
    const comment = this.#isOurs ? this.#packets.comment : null;
    if (comment !== null) {
      const said = readComment(comment);
      if (typeof said === 'string') return said;
      extra = said.extra;
      if (said.flow !== null) pair = this.#pairs.put(found, said.flow, said.isUpward);
    }
    pair ??= this.#pairs.of(found);
    if (pair === null) return null;
    if (pair.isNew && !this.#isOurs) extra = this.#describePair(pair);
    found.bytes.copy(batch.bytes, batch.usedBytes, payloadStart, payloadStart + payloadBytes);
    this.frames += 1;
    const direction = pair.isUpward ? 'up' : 'down';
    batch.commit(this.frames, this.#timeNs(), payloadBytes, pair.flow, direction, extra);
    return null;
  }

  #describePair({ isUpward }: Pair): string {
    const { source, destination } = endpointsOf(this.#found);
    const [client, server] = isUpward ? [source, destination] : [destination, source];
    return addressMembers(client, server, anyProgram.text);
  }

  #timeNs(): number {
    const { seconds, nanoseconds } = this.#packets;
    if (Number.isNaN(this.#startSeconds)) {
      this.#startSeconds = seconds;
      this.#startNanoseconds = nanoseconds;
    }
    const timeNs = (seconds - this.#startSeconds) * 1e9 + (nanoseconds - this.#startNanoseconds);
    if (timeNs < this.lastTimeNs || !Number.isSafeInteger(timeNs)) this.#stragglers += 1;
    else this.lastTimeNs = timeNs;
    return this.lastTimeNs;
  }
}

/** The comment of a packet that we wrote: flow and direction, if it names them, and the frame's unknown members. */
function readComment(
  text: string,
): { readonly flow: number | null; readonly isUpward: boolean; readonly extra: string } | string {
  const members = readMembers(text);
  const flowJson = members?.find(({ key }) => key === 'f')?.json;
  const flow = flowJson === undefined ? null : Number(flowJson);
  const isFlow = flow === null || (Number.isInteger(flow) && flow >= 1 && flow <= FLOW_LIMIT);
  if (members === undefined || !isFlow) return 'expected a comment of ours, got one that cannot be read';
  const isUpward = members.some(({ key, json }) => key === 'r' && json === '"up"');
  return { flow, isUpward, extra: writeMembers(members.filter(({ key }) => key !== 'f' && key !== 'r')) };
}
