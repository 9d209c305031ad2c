import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { PortTable } from '../../src/net/portTable.ts';

const test = suite('ports by number');

const local = (port: number) => ({ address: '127.0.0.1', port });
const portOf = (number: number) => ({ local: local(1000 + number) });

test('numbers rise and are never given twice', () => {
  const table = new PortTable();
  const first = table.add(portOf);
  assert.equal(first.local, local(1000));
  table.close(0, { local: first.local, drops: 3, coalesces: true });
  assert.equal(table.add(portOf).local, local(1001));
  assert.is(table.find(0), undefined);
  assert.equal(table.closed(0), { local: local(1000), drops: 3, coalesces: true });
  assert.equal([table.localPeer(0), table.localPeer(1)], [local(1000), local(1001)]);
  assert.is([...table.values()].length, 1);
});

test('a number that no port has had is a mistake', () => {
  const table = new PortTable();
  table.add(portOf);
  for (const number of [-1, 1, Number.NaN]) {
    assert.throws(() => table.find(number), `port ${number} was never opened`);
    assert.throws(() => table.localPeer(number), `port ${number} was never opened`);
  }
});

test('of closed ports the last 4096 are known', () => {
  const table = new PortTable();
  for (let number = 0; number < 5000; number += 1) {
    const port = table.add(portOf);
    table.close(number, { local: port.local, drops: number, coalesces: false });
  }
  assert.is(table.closed(904)?.drops, 904);
  assert.is(table.closed(903), undefined);
  assert.is(table.find(903), undefined);
  assert.throws(() => table.localPeer(903), 'port 903 was closed too long ago');
});

test.run();
