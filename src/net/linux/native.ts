/**
 * The socket calls of the C library, as functions of numbers. It loads koffi, on demand.
 *
 * A pointer is a number: an address below 2^53, which every user-space address is. A call that fails returns −errno. It
 * knows nothing about datagrams; tests replace it by another implementation.
 */
import type { Decoded } from '../../base/errors.ts';
import { decoded, refused } from '../../base/errors.ts';

/** Calls back while a descriptor is readable or has an error, once per turn of the event loop. */
export interface Watch {
  close(): void;
  /** The process does not wait for it. */
  unref(): void;
}

export interface NativeSockets {
  /**
   * The address of an array's first byte. It is valid as long as the array's buffer is referenced: V8 never moves a
   * buffer of more than 64 bytes, and the first call moves a smaller one out of its heap.
   */
  addressOf(bytes: Uint8Array): number;
  socket(family: number, type: number): number;
  bind(fd: number, address: number, addressBytes: number): number;
  /** @param lengthAt address of the length: the room for the name on input, the length on output; 32 bits */
  getsockname(fd: number, address: number, lengthAt: number): number;
  setsockopt(fd: number, level: number, option: number, valueAt: number, valueBytes: number): number;
  /** @param lengthAt as in `getsockname` */
  getsockopt(fd: number, level: number, option: number, valueAt: number, lengthAt: number): number;
  /** Returns how many of the messages were sent. */
  sendmmsg(fd: number, messagesAt: number, messages: number): number;
  /** Returns how many messages were received. */
  recvmmsg(fd: number, messagesAt: number, messages: number, flags: number): number;
  poll(pollfdsAt: number, pollfds: number, timeoutMs: number): number;
  /** ppoll: like poll, but with a struct timespec and the precision of the kernel's timers. */
  preciselyPoll(pollfdsAt: number, pollfds: number, timespecAt: number): number;
  clockGettime(clock: number, timespecAt: number): number;
  /** Text to binary address. Returns 1 for a valid address. */
  inetPton(family: number, text: string, address: number): number;
  /** Binary address to text, terminated by a zero byte. */
  inetNtop(family: number, address: number, textAt: number, textBytes: number): void;
  /** The number of an interface; 0 for an unknown name. */
  ifNametoindex(name: string): number;
  /** The name of an interface, terminated by a zero byte. Returns 0 for an unknown number. */
  ifIndextoname(index: number, textAt: number): number;
  close(fd: number): number;
  /** The event loop's descriptor, which is readable when a watched one is, or the loop has other work; −1 if unknown. */
  loopDescriptor(): number;
  /** `onReadable` is called outside of the normal handling of promises and exceptions: it may only record the event. */
  watch(fd: number, onReadable: (hasError: boolean) => void): Watch;
}

/** The functions of koffi that are used. Its own types may be missing, because the project must build without it. */
export interface Koffi {
  load(path: null): {
    func(name: string, result: string, parameters: string[]): (...values: unknown[]) => number;
  };
  errno(): number;
  address(bytes: Uint8Array): bigint | number;
  readonly node: {
    readonly poll?: (
      fd: number,
      events: { readonly readable: true },
      onEvent: (status: unknown) => void,
    ) => KoffiWatch;
  };
}

interface KoffiWatch extends Watch {
  start(events: { readonly readable: true }, onEvent: (status: unknown) => void): void;
}

/** A variable, so that the compiler does not resolve the import: the project must build without koffi. */
const KOFFI = 'koffi';

/** From linux/prctl.h: sets the timer slack of the calling thread, nanoseconds. */
const PR_SET_TIMERSLACK = 29;

const ARCHITECTURES = ['x64', 'arm64'];

/** Binds the calls with koffi; a reason with a remedy if that fails. */
export async function loadNativeSockets(
  platform: string = process.platform,
  architecture: string = process.arch,
  importKoffi: () => Promise<{ readonly default: Koffi }> = () => import(KOFFI),
): Promise<Decoded<NativeSockets>> {
  if (platform !== 'linux') return refused(`it needs Linux, and this is ${platform}`);
  if (!ARCHITECTURES.includes(architecture))
    return refused(`it needs x64 or arm64, and this is ${architecture}`);
  let koffi: Koffi;
  try {
    koffi = (await importKoffi()).default;
  } catch (cause) {
    return refused(`koffi cannot be loaded (${reasonOf(cause)}); install it with "npm install koffi"`);
  }
  try {
    return decoded(bindCalls(koffi));
  } catch (cause) {
    // The library is installed, so the remedy is not to install it.
    return refused(
      `koffi lacks what is needed (${reasonOf(cause)}); update it with "npm install koffi@latest"`,
    );
  }
}

function reasonOf(cause: unknown): string {
  const [message = ''] = String(cause instanceof Error ? cause.message : cause).split('\n');
  // The importing file is removed, because this text is part of reports.
  return message.replace(/ imported from .*/, '');
}

type Bind = (name: string, result: string, parameters: string[]) => (...values: unknown[]) => number;

/** Node exports libuv's functions for addons; a build without them is no obstacle. */
function loopDescriptor(bind: Bind): number {
  try {
    return bind('uv_backend_fd', 'int', ['uint64'])(bind('uv_default_loop', 'uint64', [])());
  } catch {
    return -1;
  }
}

/** Throws when the library lacks a call. */
function bindCalls(library: Koffi): NativeSockets {
  // `null` gives the running program, which is linked with its C library.
  const program = library.load(null);
  const bind: Bind = (name, result, parameters) => program.func(name, result, parameters);
  const fail = (result: number): number => (result < 0 ? -library.errno() : result);
  const { poll: watch } = library.node;
  if (typeof watch !== 'function') throw new TypeError('this version of koffi cannot watch a socket');

  const socket = bind('socket', 'int', ['int', 'int', 'int']);
  const bindSocket = bind('bind', 'int', ['int', 'uint64', 'uint']);
  const getsockname = bind('getsockname', 'int', ['int', 'uint64', 'uint64']);
  const setsockopt = bind('setsockopt', 'int', ['int', 'int', 'int', 'uint64', 'uint']);
  const getsockopt = bind('getsockopt', 'int', ['int', 'int', 'int', 'uint64', 'uint64']);
  const sendmmsg = bind('sendmmsg', 'int', ['int', 'uint64', 'uint', 'int']);
  const recvmmsg = bind('recvmmsg', 'int', ['int', 'uint64', 'uint', 'int', 'uint64']);
  const poll = bind('poll', 'int', ['uint64', 'ulong', 'int']);
  const ppoll = bind('ppoll', 'int', ['uint64', 'ulong', 'uint64', 'uint64']);
  const clockGettime = bind('clock_gettime', 'int', ['int', 'uint64']);
  const inetPton = bind('inet_pton', 'int', ['int', 'str', 'uint64']);
  const inetNtop = bind('inet_ntop', 'uint64', ['int', 'uint64', 'uint64', 'uint']);
  const ifNametoindex = bind('if_nametoindex', 'uint', ['str']);
  const ifIndextoname = bind('if_indextoname', 'uint64', ['uint', 'uint64']);
  const close = bind('close', 'int', ['int']);
  const loop = loopDescriptor(bind);
  // By default the kernel lets a thread's timers fire 50 us late to save power. If this call fails, they stay late.
  bind('prctl', 'int', ['int', 'ulong', 'ulong', 'ulong', 'ulong'])(PR_SET_TIMERSLACK, 1, 0, 0, 0);

  return {
    addressOf: (bytes) => Number(library.address(bytes)),
    socket: (family, type) => fail(socket(family, type, 0)),
    bind: (fd, address, addressBytes) => fail(bindSocket(fd, address, addressBytes)),
    getsockname: (fd, address, lengthAt) => fail(getsockname(fd, address, lengthAt)),
    setsockopt: (fd, level, option, valueAt, valueBytes) =>
      fail(setsockopt(fd, level, option, valueAt, valueBytes)),
    getsockopt: (fd, level, option, valueAt, lengthAt) =>
      fail(getsockopt(fd, level, option, valueAt, lengthAt)),
    sendmmsg: (fd, messagesAt, messages) => fail(sendmmsg(fd, messagesAt, messages, 0)),
    recvmmsg: (fd, messagesAt, messages, flags) => fail(recvmmsg(fd, messagesAt, messages, flags, 0)),
    poll: (pollfdsAt, pollfds, timeoutMs) => fail(poll(pollfdsAt, pollfds, timeoutMs)),
    preciselyPoll: (pollfdsAt, pollfds, timespecAt) => fail(ppoll(pollfdsAt, pollfds, timespecAt, 0)),
    clockGettime: (clock, timespecAt) => fail(clockGettime(clock, timespecAt)),
    inetPton: (family, text, address) => fail(inetPton(family, text, address)),
    inetNtop: (family, address, textAt, textBytes) => {
      inetNtop(family, address, textAt, textBytes);
    },
    ifNametoindex: (name) => ifNametoindex(name),
    ifIndextoname: (index, textAt) => Number(ifIndextoname(index, textAt)),
    close: (fd) => fail(close(fd)),
    loopDescriptor: () => loop,
    watch: (fd, onReadable) => {
      // libuv reports an error on the socket once and then stops watching; reading clears the error.
      const onEvent = (status: unknown): void => {
        const hasError = (status as number) < 0;
        if (hasError) handle.start({ readable: true }, onEvent);
        onReadable(hasError);
      };
      const handle = watch(fd, { readable: true }, onEvent);
      return handle;
    },
  };
}
