/** report.html as text: its verdict without a script, its policy, and that what others wrote stays text. */
import { createHash } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { drawReport } from '../../../harness/report/drawReport.ts';
import type { RunModel } from '../../../harness/report/model/runModel.ts';
import type { VerdictKind } from '../../../harness/report/model/verdict.ts';

const test = suite('report.html');

const assets = { script: 'void 0;', style: 'body{}' };

const model = (kind: VerdictKind, more: Partial<RunModel> = {}): RunModel => ({
  schema: 1,
  name: 'nightly',
  seed: '7',
  verdict: {
    kind,
    sentence: 'Something was found.',
    faults: ['client 2: lost'],
    again: 'npx matchstream replay',
  },
  expectations: [],
  notes: [],
  tables: {},
  environment: null,
  ...more,
});

/** The model in a page. */
const modelIn = (page: string): RunModel =>
  JSON.parse(inflateRawSync(Buffer.from(blockOf(page, 'run'), 'base64')).toString()) as RunModel;

const blockOf = (page: string, id: string): string =>
  (new RegExp(`<script type="[^"]+" id="${id}">([^<]*)</script>`).exec(page) as RegExpExecArray)[1] as string;

test('the verdict is there without a script: loud with its command if something is wrong, quiet otherwise', () => {
  const loud = drawReport(model('mismatch'), null, assets);
  assert.match(loud, /<header class="verdict-head bad">/);
  assert.match(loud, /<li>client 2: lost<\/li>/);
  assert.match(loud, /<code><span>npx<\/span> <span>matchstream<\/span> <span>replay<\/span><\/code>/);
  const quiet = drawReport(model('clean'), null, assets);
  assert.match(quiet, /<header class="verdict-head good">/);
  assert.not.match(quiet, /To see it again/);
  const looks = (['unexplained', 'unmet', 'cut short', 'not measured', 'none'] as const).map(
    (kind) => /verdict-head (\w+)"/.exec(drawReport(model(kind), null, assets))?.[1],
  );
  assert.equal(looks, ['bad', 'bad', 'warn', 'warn', 'plain']);
});

test('its policy allows its own script and style and no request', () => {
  const page = drawReport(model('clean'), null, assets);
  const policy = /Content-Security-Policy" content="([^"]+)"/.exec(page)?.[1]?.replaceAll('&#39;', "'") ?? '';
  const hash = (text: string): string => createHash('sha256').update(text).digest('base64');
  assert.equal(policy.split('; '), [
    "default-src 'none'",
    `script-src 'sha256-${hash('void 0;')}'`,
    `style-src 'sha256-${hash('body{}')}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ]);
});

test('texts of others end no element and begin none', () => {
  const name = `</title><script>alert(1)</script>&"'<!--`;
  const verdict = { kind: 'mismatch', sentence: name, faults: [name], again: name } as const;
  const page = drawReport(model('mismatch', { name, seed: name, verdict }), null, assets);
  // Those of the page itself: two blocks and the script.
  assert.is(page.match(/<script/g)?.length, 3);
  assert.is(page.match(/<!--/g), null);
  assert.equal(modelIn(page).name, name);
});

test('the model and the columns are in it, whole; the same input gives the same bytes', () => {
  const columns = Uint8Array.from({ length: 300 }, (_, k) => k);
  const given = model('clean');
  const page = drawReport(given, columns, assets);
  assert.equal(modelIn(page), given);
  assert.equal(Uint8Array.from(Buffer.from(blockOf(page, 'columns'), 'base64')), columns);
  assert.is(drawReport(given, columns, assets), page);
  assert.is(blockOf(drawReport(given, null, assets), 'columns'), '');
});

test.run();
