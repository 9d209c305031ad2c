/** Whole replays on the virtual clock, where control datagrams are lost or the stream is long under way. */
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readImpairment } from '../../../harness/impairment/impairment.ts';
import type { Knobs } from '../../../harness/impairment/knobs.ts';
import { replayRecording } from '../../../harness/runs/replay.ts';
import type { Judgement } from '../../../harness/judge/judge.ts';
import { openRecording } from '../../../harness/recording/reader.ts';
import { RecordingWriter } from '../../../harness/recording/writer.ts';
import { buildReplayCommand } from '../../../harness/cli/replayCommand.ts';
import { temporaryFolder } from '../recording/tiny.ts';
import { countFaults } from '../judge/faults.ts';

const RECORDING = join(import.meta.dirname, '../../../recordings/match-42.jsonl');

async function replay(
  down: Knobs,
  up: Knobs,
  { clients, seed, impairControl }: { clients: number; seed: string; impairControl: boolean },
): Promise<Judgement> {
  const { judgement } = await replayRecording({
    path: RECORDING,
    run: 'test',
    mode: 'in-process',
    scenario: 'test',
    impairment: readImpairment({ seed, down, up, impairControl }),
    clock: 'virtual',
    clients,
  });
  return judgement;
}

const verdictsOf = ({ comparison }: Judgement, client: number): string[] => [
  ...new Set(comparison.filter((row) => row.client === client).map(({ verdict }) => verdict)),
];

const sharing = suite('clients that share a link');

sharing(
  'what it did to one is not measured where another was not there, and the ledger says so',
  async () => {
    const settings = { clients: 3, seed: '5', impairControl: true };
    const link = { rate: '300kbit', queue: '2', shared: true };
    const judgement = await replay(link, { drop: '80%' }, settings);
    const why = judgement.remarks.filter((remark) => remark.includes('shared link'));
    assert.equal(why, [
      'client 1 ended early: no answer, so what the shared link did to the others is not measured',
      'client 3 ended early: server silent, so what the shared link did to the others is not measured',
    ]);
    const verdicts = new Map(
      judgement.comparison.flatMap(({ client, metric, verdict }) =>
        client === 2 ? [[metric, verdict] as const] : [],
      ),
    );
    assert.equal(
      ['sent', 'malformed', 'lost', 'duplicates', 'reordered', 'delay_p50_us'].map((name) =>
        verdicts.get(name as never),
      ),
      ['match', 'match', 'not measured', 'not measured', 'not measured', 'not measured'],
    );
    assert.is(judgement.ledger[1]?.unexplained, 0);
    assert.ok((judgement.ledger[1]?.dropped ?? 0) > 0);
    assert.is(countFaults(judgement.comparison, judgement.ledger), 0);
  },
);

sharing('where all are there everything is judged', async () => {
  const settings = { clients: 3, seed: '5', impairControl: false };
  const judgement = await replay({ rate: '300kbit', queue: '2', shared: true }, {}, settings);
  for (const client of [1, 2, 3]) assert.not(verdictsOf(judgement, client).includes('mismatch'));
  assert.equal(
    judgement.comparison.filter(({ metric }) => metric === 'lost').map(({ verdict }) => verdict),
    ['match', 'match', 'match'],
  );
  assert.ok(judgement.ledger.every(({ dropped, unexplained }) => dropped > 0 && unexplained === 0));
});

sharing.run();

const unheard = suite('clients that nobody answers');

for (const [name, down, up] of [
  ['both ways', { drop: '100%' }, { drop: '100%' }],
  ['on the way up', {}, { drop: '100%' }],
  ['on the way down', { drop: '100%' }, {}],
] as const) {
  unheard(`because everything is lost ${name}: the session ends, and nothing is measured`, async () => {
    const judgement = await replay(down, up, { clients: 2, seed: '1', impairControl: true });
    for (const client of [1, 2]) {
      assert.equal(verdictsOf(judgement, client), ['not measured']);
      assert.ok(judgement.remarks.includes(`client ${client}: no answer, so nothing is measured`));
    }
    assert.equal(
      judgement.ledger.map(({ delivered, unexplained }) => ({ delivered, unexplained })),
      [
        { delivered: null, unexplained: null },
        { delivered: null, unexplained: null },
      ],
    );
    assert.is(countFaults(judgement.comparison, judgement.ledger), 0);
  });
}

unheard('or that hear nothing more, where control datagrams are lost: never a mismatch', async () => {
  for (const ratio of ['50%', '90%']) {
    for (const seed of ['1', '2', '3', '4']) {
      const lossy = { drop: ratio };
      const judgement = await replay(lossy, lossy, { clients: 3, seed, impairControl: true });
      for (const client of [1, 2, 3]) {
        const isCut = judgement.remarks.some((remark) => remark.startsWith(`client ${client}: `));
        const verdicts = verdictsOf(judgement, client);
        assert.not.ok(verdicts.includes('mismatch'), `${ratio}, seed ${seed}, client ${client}`);
        if (isCut) assert.equal(verdicts, ['not measured']);
        else assert.ok(verdicts.includes('match'));
      }
    }
  }
});

unheard('do not keep the stream from those that registered', async () => {
  // With this seed the first client's registration gets through and the second's never does.
  const judgement = await replay({}, { drop: '85%' }, { clients: 2, seed: '31', impairControl: true });
  assert.ok(judgement.remarks.includes('client 2: no answer, so nothing is measured'));
  assert.equal(verdictsOf(judgement, 2), ['not measured']);
  const { sent, delivered, unexplained } = judgement.ledger[0] as Judgement['ledger'][number];
  assert.equal({ sent, delivered, unexplained }, { sent: 52, delivered: 52, unexplained: 0 });
});

unheard.run();

const narrow = suite('a path too narrow for every datagram');

narrow('is named, with the smallest that there is', async () => {
  const remarksOf = async (mtu: string): Promise<readonly string[]> =>
    (await replay({ mtu }, {}, { clients: 1, seed: '1', impairControl: false })).remarks;
  // The shortest line of the golden match has 545 bytes.
  assert.equal(await remarksOf('545'), []);
  assert.equal(await remarksOf('544'), [
    '--mtu 544: every payload of the recording is larger, 545 bytes or more, so all are lost',
  ]);
});

narrow.run();

const delayed = suite('a stream that is long under way');

for (const delay of ['20s', '10m']) {
  delayed(`${delay}: everything arrives, so much later`, async () => {
    const judgement = await replay({ delay }, {}, { clients: 2, seed: '1', impairControl: false });
    assert.equal(judgement.remarks, []);
    for (const { sent, delivered, held_at_end, unexplained } of judgement.ledger)
      assert.equal(
        { sent, delivered, held_at_end, unexplained },
        { sent: 52, delivered: 52, held_at_end: 0, unexplained: 0 },
      );
    for (const { delay_max_us } of judgement.measured)
      assert.is(delay_max_us, delay === '20s' ? 20e6 : 600e6);
    assert.is(countFaults(judgement.comparison, judgement.ledger), 0);
  });
}

delayed('behind a slow link: the end waits for the queue', async () => {
  const judgement = await replay(
    { rate: '10kbit', queue: '1000' },
    {},
    { clients: 1, seed: '1', impairControl: false },
  );
  assert.equal(judgement.remarks, []);
  assert.is(judgement.ledger[0]?.delivered, 52);
});

delayed.run();

const others = suite('a recording with more than the stream that is played');

/** A golden match in flow 1, two datagrams of it in flow 2, and one that went up. */
async function withOtherFlows(): Promise<string> {
  const path = join(temporaryFolder(), 'flows.jsonl');
  const golden = await openRecording(RECORDING);
  const writer = new RecordingWriter(path, { ...golden.header, flows: 2 });
  for await (const batch of golden.batches()) {
    for (let row = 0; row < batch.count; row += 1) {
      const { n, timeNs, payload } = batch.frame(row);
      await writer.append(timeNs, payload, 1, 'down');
      if (n <= 2) await writer.append(timeNs, payload, 2, 'down');
      if (n === 9) await writer.append(timeNs, payload, 1, 'up');
    }
  }
  await writer.finish();
  return path;
}

const LEFT_OUT = 'left out: flow 1 up (1 datagram), flow 2 down (2 datagrams); a replay plays flow 1 down';

others('plays that stream whole, and says what it leaves out', async () => {
  const { judgement } = await replayRecording({
    path: await withOtherFlows(),
    impairment: readImpairment({ seed: '1', down: { dropList: '3' } }),
    clock: 'virtual',
    clients: 1,
  });
  assert.equal(judgement.remarks, [LEFT_OUT]);
  assert.equal(
    judgement.ledger.map(({ sent, dropped, delivered, unexplained }) => [
      sent,
      dropped,
      delivered,
      unexplained,
    ]),
    [[52, 1, 51, 0]],
  );
  assert.is(countFaults(judgement.comparison, judgement.ledger), 0);
});

others('another flow is played when it is chosen', async () => {
  const { judgement } = await replayRecording({
    path: await withOtherFlows(),
    flow: 2,
    impairment: readImpairment({ seed: '1' }),
    clock: 'virtual',
    clients: 1,
  });
  assert.equal(judgement.remarks, [
    'left out: flow 1 down (52 datagrams), flow 1 up (1 datagram); a replay plays flow 2 down',
  ]);
  assert.equal(
    judgement.ledger.map(({ sent, delivered, unexplained }) => [sent, delivered, unexplained]),
    [[2, 2, 0]],
  );
});

others('is named so at once, and again in the end', async () => {
  let printed = '';
  const { write } = process.stdout;
  process.stdout.write = (text: string | Uint8Array) => {
    printed += String(text);
    return true;
  };
  const path = await withOtherFlows();
  const report = join(temporaryFolder(), 'report');
  const args = [path, '--clock', 'virtual', '--clients', '1', '--seed', '1'];
  try {
    await buildReplayCommand().parseAsync([...args, '--report', report], { from: 'user' });
    await buildReplayCommand().parseAsync([...args, '--shrink', '--expect', 'lost<=0'], { from: 'user' });
  } finally {
    process.stdout.write = write;
    process.exitCode = 0;
  }
  const lines = printed.split('\n');
  assert.equal(
    lines.flatMap((line, k) => (line === `note: ${LEFT_OUT}` ? [k] : [])),
    [1, 5, 10],
    printed,
  );
});

others.run();
