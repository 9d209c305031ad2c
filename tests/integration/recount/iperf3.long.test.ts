/**
 * A recount of what iperf3's datagrams went through: every knob, both ways, on both transports, from captures.
 *
 * By default each case is recounted twice, up and down, once on each transport; with TEST_ROUNDS=4 in all four ways.
 * What left must be what had to, at every position, to the bit. Its times must be possible: never before it was due, all
 * of them within `LATE_MAX_NS`, and some within `LATE_LEAST_NS`, for a machine that is busy now has a free moment then.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ROUNDS, claimsAbout } from '../foreign/foreign.ts';
import { inFolder, run } from '../program.ts';
import { CASES, SHARED } from './cases.ts';
import type { Case } from './cases.ts';
import { readKnobs } from './knobs.ts';
import { recount } from './recount.ts';
import type { Capture, Recounted } from './recount.ts';
import { recountShared } from './shared.ts';
import { fixedPort, runWatched, whyNoCapture } from './wire.ts';
import type { Flow } from './wire.ts';

const test = suite('the recount of iperf3');
const claim = claimsAbout(test, 'iperf3', 'iperf3');
const noCapture = await whyNoCapture();

/** 64 of them, joined, fit into a page of memory. */
const SIZE_BYTES = 56;
/** One second of 1000 datagrams. */
const CLIENT = '-b 448K -t 1'.split(' ');
const LEAST_DATAGRAMS = 200;
/** Where iperf3 has its number; its opening and the answer are shorter. */
const NUMBER_AT = 8;
const indexOf = (payload: Buffer): number | null =>
  payload.length < NUMBER_AT + 4 ? null : payload.readUInt32BE(NUMBER_AT);

const LATE_MAX_NS = 30e9;
/** Below the delay of one of the cases, so that a delay that is taken twice is found. */
const LATE_LEAST_NS = 4e9;

/** The kernel stamps at once, so that on `linux` most fit together as they were seen, unless it is held up between two clocks. */
const STAMP_NS = 300e3;
/** How much later than it was seen any datagram may have been read, or stamped. */
const SLACK_NS = { linux: 200e6, node: 4e9 };

interface Way {
  readonly direction: 'up' | 'down';
  readonly transport: 'linux' | 'node';
}
const WAYS: readonly Way[] = [
  { direction: 'up', transport: 'linux' },
  { direction: 'down', transport: 'node' },
  { direction: 'down', transport: 'linux' },
  { direction: 'up', transport: 'node' },
];

function isLostBefore({ loses }: Case, payload: Buffer): boolean {
  const index = indexOf(payload);
  return index !== null && loses?.(index) === true;
}

const wordsOf = ({ preset, flags }: Case): string[] =>
  `${preset === undefined ? '' : `--preset ${preset}`} ${flags}`.trim().split(' ');

/** The flags that a case comes to. */
async function flagsOf(one: Case): Promise<string> {
  if (one.preset === undefined) return one.flags;
  const { stdout } = await run(['scenario', 'show', one.preset, '--json'], '.');
  const { directions } = JSON.parse(stdout) as { directions: { down: { flags: string } } };
  // A flag that is given beside a preset wins: the last one does.
  return `${directions.down.flags} ${one.flags}`.trim();
}

async function watch(one: Case, { direction, transport }: Way): Promise<readonly Flow[]> {
  const options = ['--protocol', 'field:u32be@8=1', '--direction', direction, '--transport', transport];
  const more = (one.iperf3 ?? []).join(' ').replace('{port}', String(await fixedPort()));
  const iperf3 = [...CLIENT, ...(direction === 'down' ? ['-R'] : []), ...more.split(' ').filter(Boolean)];
  let flows: readonly Flow[] = [];
  await inFolder(async (folder) => {
    flows = await runWatched(folder, {
      // A machine that is held up must not make the proxy take the stream for over.
      proxy: [...options, '--hold-max', '30s', '--seed', one.name, ...wordsOf(one)],
      iperf3,
      sizeBytes: SIZE_BYTES,
      tests: one.tests ?? 1,
      loses: one.loses === undefined ? null : (payload) => isLostBefore(one, payload),
    });
  });
  return flows;
}

const judge = (capture: Capture, flags: string, key: string, slackNs: number): Recounted =>
  recount(capture, { knobs: readKnobs(flags), key, indexOf, slackNs });

async function judgeAll(flows: readonly Flow[], one: Case, { direction, transport }: Way): Promise<void> {
  const slackNs = SLACK_NS[transport];
  const flags = await flagsOf(one);
  for (const [k, flow] of flows.entries()) {
    const its = judge(flow[direction], flags, `${one.name}/${k + 1}/${direction}`, slackNs);
    assert.ok(its.entered > LEAST_DATAGRAMS, `${its.entered} entered`);
    assert.equal(its.faults.slice(0, 5), [], `${its.faults.length} faults`);
    assert.ok(Math.max(0, ...its.lateNs) < LATE_MAX_NS, `late by ${Math.max(...its.lateNs)} ns`);
    if (its.lateNs.length > 0)
      assert.ok(
        Math.min(...its.lateNs) < LATE_LEAST_NS,
        `late by ${Math.min(...its.lateNs)} ns, all of them`,
      );
    const shifted = its.shiftsNs.filter((shiftNs) => shiftNs > STAMP_NS).length;
    if (transport === 'linux')
      assert.ok(shifted * 2 <= its.shiftsNs.length, `${shifted} of ${its.shiftsNs.length} were read late`);
    const other = direction === 'up' ? 'down' : 'up';
    assert.equal(
      judge(flow[other], '', `${one.name}/${k + 1}/${other}`, slackNs).faults,
      [],
      `the way ${other}`,
    );
  }
}

/** One thing that is wrong with what left. */
const WRONG: readonly (readonly [
  what: string,
  spoil: (left: Capture['left'], at: number) => Capture['left'],
])[] = [
  ['is lost', (left, at) => left.toSpliced(at, 1)],
  ['left twice', (left, at) => left.toSpliced(at, 0, left[at] as Capture['left'][0])],
  ['left behind another', swap],
  ['has a flipped bit', (left, at) => left.with(at, flipBit(left[at] as Capture['left'][0]))],
];

/** Swaps two neighbours that are not copies of each other. */
function swap(left: Capture['left'], at: number): Capture['left'] {
  const [one, other] = left.slice(at, at + 2) as [Capture['left'][0], Capture['left'][0]];
  return one.payload.equals(other.payload) ? swap(left, at + 1) : left.toSpliced(at, 2, other, one);
}

function flipBit({ timeNs, payload }: Capture['left'][0]): Capture['left'][0] {
  const bytes = Buffer.from(payload);
  bytes[40] = (bytes[40] as number) ^ 16;
  return { timeNs, payload: bytes };
}

/** One fate is changed in what was captured, and then another, and the recount finds each. */
function spoilEach({ entered, left }: Capture, flags: string, key: string): void {
  for (const [what, spoil] of WRONG) {
    for (const at of [100, 250, 400].map((share) => Math.floor((share * left.length) / 500))) {
      const { faults } = judge({ entered, left: spoil(left, at) }, flags, key, SLACK_NS.node);
      assert.ok(faults.length > 0, `${what} at ${at}, and nothing is found`);
    }
  }
  assert.ok(
    judge({ entered, left }, flags, `other ${key}`, SLACK_NS.node).faults.length > 0,
    'another seed, and nothing is found',
  );
}

/** Starts as many pieces of work at a time as have room, and gives each one's result when it is asked for. */
function startAll<T>(together: number, work: readonly (() => Promise<T>)[]): (() => Promise<T>)[] {
  const waiting: (() => void)[] = [];
  let running = 0;
  return work.map((one) => {
    const result = (async () => {
      if (running === together) await new Promise<void>((resolve) => waiting.push(resolve));
      else running += 1;
      try {
        return { value: await one() };
      } catch (cause) {
        return { cause };
      } finally {
        // Who waits takes its place.
        const next = waiting.shift();
        if (next === undefined) running -= 1;
        else next();
      }
    })();
    return async () => {
      const { value, cause } = (await result) as { value?: T; cause?: unknown };
      if (cause !== undefined) throw cause;
      return value as T;
    };
  });
}

/** They mostly wait. */
const TOGETHER = 6;

test('the number is read where it stands, and an opening has none', () => {
  assert.is(indexOf(Buffer.from('39383736', 'hex')), null);
  assert.is(indexOf(Buffer.from('692add3f0003f7a40000000300000000', 'hex')), 3);
});

const planned = CASES.flatMap((one, k) =>
  Array.from({ length: Math.min(ROUNDS, WAYS.length) }, (_, round) => {
    const way = WAYS[(round + 2 * (k % 2)) % WAYS.length] as Way;
    return { one, way, name: `${one.name}: all is as scheduled, ${way.direction} on ${way.transport}` };
  }),
);

if (noCapture === null) {
  const results = startAll(
    TOGETHER,
    planned.map(
      ({ one, way }) =>
        () =>
          watch(one, way),
    ),
  );
  for (const [k, { one, way, name }] of planned.entries()) {
    claim(name, async () => judgeAll((await results[k]?.()) ?? [], one, way));
  }
  const spoiled = planned.findIndex(({ one }) => one.name === 'loss, damage, copies and displacement');
  claim('one fate that is not as scheduled is found', async () => {
    const { one, way } = planned[spoiled] as (typeof planned)[0];
    const [flow] = (await results[spoiled]?.()) ?? [];
    if (flow === undefined) throw new Error('no flow');
    spoilEach(flow[way.direction], one.flags, `${one.name}/1/${way.direction}`);
  });
  for (const transport of ['linux', 'node'] as const) {
    claim(`${SHARED.name}: all is as scheduled, up on ${transport}`, async () => {
      const flows = await watch(
        { ...SHARED, flags: `--shared ${SHARED.flags}` },
        { direction: 'up', transport },
      );
      assert.is(flows.length, 4);
      const faults = recountShared(
        flows.map(({ up }) => up),
        (flow) => ({
          knobs: readKnobs(SHARED.flags),
          key: `${SHARED.name}/${flow}/up`,
          indexOf,
          slackNs: SLACK_NS[transport],
        }),
      );
      assert.equal(faults.slice(0, 5), [], `${faults.length} faults`);
    });
  }
} else {
  for (const { name } of planned) test.skip(`${name} (tcpdump cannot watch loopback: ${noCapture})`);
}

test.run();
