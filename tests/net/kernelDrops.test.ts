import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { endianness } from 'node:os';
import { KernelDrops, receiverDrops } from '../../src/net/kernelDrops.ts';
import type { TableReader } from '../../src/net/kernelDrops.ts';

/** Tables by file, and how often each way of reading was used. */
function reader(udp: string, udp6: string): TableReader & { readonly readings: string[] } {
  const readings: string[] = [];
  const read = (file: string): string => {
    readings.push(file);
    return file === '/proc/net/udp6' ? udp6 : udp;
  };
  return { readings, now: read, later: (file) => Promise.resolve(read(file)) };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const test = suite("the kernel's table of sockets");

// As Linux 5.10 prints it on a little-endian machine.
const UDP = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops            
  134: 0100007F:3039 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 2173 2 0000000000000000 44        
  135: 00000000:303A 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 2174 2 0000000000000000 0         
 1003: 0201A8C0:303A 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 2175 2 0000000000000000 4294967295
 1004: 0100007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 2176 2 0000000000000000 3         
`;
const UDP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  134: 00000000000000000000000001000000:3039 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 3173 2 0000000000000000 7
  135: 00000000000000000000000000000000:3039 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 3174 2 0000000000000000 8
  136: B80D0120000000000000000001000000:3039 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 3175 2 0000000000000000 9
  137: 0000000000000000FFFF00000100007F:3039 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 3176 2 0000000000000000 10
`;

const dropsOf = (address: string, port: number): number | null =>
  new KernelDrops(reader(UDP, UDP6)).now({ address, port });

if (endianness() === 'LE') {
  test('gives the drops of the socket with this address and port', () => {
    assert.is(dropsOf('127.0.0.1', 12_345), 44);
    assert.is(dropsOf('0.0.0.0', 12_346), 0);
    assert.is(dropsOf('192.168.1.2', 12_346), 4_294_967_295);
    assert.is(dropsOf('127.0.0.1', 53), 3);
  });

  test('gives them for IPv6, however the address is written', () => {
    assert.is(dropsOf('::1', 12_345), 7);
    assert.is(dropsOf('::', 12_345), 8);
    assert.is(dropsOf('2001:db8::1', 12_345), 9);
    assert.is(dropsOf('2001:DB8:0:0:0:0:0:1', 12_345), 9);
    assert.is(dropsOf('::ffff:127.0.0.1', 12_345), 10);
    assert.is(dropsOf('::1%lo', 12_345), 7);
  });

  test("another program's socket is found by whom it hears as, on this machine only", () => {
    const lookUp = receiverDrops((address) => address === '192.168.1.2', new KernelDrops(reader(UDP, UDP6)));
    assert.is(lookUp({ address: '127.0.0.1', port: 12_345 }), 44, 'bound to the address');
    assert.is(lookUp({ address: '127.0.0.1', port: 12_346 }), 0, 'bound to all addresses');
    assert.is(lookUp({ address: '192.168.1.2', port: 12_345 }), 8, 'bound to all addresses of both families');
    assert.is(lookUp({ address: '127.0.0.1', port: 9 }), null, 'nobody');
    assert.is(lookUp({ address: '10.0.0.1', port: 12_346 }), null, 'another machine');
  });

  test('all who ask in one turn of the event loop are answered from one reading, and the next turn reads anew', async () => {
    const tables = reader(UDP, UDP6);
    const drops = new KernelDrops(tables);
    for (let k = 0; k < 1000; k += 1) drops.now({ address: '127.0.0.1', port: 12_345 });
    drops.now({ address: '::1', port: 12_345 });
    assert.equal(tables.readings, ['/proc/net/udp', '/proc/net/udp6']);
    await nextTurn();
    assert.is(drops.now({ address: '127.0.0.1', port: 12_345 }), 44);
    assert.is(tables.readings.length, 3);
  });

  test('all in one process share the readings; a socket that was opened after one is looked for anew', async () => {
    const tables = reader(UDP, UDP6);
    const known = { address: '127.0.0.1', port: 12_345 };
    const unknown = { address: '127.0.0.1', port: 1 };
    for (let k = 0; k < 1000; k += 1) assert.is(new KernelDrops(tables).now(known), 44);
    assert.is(tables.readings.length, 1);
    const one = new KernelDrops(tables);
    for (let k = 0; k < 1000; k += 1) assert.is(one.now(unknown), null);
    assert.is(tables.readings.length, 2);
    // Whose socket it is nobody knows, so there is nothing to look for.
    assert.is(receiverDrops(() => false, new KernelDrops(tables))(unknown), null);
    assert.equal(tables.readings.splice(0), ['/proc/net/udp', '/proc/net/udp', '/proc/net/udp6']);
    const together = Array.from({ length: 1000 }, () => new KernelDrops(tables).later([known]));
    assert.equal(
      await Promise.all(together),
      Array.from({ length: 1000 }, () => [44]),
    );
    assert.is(tables.readings.splice(0).length, 1);
    // Who asks while it is read gets what is read after that.
    const first = new KernelDrops(tables).later([known]);
    await Promise.resolve();
    await Promise.all([
      first,
      new KernelDrops(tables).later([known]),
      new KernelDrops(tables).later([known]),
    ]);
    assert.is(tables.readings.length, 2);
  });

  test('many are read together beside the event loop, and one that was not seen is looked for once more', async () => {
    const tables = reader(UDP, UDP6);
    const drops = new KernelDrops(tables);
    const known = Array.from({ length: 1000 }, () => ({ address: '127.0.0.1', port: 12_345 }));
    assert.equal(
      await drops.later(known),
      known.map(() => 44),
    );
    assert.equal(tables.readings.splice(0), ['/proc/net/udp']);
    const mixed = [...known.slice(1), { address: '::1', port: 12_345 }, { address: '127.0.0.1', port: 1 }];
    assert.equal((await drops.later(mixed)).slice(-3), [44, 7, null]);
    assert.equal(tables.readings, ['/proc/net/udp', '/proc/net/udp6', '/proc/net/udp']);
  });
}

test('knows nothing of a socket that is not in it', () => {
  assert.is(dropsOf('127.0.0.1', 12_346), null);
  assert.is(dropsOf('127.0.0.2', 12_345), null);
  assert.is(dropsOf('::2', 12_345), null);
});

test('knows nothing when it is empty, or cannot be read', async () => {
  const local = { address: '127.0.0.1', port: 12_345 };
  assert.is(new KernelDrops(reader('', '')).now(local), null);
  const missing = new KernelDrops({
    now: () => {
      throw new Error('ENOENT');
    },
    later: () => Promise.reject(new Error('ENOENT')),
  });
  assert.is(missing.now(local), null);
  assert.equal(await missing.later([local]), [null]);
});

test.run();
