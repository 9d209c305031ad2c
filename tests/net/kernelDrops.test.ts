import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { endianness } from 'node:os';
import { readKernelDrops } from '../../src/net/kernelDrops.ts';

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

if (endianness() === 'LE') {
  test('gives the drops of the socket with this address and port', () => {
    assert.is(readKernelDrops('127.0.0.1', 12_345, UDP), 44);
    assert.is(readKernelDrops('0.0.0.0', 12_346, UDP), 0);
    assert.is(readKernelDrops('192.168.1.2', 12_346, UDP), 4_294_967_295);
    assert.is(readKernelDrops('127.0.0.1', 53, UDP), 3);
  });

  test('gives them for IPv6, however the address is written', () => {
    assert.is(readKernelDrops('::1', 12_345, UDP6), 7);
    assert.is(readKernelDrops('::', 12_345, UDP6), 8);
    assert.is(readKernelDrops('2001:db8::1', 12_345, UDP6), 9);
    assert.is(readKernelDrops('2001:DB8:0:0:0:0:0:1', 12_345, UDP6), 9);
    assert.is(readKernelDrops('::ffff:127.0.0.1', 12_345, UDP6), 10);
  });
}

test('knows nothing of a socket that is not in it', () => {
  assert.is(readKernelDrops('127.0.0.1', 12_346, UDP), null);
  assert.is(readKernelDrops('127.0.0.2', 12_345, UDP), null);
  assert.is(readKernelDrops('::2', 12_345, UDP6), null);
});

test('knows nothing when it is empty', () => {
  assert.is(readKernelDrops('127.0.0.1', 12_345, ''), null);
});

test.run();
