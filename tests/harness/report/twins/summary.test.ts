import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { code, prose } from '../../../../harness/report/twins/markdown.ts';
import { drawSummary } from '../../../../harness/report/twins/summary.ts';
import { account, csv, environment, lost, point } from '../model/folder.ts';
import { FULL, HOSTILE, hostileModel, modelOf } from './models.ts';

const test = suite('summary.md');

test('of a clean run is the sentence and the short table', () => {
  const model = modelOf(
    csv('comparison', [lost(1, 91)]),
    csv('ledger', [account(1, 1864, { delivered: 1786 })]),
    environment(),
  );
  assert.is(
    drawSummary(model),
    `### ✅ Every one of 1,864 datagrams is accounted for; the client counted exactly what the schedule says.

Run \`r1\`, seed \`7\`

To see it again:

\`\`\`
matchstream replay match.jsonl --drop 5% --seed 7
\`\`\`

| session | receiver | sent | delivered | lost (expected / measured) | reordered (expected / measured) | duplicates (expected / measured) | unexplained | verdict |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
| \`flags, real\` | client 1 down | 1864 | 1786 | 91 / 91 | – | – | 0 | match |
`,
  );
});

test('of a run with faults shows them first', () => {
  const [head = '', ...rest] = drawSummary(FULL).split('\n\n');
  assert.match(head, /^### ❌ Wrong: /);
  const all = rest.join('\n\n');
  assert.match(all, /^client 2 down: lost is 107, expected 106$/m);
  assert.match(all, /^\| `lost<=3` \| `client 1` \| lost is 91 \| not met \|$/m);
  assert.match(all, /^\| `lost<=99` \| `client 1` \| lost is 91 \| met \|$/m);
  assert.match(all, /^\| `1000 us, 1 client, node` \| – \| – \| – \| 0 \| nothing \| match \|$/m);
  assert.match(all, /^- note: `linux: no koffi`$/m);
});

test('of a long run says what it leaves out', () => {
  const drawn = drawSummary(
    modelOf(
      csv(
        'throughput',
        Array.from({ length: 250 }, (_, k) => point(k + 1, 10)),
      ),
    ),
  );
  assert.is(drawn.match(/^\| `\d+ us, /gm)?.length, 100);
  assert.match(drawn, /^150 more points are in `throughput\.csv`\.$/m);
});

test('prose has no markup, and a code span ends where it is meant to', () => {
  assert.is(
    prose('a_b *c* <d> & `e` [f](g) | #1 @h ~i~'),
    'a\\_b \\*c\\* &lt;d&gt; &amp; \\`e\\` \\[f\\](g) \\| \\#1 \\@h \\~i\\~',
  );
  for (const [text, expected] of [
    ['plain', '`plain`'],
    ['a`b', '`` a`b ``'],
    ['``', '``` `` ```'],
    [' a', '`  a `'],
    ['', '` `'],
    ['a|b', '`a\\u007cb`'],
    ['a\nb\u202E', '`a\\nb\\u202e`'],
  ] as const)
    assert.is(code(text), expected);
});

test('holds foreign text in code, one line each', () => {
  const drawn = drawSummary(hostileModel());
  // oxlint-disable-next-line no-control-regex -- that there is none is the claim
  assert.not.match(drawn, /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u200F\u202E]/);
  // Outside of code nothing of it is left but escaped prose.
  const outside = drawn.replaceAll(/(`+)[^`][^]*?[^`]\1(?!`)/g, '');
  assert.not.match(outside, /<script|^# head|\]\(javascript|(?<!\\)@all/m);
  assert.is(drawn.split('\n').filter((line) => line.startsWith('- fault: ')).length, HOSTILE.length + 1);
});

test.run();
