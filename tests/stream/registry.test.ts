import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { encodeRegistered } from '../../src/protocol/control.ts';
import type { Peer } from '../../src/net/batch.ts';
import { Roster } from '../../src/stream/registry.ts';
import type { Member } from '../../src/stream/registry.ts';

const test = suite('the roster');

const peer = (port: number, address = '10.0.0.1'): Peer => ({ address, port });
const about = (nextCount = 1) => ({ nonce: 'n', token: 't', original: false, nextCount });

const add = (roster: Roster, port: number, wishedId: number | null = null): Member =>
  roster.add(peer(port), wishedId, about());

const leave = (roster: Roster, member: Member, nowNs: number): void =>
  roster.leave(member, nowNs, 'unregistered');

function forget(roster: Roster, member: Member): void {
  leave(roster, member, 0);
  roster.remove(member);
}

test('a new member is streaming, was sent nothing, and would be told that the stream ended before its first count', () => {
  const member = new Roster({ most: 1, mostPerAddress: 1 }).add(peer(1), null, about(12));
  const { id, membership, sent, refused, nextCount, endCount, leftBecause } = member;
  assert.equal(
    { id, membership, sent, refused, nextCount, endCount, leftBecause },
    { id: 1, membership: 'streaming', sent: 0, refused: 0, nextCount: 12, endCount: 11, leftBecause: null },
  );
});

test('a member is found by address and port, whichever object they come in', () => {
  const roster = new Roster({ most: 4, mostPerAddress: 4 });
  const member = add(roster, 7);
  assert.is(roster.find({ address: '10.0.0.1', port: 7 }), member);
  assert.is(roster.find(peer(8)), undefined);
  assert.is(roster.find(peer(7, '10.0.0.2')), undefined);
});

test('an address and port cannot be mistaken for another by how they are joined', () => {
  const roster = new Roster({ most: 4, mostPerAddress: 4 });
  roster.add({ address: '::1', port: 12 }, null, about());
  assert.is(roster.find({ address: '::', port: 112 }), undefined);
});

test('ids count from 1 in order of registration', () => {
  const roster = new Roster({ most: 4, mostPerAddress: 4 });
  assert.equal(
    [5, 6, 7].map((port) => add(roster, port).id),
    [1, 2, 3],
  );
});

test('a wish is granted while it is free, and else the next free id', () => {
  const roster = new Roster({ most: 9, mostPerAddress: 9 });
  assert.equal(
    [2, null, 2, 9, null, 9].map((wished, k) => add(roster, k + 1, wished).id),
    [2, 1, 3, 9, 4, 5],
  );
});

test('no id is above the largest on the wire, however many come after it', () => {
  const roster = new Roster({ most: 3, mostPerAddress: 3 });
  for (let k = 0; k < 5; k += 1) {
    const first = add(roster, 1, 1_000_000);
    const second = add(roster, 2);
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
    forget(roster, first);
    forget(roster, second);
  }
  assert.is(add(roster, 1).id, 6, 'and ids given are not given again soon');
});

test('a full roster adds nobody, until one of those present is gone', () => {
  const roster = new Roster({ most: 2, mostPerAddress: 2 });
  const first = add(roster, 1);
  const second = add(roster, 2);
  assert.is(roster.refusal(peer(3), false), 'full');
  leave(roster, first, 1);
  assert.is(roster.refusal(peer(3), false), null);
  add(roster, 3);
  assert.is(roster.refusal(peer(4), false), 'full');
  assert.throws(() => add(roster, 4), 'there is no place');
  roster.beginEnding(second, 2);
  assert.is(roster.refusal(peer(4), false), 'full', 'who is being told the end is present');
  assert.is(roster.find(peer(1)), first, 'who is gone is kept beside them, to answer a repeated request');
});

test('as many gone members are kept as there can be present ones; who has been gone the longest is forgotten first', () => {
  const roster = new Roster({ most: 2, mostPerAddress: 2 });
  const [a, b] = [add(roster, 1), add(roster, 2)];
  leave(roster, b, 1);
  leave(roster, a, 2);
  const c = add(roster, 3);
  leave(roster, c, 3);
  assert.equal([...roster.members()], [a, c], 'b has been gone for longer');
  assert.equal(roster.left, [b], 'and its figures are remembered');
  for (let port = 4; port <= 40; port += 1) leave(roster, add(roster, port), port);
  assert.is([...roster.members()].length, 2, 'bounded, however many come and go');
});

test('who is removed is found no more, frees its id, and is remembered', () => {
  const roster = new Roster({ most: 2, mostPerAddress: 2 });
  const member = add(roster, 1, 5);
  assert.throws(() => roster.remove(member), 'has not left');
  forget(roster, member);
  assert.is(roster.find(peer(1)), undefined);
  assert.equal(roster.left, [member]);
  assert.is(add(roster, 2, 5).id, 5);
});

test('of those who left, the most recent are remembered, as many as the roster holds', () => {
  const roster = new Roster({ most: 2, mostPerAddress: 2 });
  for (let port = 1; port <= 5; port += 1) forget(roster, add(roster, port));
  assert.equal(
    roster.left.map((member) => member.peer.port),
    [4, 5],
  );
});

test('members are counted by membership and listed in order of registration', () => {
  const roster = new Roster({ most: 4, mostPerAddress: 4 });
  const [a, b, c] = [3, 1, 2].map((port) => add(roster, port)) as [Member, Member, Member];
  leave(roster, b, 1);
  roster.beginEnding(c, 1);
  assert.equal([roster.count('streaming'), roster.count('ending'), roster.count('gone')], [1, 1, 1]);
  assert.equal([...roster.members()], [a, b, c]);
  assert.equal([...roster.present()], [a, c]);
});

test.run();
