import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EnvironmentError, refused } from '../../src/base/errors.ts';
import { MonotonicClock } from '../../src/net/clock.ts';
import { loadNativeSockets } from '../../src/net/linux/native.ts';
import type { Koffi, NativeSockets } from '../../src/net/linux/native.ts';
import { openTransport } from '../../src/net/select.ts';
import { NO_OFFLOAD, loaded, moodyKernel } from '../net/contractKernel.ts';
import type { Moods } from '../net/contractKernel.ts';

const test = suite('the transport is chosen by what this machine can do');
const clock = new MonotonicClock();
const missing = () => Promise.resolve(refused('koffi cannot be loaded'));

async function refusalOf(load: () => ReturnType<typeof loadNativeSockets>): Promise<string> {
  try {
    await openTransport('linux', clock, load);
  } catch (cause) {
    assert.instance(cause, EnvironmentError);
    return (cause as Error).message;
  }
  return 'no refusal';
}

test('node is node:dgram, and loads nothing', async () => {
  const transport = await openTransport('node', clock, () => {
    throw new Error('loaded');
  });
  assert.is(transport.name, 'node');
  assert.is(transport.notes().length, 1);
});

test('auto falls back to node, and keeps the reason', async () => {
  const transport = await openTransport('auto', clock, missing);
  assert.is(transport.name, 'node');
  assert.is(transport.notes()[1], 'no batched system calls: koffi cannot be loaded');
});

test('linux where it does not work is the environment to blame, with a remedy', async () => {
  assert.is(
    await refusalOf(missing),
    'the linux transport does not work here: koffi cannot be loaded; or choose the transport "node" or "auto"',
  );
});

test('other systems and processors are refused by name', async () => {
  const nothing = () => Promise.reject(new Error('never asked'));
  assert.equal(
    await loadNativeSockets('darwin', 'arm64', nothing),
    refused('it needs Linux, and this is darwin'),
  );
  assert.equal(
    await loadNativeSockets('linux', 'ia32', nothing),
    refused('it needs x64 or arm64, and this is ia32'),
  );
});

test('a missing koffi is told from its error, with how to install it', async () => {
  const result = await loadNativeSockets('linux', 'x64', () =>
    Promise.reject(
      new Error("Cannot find package 'koffi' imported from /home/somebody/native.js\nsomewhere"),
    ),
  );
  assert.equal(
    result,
    refused('koffi cannot be loaded (Cannot find package \'koffi\'); install it with "npm install koffi"'),
  );
});

/** As much of koffi as loading needs, with a watch whose events the test makes. */
function fakeKoffi(events: { tell: (status: number) => void; starts: number; closes: number }) {
  const start = (_options: object, callback: (status: number) => void): void => {
    events.tell = callback;
    events.starts += 1;
  };
  const poll = (_fd: number, options: object, callback: (status: number) => void) => {
    start(options, callback);
    return { start, close: () => (events.closes += 1) };
  };
  const library = { load: () => ({ func: () => () => 0 }), node: { poll } };
  return () => Promise.resolve({ default: library as unknown as Koffi });
}

test('a socket error does not end the watch', async () => {
  const events = { tell: (_status: number): void => undefined, starts: 0, closes: 0 };
  const result = await loadNativeSockets('linux', 'x64', fakeKoffi(events));
  assert.ok(result.ok);
  let readable = 0;
  const watch = result.value.watch(3, () => (readable += 1));
  events.tell(0);
  assert.equal([readable, events.starts], [1, 1]);
  events.tell(-9);
  assert.equal([readable, events.starts], [2, 2]);
  watch.close();
  assert.is(events.closes, 1);
});

test('a koffi that is there and cannot watch sockets is to be updated, not installed', async () => {
  const library = { load: () => ({}), node: {} } as unknown as Koffi;
  const result = await loadNativeSockets('linux', 'x64', () => Promise.resolve({ default: library }));
  assert.equal(
    result,
    refused(
      'koffi lacks what is needed (this version of koffi cannot watch a socket); update it with "npm install koffi@latest"',
    ),
  );
});

function declare(real: NativeSockets): void {
  const on = (moods: Moods) => loaded(moodyKernel(real, moods).native);

  test('auto takes linux where everything works', async () => {
    const transport = await openTransport('auto', clock, on({}));
    assert.is(transport.name, 'linux');
    const port = await transport.open({ host: '127.0.0.1', port: 0 });
    assert.ok(transport.coalesces(port));
    await transport.close();
  });

  test('a kernel that refuses the options is found out', async () => {
    assert.match(await refusalOf(on(NO_OFFLOAD)), 'socket option 104 (ENOPROTOOPT)');
    const transport = await openTransport('auto', clock, on(NO_OFFLOAD));
    assert.is(transport.name, 'node');
    assert.match(transport.notes()[1] ?? '', 'ENOPROTOOPT');
  });

  test('a kernel that takes the options and ignores segments is found out', async () => {
    assert.match(
      await refusalOf(on({ ignoresSegments: true })),
      'datagrams of 100, 100, 60 bytes over loopback came as 260',
    );
  });

  test('a kernel that refuses segments on loopback is found out', async () => {
    assert.match(
      await refusalOf(on({ refuseMessage: ({ segmented }) => (segmented ? 22 : undefined) })),
      'EINVAL',
    );
  });

  test('a kernel that opens no socket is found out', async () => {
    const native: NativeSockets = { ...real, socket: () => -1 };
    assert.match(await refusalOf(loaded(native)), 'cannot listen on 127.0.0.1:0 (EPERM)');
  });

  test('a socket that never tells of arrivals is found out', async () => {
    const native: NativeSockets = {
      ...real,
      watch: () => ({ close: () => undefined, unref: () => undefined }),
    };
    assert.match(await refusalOf(loaded(native)), 'came as nothing');
  });
}

const here = await loadNativeSockets();
if (here.ok) declare(here.value);
else test.skip(here.reason);
test.run();
