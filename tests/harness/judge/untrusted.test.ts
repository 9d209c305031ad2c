import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import { untrustedBy } from '../../../harness/judge/untrusted.ts';
import { noneStruck } from '../../../harness/proxy/path/bounds.ts';
import type { StruckBounds } from '../../../harness/proxy/path/bounds.ts';

const test = suite('metrics that a bound of the proxy touches');

const PLAIN = readKnobs({ delay: '20ms', jitter: '5ms' });
const LINKED = readKnobs({ delay: '20ms', jitter: '5ms', rate: '1mbit' });
const TIMES = [
  'reorder_late_offset_max_us',
  'jitter_us',
  'jitter_mean_us',
  'jitter_max_us',
  'jitter_received_us',
  'jitter_received_mean_us',
  'jitter_received_max_us',
  'delay_p50_us',
  'delay_p95_us',
  'delay_p99_us',
  'delay_p999_us',
  'delay_max_us',
  'pdv_p50_us',
  'pdv_p95_us',
  'pdv_p99_us',
  'pdv_p999_us',
  'pdv_max_us',
  'ipdv_min_us',
  'ipdv_p50_us',
  'ipdv_p95_us',
  'ipdv_p99_us',
  'ipdv_p999_us',
  'ipdv_max_us',
  'throughput_pps',
  'throughput_bps',
];
const ORDER = [
  'reordered',
  'reordered_ratio',
  'reorder_extent_max',
  'reorder_extent_mean',
  'n_reordering_1',
  'n_reordering_2',
  'n_reordering_3',
];

const touched = (struck: Partial<StruckBounds>, config = PLAIN): readonly string[] =>
  untrustedBy({ ...noneStruck(), ...struck }, [config]).metrics.toSorted();

test('no bound touches none', () => {
  assert.equal(untrustedBy(noneStruck(), [PLAIN]), { metrics: [], remark: null });
});

test('what leaves early in order touches times alone', () => {
  for (const bound of ['memoryDelay', 'memoryLink', 'missing'] as const)
    assert.equal(touched({ [bound]: 3 }), TIMES.toSorted(), bound);
});

test('what leaves out of order touches order and times', () => {
  for (const bound of ['memoryHold', 'quiet', 'end', 'outOfStep', 'overtaken'] as const)
    assert.equal(touched({ [bound]: 1 }), [...TIMES, ...ORDER].toSorted(), bound);
});

test('the order before a link decides what finds its queue full: then losses are touched, too', () => {
  const names = touched({ overtaken: 1 }, LINKED);
  for (const name of [...TIMES, ...ORDER, 'lost', 'unique', 'received', 'duplicates', 'loss_period_max'])
    assert.ok(names.includes(name), name);
  for (const name of ['sent', 'malformed']) assert.not(names.includes(name), name);
  assert.equal(touched({ memoryLink: 1 }, LINKED), TIMES.toSorted());
});

test('the remark names bound, count and kinds', () => {
  assert.is(
    untrustedBy({ ...noneStruck(), memoryHold: 2 }, [LINKED]).remark,
    '--delay-memory was full: 2 datagrams not held back; the order is not the scheduled one; ' +
      'so not measured: order, times, losses at the link',
  );
});

test.run();
