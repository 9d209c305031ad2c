import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeRegistered } from '../../src/protocol/control.ts';
import type { Peer } from '../../src/net/batch.ts';
import { Registry } from '../../src/stream/registry.ts';
import type { Member } from '../../src/stream/registry.ts';

const test = suite('the registry');

const peer = (port: number, address = '10.0.0.1'): Peer => ({ address, port });
const about = (nextCount = 1) => ({ nonce: 'n', token: 't', original: false, nextCount });

const add = (registry: Registry, port: number, wishedId: number | null = null): Member =>
  registry.add(peer(port), wishedId, about());

const leave = (registry: Registry, member: Member, nowNs: number): void =>
  registry.leave(member, nowNs, 'unregistered');

function forget(registry: Registry, member: Member): void {
  leave(registry, member, 0);
  registry.remove(member);
}

test('a new member is streaming, was sent nothing, and would be told that the stream ended before its first count', () => {
  const member = new Registry({ max: 1, maxPerAddress: 1 }).add(peer(1), null, about(12));
  const { id, membership, sent, refused, nextCount, endCount, leftBecause } = member;
  assert.equal(
    { id, membership, sent, refused, nextCount, endCount, leftBecause },
    { id: 1, membership: 'streaming', sent: 0, refused: 0, nextCount: 12, endCount: 11, leftBecause: null },
  );
});

test('a member is found by address and port, whichever object they come in', () => {
  const registry = new Registry({ max: 4, maxPerAddress: 4 });
  const member = add(registry, 7);
  assert.is(registry.find({ address: '10.0.0.1', port: 7 }), member);
  assert.is(registry.find(peer(8)), undefined);
  assert.is(registry.find(peer(7, '10.0.0.2')), undefined);
});

test('an address and port cannot be mistaken for another by how they are joined', () => {
  const registry = new Registry({ max: 4, maxPerAddress: 4 });
  registry.add({ address: '::1', port: 12 }, null, about());
  assert.is(registry.find({ address: '::', port: 112 }), undefined);
});

test('ids count from 1 in order of registration', () => {
  const registry = new Registry({ max: 4, maxPerAddress: 4 });
  assert.equal(
    [5, 6, 7].map((port) => add(registry, port).id),
    [1, 2, 3],
  );
});

test('a wish is granted while it is free, and else the next free id', () => {
  const registry = new Registry({ max: 9, maxPerAddress: 9 });
  assert.equal(
    [2, null, 2, 9, null, 9].map((wished, k) => add(registry, k + 1, wished).id),
    [2, 1, 3, 9, 4, 5],
  );
});

test('no id is above the largest on the wire, however many come after it', () => {
  const registry = new Registry({ max: 3, maxPerAddress: 3 });
  for (let k = 0; k < 5; k += 1) {
    const first = add(registry, 1, 1_000_000);
    const second = add(registry, 2);
    for (const { id } of [first, second]) {
      encodeRegistered({
        nonce: 'n',
        client: id,
        nextCount: 1,
        timing: { intervalUs: 1, speed: 1 },
        epochUs: 0,
        keepAliveMs: 1,
      });
    }
    forget(registry, first);
    forget(registry, second);
  }
  assert.is(add(registry, 1).id, 6, 'and ids given are not given again soon');
});

test('a full registry adds nobody, until one of those present is gone', () => {
  const registry = new Registry({ max: 2, maxPerAddress: 2 });
  const first = add(registry, 1);
  const second = add(registry, 2);
  assert.is(registry.refusal(peer(3), false), 'full');
  leave(registry, first, 1);
  assert.is(registry.refusal(peer(3), false), null);
  add(registry, 3);
  assert.is(registry.refusal(peer(4), false), 'full');
  assert.throws(() => add(registry, 4), 'there is no place');
  registry.beginEnding(second, 2);
  assert.is(registry.refusal(peer(4), false), 'full', 'who is being told the end is present');
  assert.is(registry.find(peer(1)), first, 'who is gone is kept beside them, to answer a repeated request');
});

test('as many gone members are kept as there can be present ones; who has been gone the longest is forgotten first', () => {
  const registry = new Registry({ max: 2, maxPerAddress: 2 });
  const [a, b] = [add(registry, 1), add(registry, 2)];
  leave(registry, b, 1);
  leave(registry, a, 2);
  const c = add(registry, 3);
  leave(registry, c, 3);
  assert.equal([...registry.members()], [a, c], 'b has been gone for longer');
  assert.equal(registry.left, [b], 'and its figures are remembered');
  for (let port = 4; port <= 40; port += 1) leave(registry, add(registry, port), port);
  assert.is([...registry.members()].length, 2, 'bounded, however many come and go');
});

test('who is removed is found no more, frees its id, and is remembered', () => {
  const registry = new Registry({ max: 2, maxPerAddress: 2 });
  const member = add(registry, 1, 5);
  assert.throws(() => registry.remove(member), 'has not left');
  forget(registry, member);
  assert.is(registry.find(peer(1)), undefined);
  assert.equal(registry.left, [member]);
  assert.is(add(registry, 2, 5).id, 5);
});

test('of those who left, the most recent are remembered, as many as the registry holds', () => {
  const registry = new Registry({ max: 2, maxPerAddress: 2 });
  for (let port = 1; port <= 5; port += 1) forget(registry, add(registry, port));
  assert.equal(
    registry.left.map((member) => member.peer.port),
    [4, 5],
  );
});

test('members are counted by membership and listed in order of registration', () => {
  const registry = new Registry({ max: 4, maxPerAddress: 4 });
  const [a, b, c] = [3, 1, 2].map((port) => add(registry, port)) as [Member, Member, Member];
  leave(registry, b, 1);
  registry.beginEnding(c, 1);
  assert.equal([registry.count('streaming'), registry.count('ending'), registry.count('gone')], [1, 1, 1]);
  assert.equal([...registry.members()], [a, b, c]);
  assert.equal([...registry.present()], [a, c]);
});

test.run();
