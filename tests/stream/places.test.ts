import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from 'fast-check';
import { AgeSet } from '../../src/stream/ageSet.ts';
import { Places, networkOf } from '../../src/stream/places.ts';
import { Registry } from '../../src/stream/registry.ts';
import type { Member } from '../../src/stream/registry.ts';

const networks = suite('what counts as one address');

networks('is an IPv4 address, a /64 of IPv6, or a link-local address with its zone', () => {
  const cases: [string, string][] = [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:db8::9', '2001:db8:0:0::/64'],
    ['2001:db8::1:0:0:9', '2001:db8:0:0::/64'],
    ['2001:db8:0:7::', '2001:db8:0:7::/64'],
    ['2001:db8:1:2:3:4:5::', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80::1%eth0'],
  ];
  for (const [address, network] of cases) assert.is(networkOf(address), network, address);
});

networks('never mixes up two of them', () => {
  const group = fc.constantFrom('0', '1', 'ab', 'ffff');
  fc.assert(
    fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
      const whole = groups.join(':');
      // What the platform's own reader makes of it, and what a URL spells: two other opinions.
      const short = new URL(`http://[${whole}]/`).hostname.slice(1, -1);
      assert.is(networkOf(short), networkOf(whole), `${short} is ${whole}`);
    }),
    { seed: 83, numRuns: 500 },
  );
});

networks.run();

const places = suite('places');

places('of one address are a quarter of all unless told otherwise, at least one', () => {
  const perAddress = [1, 3, 4, 8, 100, 4096].map((all) => new Places({ max: all }).maxPerAddress);
  assert.equal(perAddress, [1, 1, 1, 2, 25, 1024]);
});

places('that nobody has cannot be freed', () => {
  assert.throws(() => new Places({ max: 4 }).free('192.0.2.1', false), 'no place of 192.0.2.1');
});

places.run();

const ages = suite('a set that knows its oldest member');

ages('whichever members leave it, in whatever order', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(20)), { maxLength: 200 }), (steps) => {
      const set = new AgeSet<object>();
      const oracle: object[] = [];
      for (const [adds, place] of steps) {
        if (adds) {
          const member = {};
          set.add(member);
          oracle.push(member);
        } else if (oracle.length > 0) {
          const [gone] = oracle.splice(place % oracle.length, 1);
          set.delete(gone as object);
        }
        assert.is(set.oldest, oracle[0]);
        assert.is(set.size, oracle.length);
      }
      assert.equal([...set.values()], oracle);
    }),
    { seed: 84, numRuns: 300 },
  );
});

ages('through twenty thousand that come and go', () => {
  const set = new AgeSet<number>();
  for (let k = 0; k < 20_000; k += 1) {
    set.add(k);
    if (k > 0) set.delete(k - 1);
    assert.is(set.oldest, k);
    assert.is(set.size, 1);
  }
  assert.equal([...set.values()], [19_999]);
});

ages.run();

const invariants = suite('the registry against a list that is counted anew each time');

/** A generator of whole numbers, from its seed alone (xorshift32): nothing of the code under test. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

interface Noted {
  readonly member: Member;
  readonly address: string;
  readonly original: boolean;
  state: 'streaming' | 'ending' | 'gone';
  goneAt: number;
}

/** Plays random registrations and farewells, and compares everything after each step. Returns what happened, as text. */
function play(seed: number, max: number, maxPerAddress: number | undefined): string {
  const draw = numbers(seed);
  const registry = new Registry({ max, maxPerAddress });
  const perAddress = maxPerAddress ?? Math.max(1, Math.floor(max / 4));
  const share = (of: number): number => Math.max(1, Math.floor(of / 2));
  let noted: Noted[] = [];
  const left: Member[] = [];
  const story: string[] = [];
  const forget = (gone: readonly Noted[], keep: number): void => {
    const inOrder = gone.toSorted((a, b) => a.goneAt - b.goneAt);
    for (const one of inOrder.slice(0, Math.max(0, inOrder.length - keep))) {
      noted = noted.filter((other) => other !== one);
      left.push(one.member);
    }
  };
  for (let step = 1; step <= 4000; step += 1) {
    const what = draw(10);
    if (what < 6) {
      const address = `10.0.0.${draw(9)}`;
      const peer = { address, port: draw(40) };
      const original = draw(3) === 0;
      if (noted.some(({ member }) => member.peer.port === peer.port && member.peer.address === address))
        continue;
      const present = noted.filter(({ state }) => state !== 'gone');
      const here = present.filter((one) => one.address === address);
      const originals = (list: Noted[]): number => list.filter((one) => one.original).length;
      let expected: string | null = null;
      if (present.length >= max) expected = 'full';
      else if (here.length >= perAddress) expected = 'address';
      else if (original && originals(present) >= share(max)) expected = 'originals';
      else if (original && originals(here) >= share(perAddress)) expected = 'address-originals';
      assert.is(registry.refusal(peer, original), expected, `step ${step}`);
      story.push(`${address}:${peer.port} ${original} ${expected}`);
      if (expected !== null) continue;
      const member = registry.add(peer, null, { nonce: 'n', token: 't', original, nextCount: 1 });
      noted.push({ member, address, original, state: 'streaming', goneAt: 0 });
    } else if (noted.length > 0) {
      const one = noted[draw(noted.length)] as Noted;
      if (what === 6 && one.state === 'streaming') {
        registry.beginEnding(one.member, step);
        one.state = 'ending';
      } else if (what < 9 && one.state !== 'gone') {
        registry.leave(one.member, step, 'unregistered');
        one.state = 'gone';
        one.goneAt = step;
        const gone = noted.filter(({ state, original }) => state === 'gone' && original === one.original);
        forget(gone, max);
        if (!one.original) {
          const still = noted.filter(
            (other) => other.state === 'gone' && !other.original && other.address === one.address,
          );
          forget(still, perAddress);
        }
      } else if (what === 9 && draw(20) === 0) {
        const before = step - draw(200);
        registry.forgetGone(before);
        for (const original of [false, true]) {
          const old = noted.filter(
            (other) => other.state === 'gone' && other.original === original && other.goneAt < before,
          );
          forget(old, 0);
        }
      }
    }
    for (const state of ['streaming', 'ending', 'gone'] as const)
      assert.is(
        registry.count(state),
        noted.filter((one) => one.state === state).length,
        `step ${step}: ${state}`,
      );
    if (step % 50 !== 0) continue;
    assert.equal(
      [...registry.members()].map(({ id }) => id),
      noted.map(({ member }) => member.id),
    );
    const present = noted.filter(({ state }) => state !== 'gone');
    assert.equal(
      [...registry.present()].map(({ id }) => id),
      present.map(({ member }) => member.id),
    );
    assert.equal(
      registry.left.map(({ id }) => id),
      left.slice(-max).map(({ id }) => id),
    );
    assert.ok(
      noted.every(
        ({ member, state }) => member.membership === state && registry.find(member.peer) === member,
      ),
    );
  }
  return story.join('\n');
}

invariants('agree on places, shares, counts, who is kept and who is forgotten; and twice is the same', () => {
  let stories = '';
  for (const [seed, max, maxPerAddress] of [
    [1, 12, undefined],
    [2, 12, 5],
    [3, 1, 1],
    [4, 40, 7],
    [5, 7, 7],
  ] as const) {
    const story = play(seed, max, maxPerAddress);
    assert.is(play(seed, max, maxPerAddress), story);
    stories += story;
  }
  for (const what of ['null', 'full', 'address', 'originals', 'address-originals'])
    assert.ok(stories.split(` ${what}\n`).length > 20, `${what} is hardly ever met`);
});

invariants.run();
