/**
 * The system calls of the real kernel, made to behave worse: options refused, paths that take no segments, a kernel
 * too old to know segments, one that is busy. It reads the caller's memory to see what is being sent.
 */
import { decoded } from '../../src/base/errors.ts';
import type { Decoded } from '../../src/base/errors.ts';
import type { NativeSockets } from '../../src/net/linux/native.ts';

const SOL_UDP = 17;
const UDP_SEGMENT = 103;
const MMSGHDR_BYTES = 64;
/** Where struct msghdr has its pointer to the buffers and its control length. */
const IOV_AT = 16;
const CONTROL_AT = 32;
const CONTROLLEN_AT = 40;

/** Linux on x64 and arm64. */
export const ERRNO = {
  EINTR: 4,
  EIO: 5,
  EAGAIN: 11,
  EINVAL: 22,
  EMSGSIZE: 90,
  ENOPROTOOPT: 92,
  ENOBUFS: 105,
} as const;

/** Reads and writes what native calls are given the addresses of. */
class Memory {
  readonly #known: { address: number; view: DataView }[] = [];

  know(address: number, bytes: Uint8Array): void {
    this.#known.push({ address, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) });
  }

  readLong(address: number): number {
    const { view, at } = this.#find(address);
    return Number(view.getBigUint64(at, true));
  }

  writeLong(address: number, value: number): void {
    const { view, at } = this.#find(address);
    view.setBigUint64(at, BigInt(value), true);
  }

  #find(address: number): { view: DataView; at: number } {
    const found = this.#known.find(
      (entry) => address >= entry.address && address < entry.address + entry.view.byteLength,
    );
    if (found === undefined) throw new Error(`no memory is known at ${address}`);
    return { view: found.view, at: address - found.address };
  }
}

/** A message about to be sent. */
export interface Message {
  readonly segmented: boolean;
  readonly bytes: number;
}

export interface Moods {
  /** An error number for this option, or undefined to let it pass. */
  readonly refuseOption?: (level: number, option: number) => number | undefined;
  /** An error number for the first message of a send, or undefined to let it pass. */
  readonly refuseMessage?: (message: Message) => number | undefined;
  /** Sends segmented messages whole, as a kernel does that does not know the control message. */
  readonly ignoresSegments?: boolean;
  /** Most messages of one call. */
  readonly mostMessages?: number;
  /** How far the wall clock has been put forward, seconds. */
  readonly clockStepSeconds?: () => number;
  /** An error number for a call that receives, or undefined to let it pass. */
  readonly refuseReceipt?: () => number | undefined;
  /** Room for control messages that a call is left, whatever it offers, bytes. */
  readonly controlRoomBytes?: number;
}

export interface MoodyKernel {
  readonly native: NativeSockets;
  /** Messages sent, in order. */
  readonly sent: Message[];
  /** Bytes of control messages that each had. */
  readonly controlBytes: number[];
  /** Calls that waited, and the longest that one of them was to wait, milliseconds. */
  readonly waits: { count: number; longestMs: number };
}

export function moodyKernel(real: NativeSockets, moods: Moods = {}): MoodyKernel {
  const memory = new Memory();
  const sent: Message[] = [];
  const controlBytes: number[] = [];
  const waits = { count: 0, longestMs: 0 };
  /** Whether one of its control messages (length, level, type) asks for segments. */
  const isSegmented = (at: number): boolean => {
    let control = memory.readLong(at + CONTROL_AT);
    const end = control + memory.readLong(at + CONTROLLEN_AT);
    for (; control < end; control += Math.ceil(memory.readLong(control) / 8) * 8)
      if (memory.readLong(control + 8) === UDP_SEGMENT * 2 ** 32 + SOL_UDP) return true;
    return false;
  };
  const messageAt = (at: number): Message => ({
    segmented: isSegmented(at),
    bytes: memory.readLong(memory.readLong(at + IOV_AT) + 8),
  });
  const native: NativeSockets = {
    ...real,
    addressOf: (bytes) => {
      const address = real.addressOf(bytes);
      memory.know(address, bytes);
      return address;
    },
    setsockopt: (fd, level, option, valueAt, valueBytes) => {
      const refusal = moods.refuseOption?.(level, option);
      return refusal === undefined ? real.setsockopt(fd, level, option, valueAt, valueBytes) : -refusal;
    },
    sendmmsg: (fd, messagesAt, messages) => {
      const first = messageAt(messagesAt);
      const refusal = moods.refuseMessage?.(first);
      if (refusal !== undefined) return -refusal;
      const limit = moods.refuseMessage === undefined ? (moods.mostMessages ?? messages) : 1;
      const all = Array.from({ length: Math.min(messages, limit) }, (_, k) => messagesAt + k * MMSGHDR_BYTES);
      const list = all.map(messageAt);
      const controls = all.map((at) => memory.readLong(at + CONTROLLEN_AT));
      if (moods.ignoresSegments === true) for (const at of all) memory.writeLong(at + CONTROLLEN_AT, 0);
      const result = real.sendmmsg(fd, messagesAt, all.length);
      sent.push(...list.slice(0, Math.max(result, 0)));
      controlBytes.push(...controls.slice(0, Math.max(result, 0)));
      return result;
    },
    recvmmsg: (fd, messagesAt, messages, flags) => {
      const refusal = moods.refuseReceipt?.();
      if (refusal !== undefined) return -refusal;
      const { controlRoomBytes } = moods;
      if (controlRoomBytes !== undefined) {
        for (let k = 0; k < messages; k += 1)
          memory.writeLong(messagesAt + k * MMSGHDR_BYTES + CONTROLLEN_AT, controlRoomBytes);
      }
      return real.recvmmsg(fd, messagesAt, messages, flags);
    },
    clockGettime: (id, timespecAt) => {
      const result = real.clockGettime(id, timespecAt);
      memory.writeLong(timespecAt, memory.readLong(timespecAt) + (moods.clockStepSeconds?.() ?? 0));
      return result;
    },
    poll: (pollfdsAt, pollfds, timeoutMs) => {
      waits.count += 1;
      waits.longestMs = Math.max(waits.longestMs, timeoutMs);
      return real.poll(pollfdsAt, pollfds, timeoutMs);
    },
  };
  return { native, sent, controlBytes, waits };
}

/** Neither UDP_SEGMENT nor UDP_GRO. */
export const NO_OFFLOAD: Moods = {
  refuseOption: (level) => (level === SOL_UDP ? ERRNO.ENOPROTOOPT : undefined),
};

/** A path that refuses segments from a size on; some kernels say so with EINVAL. */
export const refusesSegmentsFrom = (sizeBytes: number, code: 'EMSGSIZE' | 'EINVAL' = 'EMSGSIZE'): Moods => ({
  refuseMessage: ({ segmented, bytes }) => (segmented && bytes >= sizeBytes ? ERRNO[code] : undefined),
});

/** Busy at every other call, and one message at a time. */
export function busyKernel(): Moods {
  let sends = 0;
  let receipts = 0;
  return {
    refuseMessage: () => {
      sends += 1;
      return [undefined, ERRNO.EINTR, undefined, ERRNO.EAGAIN][sends % 4];
    },
    refuseReceipt: () => {
      receipts += 1;
      return receipts % 3 === 0 ? ERRNO.EINTR : undefined;
    },
  };
}

export const loaded = (native: NativeSockets): (() => Promise<Decoded<NativeSockets>>) => {
  return () => Promise.resolve(decoded(native));
};
