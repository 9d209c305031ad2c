import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { bindFailure } from '../../src/net/bindFailure.ts';

const test = suite('a port that cannot be had');

test('the advice is one that helps against what the system says', () => {
  for (const [code, advice] of [
    ['EADDRINUSE', 'another program has it: choose another port, or 0 to have one picked'],
    ['EADDRNOTAVAIL', 'choose an address of this machine'],
    ['EACCES', 'choose a port from 1024 on: those below are for the superuser'],
    ['EAFNOSUPPORT', 'this machine has no such addresses: choose one of the other kind, such as 127.0.0.1'],
    ['EIO', 'choose another address or port'],
  ] as const) {
    assert.is(
      bindFailure({ host: '::1', port: 53 }, code).message,
      `cannot listen on [::1]:53 (${code}); ${advice}`,
    );
  }
});

test.run();
