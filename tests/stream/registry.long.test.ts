import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Registry } from '../../src/stream/registry.ts';

const test = suite('the registry of a server that runs for years');

test('ids begin anew after the largest one on the wire', () => {
  const registry = new Registry({ max: 1 });
  let id = 0;
  for (let k = 0; k <= 1_000_000; k += 1) {
    const about = { nonce: 'n', token: 't', original: false, nextCount: 1 };
    const member = registry.add({ address: '10.0.0.1', port: 1 }, null, about);
    if (k === 999_999) assert.is(member.id, 1_000_000);
    id = member.id;
    registry.leave(member, k, 'unregistered');
    registry.remove(member);
  }
  assert.is(id, 1);
});

test.run();
