import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findPreset } from '../../../harness/impairment/presets.ts';
import { readScenario } from '../../../harness/impairment/scenario.ts';
import { describePreset, describeScenario } from '../../../harness/impairment/describe.ts';
import { formatPresets, formatScenario } from '../../../harness/impairment/formatScenario.ts';

const test = suite('a scenario for a person');

const format = (text: string): string =>
  formatScenario(describeScenario(readScenario(text, 'x.json'), 'x.json', 1200));

test('a preset, stage by stage', () => {
  assert.is(
    formatScenario(describePreset(findPreset('transatlantic'), 1200)),
    [
      'transatlantic: A wired path between Europe and North America: steady delay, a stray loss, a little reordering.',
      '',
      'down, from the server to its clients:',
      '  flags       --drop 0.05% --reorder 0.1% --delay 40ms --jitter 500us --distribution normal --keep-order',
      '  loss        0.05% of the datagrams, 1.001 in a row on average',
      '  reordering  0.1% of what is delivered (RFC 4737), each passed by 1 to 3 later ones',
      '  duplicates  none',
      '  corruption  none',
      '  delay       p50 40 ms, p95 40.82 ms, p99 41.17 ms, p99.9 41.53 ms, as drawn; order is kept, so where datagrams follow closely the quick wait for the slow',
      '  rate        not limited',
      '',
      'up, from the clients to the server: untouched',
      '',
    ].join('\n'),
  );
});

test('what is listed, timed or limited is said as it is', () => {
  assert.is(
    format(
      '{"name":"all","down":{"dropList":"3,7-9","outage":"2s..3s,10s..10500ms","jitter":"5ms","reorderList":"17:3",' +
        '"duplicate":"1%","duplicateList":"4","corrupt":"0.1%","rate":"1500kbit","queue":"10"},"up":{"drop":"100%","delay":"10ms"}}',
    ),
    [
      'all',
      '',
      'down, from the server to its clients:',
      '  flags       --drop-list 3,7-9 --outage 2s..3s,10s..10500ms --corrupt 0.1% --duplicate 1% --duplicate-list 4 ' +
        '--reorder-list 17:3 --delay 0 --jitter 5ms --distribution uniform --rate 1500kbit --queue 10',
      '  loss        datagrams 3,7-9; everything from 2s up to 3s and from 10s up to 10500ms of media time',
      '  reordering  datagrams 17:3 (index:later ones that pass it); by jitter too, by an amount that no setting knows: ' +
        'it depends on how close datagrams follow each other (--keep-order forbids it)',
      '  duplicates  a copy of 1% of what is delivered; a copy of 4',
      '  corruption  one bit flipped in 0.1% of what is delivered: lost to a receiver that checks',
      '  delay       p50 0 ms, p95 4.5 ms, p99 4.9 ms, p99.9 4.99 ms',
      '  rate        1500kbit, a queue of 10: datagrams of 1200 bytes wait at most 64 ms and take 6.4 ms; what finds the queue full is lost',
      '',
      'up, from the clients to the server:',
      '  flags       --drop 100% --delay 10ms',
      '  loss        100% of the datagrams',
      '  reordering  none',
      '  duplicates  none',
      '  corruption  none',
      '  delay       10 ms, always',
      '  rate        not limited',
      "  (a matchstream client's datagrams are control: --impair-control impairs them)",
      '',
    ].join('\n'),
  );
});

test('a name from a file cannot colour the terminal, nor begin a line, and is seen to try', () => {
  assert.is(
    format(String.raw`{"name":"li\u001b[31mft","description":"a\nb"}`).split('\n', 1)[0],
    String.raw`li\u001b[31mft: a\nb`,
  );
});

test('every preset is listed, a line each', () => {
  const lines = formatPresets().trimEnd().split('\n');
  assert.is(lines.length, 12);
  assert.match(lines[0] as string, /^wifi {13}Wi-Fi at home/);
});

test('phases: when each begins, for how long, and what is as before', () => {
  assert.is(
    format('{"name":"train","phases":[{"at":"0s","down":{"drop":"1%"}},{"at":"1500ms","up":{"mtu":"500"}}]}'),
    [
      'train',
      '',
      'phase 1, from 0s on, for 1500ms',
      '',
      'down, from the server to its clients:',
      '  flags       --drop 1%',
      '  loss        1% of the datagrams, 1.01 in a row on average',
      '  reordering  none',
      '  duplicates  none',
      '  corruption  none',
      '  delay       none',
      '  rate        not limited',
      '',
      'up, from the clients to the server: untouched',
      '',
      'phase 2, from 1500ms on',
      '',
      'down, from the server to its clients: as before',
      '',
      'up, from the clients to the server:',
      '  flags       --mtu 500',
      '  loss        every payload of more than 500 bytes',
      '  reordering  none',
      '  duplicates  none',
      '  corruption  none',
      '  delay       none',
      '  rate        not limited',
      "  (a matchstream client's datagrams are control: --impair-control impairs them)",
      '',
    ].join('\n'),
  );
});

test.run();
