import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from 'fast-check';
import { findRepeated, readElements, readMembers, writeMembers } from '../../src/base/jsonMembers.ts';
import type { JsonMember } from '../../src/base/jsonMembers.ts';

const test = suite('members keep their source text');

test('numbers, order and repeated keys stay as written', () => {
  assert.equal(
    readMembers('{ "2":1.50, "1" : 12345678901234567890,"2":-1e400 , "__proto__":[ {"}":"\\"]"} ]\t}'),
    [
      { key: '2', json: '1.50' },
      { key: '1', json: '12345678901234567890' },
      { key: '2', json: '-1e400' },
      { key: '__proto__', json: '[ {"}":"\\"]"} ]' },
    ],
  );
  assert.equal(readMembers('{}'), []);
  assert.equal(readMembers(' {"a":{},"b":[],"c":true,"\\u0064":null}\r'), [
    { key: 'a', json: '{}' },
    { key: 'b', json: '[]' },
    { key: 'c', json: 'true' },
    { key: 'd', json: 'null' },
  ]);
});

test('what is no object has no members', () => {
  for (const text of ['', '[]', 'null', '1', '"{}"', '{', '{"a":1,}', '{"a":1}{}', '{a:1}', '\u{feff}{}']) {
    assert.is(readMembers(text), undefined, text);
  }
});

test('the first key that comes a second time is found', () => {
  const found = (text: string): string | undefined => {
    const members = readMembers(text) as JsonMember[];
    const repeated = findRepeated(members);
    return repeated === undefined ? undefined : `${repeated.key}=${repeated.json}`;
  };
  assert.is(found('{}'), undefined);
  assert.is(found('{"a":1,"b":2,"A":3}'), undefined);
  assert.is(found('{"a":1,"b":2,"b":3,"a":4}'), 'b=3');
  assert.is(found(String.raw`{"a":1,"\u0061":2}`), 'a=2');
});

test('80,000 keys take a tenth of what comparing each with all before it took', () => {
  const members = Array.from({ length: 80_000 }, (_, k) => ({ key: `key-${k}`, json: '""' }));
  const before = process.cpuUsage();
  assert.is(findRepeated(members), undefined);
  const { user, system } = process.cpuUsage(before);
  // It took 4.5 s of processor time.
  assert.ok(user + system < 450_000, `${user + system} us`);
});

const keys = fc.string({
  unit: fc.constantFrom('"', '\\', '{', '}', ',', ':', ' ', '1', 'é', '\ud800', '\n'),
});

test('any object comes back as JSON.parse sees it', () => {
  fc.assert(
    fc.property(fc.dictionary(keys, fc.jsonValue()), fc.nat(2), (object, indent) => {
      const text = JSON.stringify(object, null, indent);
      const members = readMembers(text);
      assert.ok(members !== undefined);
      assert.equal(JSON.parse(`{${writeMembers(members)}}`), JSON.parse(text));
      assert.equal(
        members.map(({ key }) => key),
        Object.keys(JSON.parse(text) as object),
      );
    }),
    { seed: 12, numRuns: 150 },
  );
});

test('the values of a list keep their source text', () => {
  assert.equal(readElements(' [ {"a":[1,2]} , 1.50,"x,]" ,[],null ] '), [
    '{"a":[1,2]}',
    '1.50',
    '"x,]"',
    '[]',
    'null',
  ]);
  assert.equal(readElements('[]'), []);
  for (const text of ['{}', '7', '[1', '[1],[2]', '1,"b":[2]', ''])
    assert.is(readElements(text), undefined, text);
});

test.run();
