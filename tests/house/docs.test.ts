/** The pages tell the truth about what can be checked: links, commands, options, metrics, columns. */
import type { Command } from 'commander';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KNOBS } from '../../harness/impairment/knobs.ts';
import { columnsOf } from '../../harness/report/tables.ts';
import { throughputTable } from '../../harness/report/terminal.ts';
import type { TableName } from '../../harness/report/tables.ts';
import { buildCommands } from '../commands.ts';
import { METRIC_NAMES } from '../../src/metrics/catalogue.ts';
import { Spectator } from '../../src/service/spectator.ts';
import { DatagramBatch } from '../../src/net/batch.ts';
import { MatchSource } from '../../src/stream/matchSource.ts';
import {
  findCommandLines,
  findExamples,
  findLinks,
  findOptions,
  findSamples,
  findTranscripts,
  headingNames,
} from './docs.ts';
import { ENVIRONMENT_CODES, USAGE_CODES } from '../../src/base/errors.ts';
import { listFiles, readText } from './source.ts';

const rule = suite('the rules for pages');

rule('links are found in prose, not in code, and lead somewhere from where the page is', () => {
  const page =
    'a [b](c.md#d-e), `[no](no.md)`, [site](https://x.org)\n\n    [no](no.md)\n[up](../f.md) [g](#h)';
  assert.equal(findLinks('docs/a.md', page), [
    { path: 'docs/c.md', heading: 'd-e', line: 1 },
    { path: 'f.md', heading: null, line: 4 },
    { path: 'docs/a.md', heading: 'h', line: 4 },
  ]);
});

rule('a heading is linked to by its words', () => {
  assert.equal(headingNames('# The `.jsonl`, line 1\ntext\n## Über_alles?\n'), [
    'the-jsonl-line-1',
    'über_alles',
  ]);
});

rule('command lines are found in blocks and between backticks, whole, without comments', () => {
  const page =
    'matchstream is prose\n\n```\n$ npx matchstream run --short   # --not this\n```\n' +
    'see `matchstream record --out a`, `matchstream`\n\n    matchstream replay \\\n      --drop 5% -- a --b\n`npm start -- --seed 1`';
  assert.equal(
    findCommandLines(page).map(({ words }) => words.join(' ')),
    ['run --short', 'record --out a', 'replay --drop 5%', 'run --seed 1'],
  );
});

rule('an option by itself is found between backticks only', () => {
  assert.equal(findOptions('`--drop 5%` and --reorder, `a --b`'), [{ name: '--drop', line: 1 }]);
});

rule('a transcript is a command with all it prints', () => {
  const page = 'a\n```console\n$ b c\nd\n\ne\n$ f\n```\n```text\n$ g\n```\n';
  assert.equal(findTranscripts(page), [
    { command: 'b c', output: 'd\n\ne\n', line: 3 },
    { command: 'f', output: '', line: 7 },
  ]);
});

rule('a sample is a command with some of what it prints', () => {
  const page = '```text\nno command\n```\n\n```text\n$ npx b c\nd\n\ne\n```\n\n```console\n$ f\n```\n';
  assert.equal(findSamples(page), [{ command: 'npx b c', output: 'd\n\ne\n' }]);
});

rule('an example is a program with what it prints', () => {
  const page = '```ts\na();\n```\n\n```text\nb\n```\n\n```ts\nno output\n```\n';
  assert.equal(findExamples(page), [{ program: 'a();\n', output: 'b\n' }]);
});

rule.run();

const project = suite('the pages');

const ROOT = join(import.meta.dirname, '..', '..');
const docs = listFiles('docs').filter((path) => path.endsWith('.md'));
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'examples/README.md',
  'recordings/README.md',
  'reports/README.md',
  ...docs,
];
const pages = PAGES.map((path) => ({ path, text: readText(path) }));
const textOf = (path: string): string => pages.find((page) => page.path === path)?.text ?? '';

const commands = await buildCommands();
const optionsOf = (command: Command): string[] => [
  '--help',
  ...command.options.flatMap(({ long }) => (typeof long === 'string' ? [long] : [])),
];
const anyOption = new Set([...commands.values()].flatMap(optionsOf));
/** Options of other programs that the pages name by themselves: those of the test runner, and npm's. */
const OTHERS = ['--long', '--jobs', '--version'];

project('every link leads to a file, and to a heading that is there', () => {
  const broken = pages.flatMap(({ path, text }) =>
    findLinks(path, text)
      .filter(
        (link) =>
          !existsSync(join(ROOT, link.path)) ||
          (link.heading !== null && !headingNames(readText(link.path)).includes(link.heading)),
      )
      .map((link) => `${path}:${link.line}: ${link.path}${link.heading === null ? '' : `#${link.heading}`}`),
  );
  assert.equal(broken, []);
});

project('every command that is shown exists, with every option it is shown with', () => {
  assert.ok(commands.size >= 9);
  const wrong: string[] = [];
  let shown = 0;
  for (const { path, text } of pages) {
    for (const { words, line } of findCommandLines(text)) {
      shown += 1;
      const [name = '', sub = ''] = words;
      if (name.startsWith('--') || name === 'help') continue;
      const command = commands.get(`${name} ${sub}`) ?? commands.get(name);
      if (command === undefined) {
        wrong.push(`${path}:${line}: no command ${name}`);
        continue;
      }
      for (const word of words) {
        const option = /^--[a-z][a-z-]*/.exec(word)?.[0];
        if (option !== undefined && !optionsOf(command).includes(option))
          wrong.push(`${path}:${line}: ${name} has no ${option}`);
      }
    }
  }
  assert.equal(wrong, []);
  assert.ok(shown > 20, `only ${shown} commands were found`);
});

project('every option that is named exists', () => {
  const wrong = pages.flatMap(({ path, text }) =>
    findOptions(text)
      .filter(({ name }) => !anyOption.has(name) && !OTHERS.includes(name))
      .map(({ name, line }) => `${path}:${line}: ${name}`),
  );
  assert.equal(wrong, []);
});

project('the readme shows every command, and the index leads to every page', () => {
  const readme = textOf('README.md');
  const top = [...commands.keys()].filter((name) => !name.includes(' '));
  assert.equal(
    top.filter((name) => !readme.includes(`matchstream ${name}`)),
    [],
  );
  const linked = findLinks('docs/index.md', textOf('docs/index.md')).map(({ path }) => path);
  assert.equal(
    docs.filter((path) => path !== 'docs/index.md' && !linked.includes(path)),
    [],
  );
});

project('every code of an error is listed, with what it says, and no other', () => {
  const listed = Array.from(
    readText('docs/library.md').matchAll(/^\| `([a-z-]+)` \| (.+) \|$/gm),
    ([, code, what]) => [code, what],
  );
  assert.equal(listed, [...Object.entries(USAGE_CODES), ...Object.entries(ENVIRONMENT_CODES)]);
});

project('every metric is explained', () => {
  const page = textOf('docs/metrics.md');
  assert.equal(
    METRIC_NAMES.filter((name) => !page.includes(`\`${name}\``)),
    [],
  );
});

project('every column is listed, in its order', () => {
  const listed = docs.map(textOf).join('\n');
  const SHARED = 'schema,run,scenario,seed,clock,mode,transport';
  assert.ok(textOf('docs/reports.md').includes(SHARED));
  const tables: Record<TableName, true> = {
    comparison: true,
    ledger: true,
    ledger_causes: true,
    throughput: true,
    capacity: true,
    conversation: true,
    micro: true,
    virtual: true,
    peers: true,
    expectations: true,
    notes: true,
    reorder_density: true,
  };
  for (const table of Object.keys(tables) as TableName[]) {
    const columns = Object.keys(columnsOf(table)).join(',');
    assert.ok(columns.startsWith(`${SHARED},`));
    assert.ok(listed.includes(`\`${columns.slice(SHARED.length + 1)}\``), `${table}: ${columns}`);
  }
});

project('every knob is explained', () => {
  const page = textOf('docs/impairment.md');
  const flags = KNOBS.map((knob) => knob.flags.split(' ')[0] as string);
  assert.equal(
    flags.filter((flag) => !new RegExp(`${flag}(?![a-z-])`).test(page)),
    [],
  );
});

/** Columns of a table of the terminal: words apart by two spaces or more. */
const columnsIn = (line: string): string[] => line.trim().split(/ {2,}/);

project(
  'the figures of the benchmark stand in the columns of today, and no more is received than was sent',
  () => {
    const sample = findSamples(textOf('README.md')).find(({ command }) => command.includes(' bench '));
    const lines = (sample?.output ?? '').split('\n');
    const at = lines.findIndex((line) => line.startsWith('interval'));
    const header = columnsIn(lines[at] ?? '');
    assert.equal(header, columnsIn(throughputTable([])));
    const rows = lines.slice(at + 1, lines.indexOf('', at)).map(columnsIn);
    assert.ok(rows.length >= 5, `${rows.length} rows`);
    for (const row of rows) {
      assert.is(row.length, header.length, row.join(' '));
      const [sent, received] = ['sent/s', 'received/s'].map((name) => Number(row[header.indexOf(name)]));
      assert.ok((received as number) <= (sent as number), row.join(' '));
    }
  },
);

project('the match that the readme shows is the one of its seed', () => {
  const sample = /```text\n( +0' [^]*?)```/.exec(textOf('README.md'))?.[1] as string;
  const source = new MatchSource({ seed: '42', intervalNs: 500e6 });
  const spectator = new Spectator(false);
  const batch = new DatagramBatch(1, 2048);
  let shown = '';
  for (let count = 1; count <= 8; count += 1) {
    batch.clear();
    assert.ok(source.append(batch, count, 0));
    shown += `${spectator.lines(batch.payload(0), { colour: false, widthColumns: 100 })}\n`;
  }
  assert.ok(sample.split('\n').length > 8);
  assert.is(shown.slice(0, sample.length), sample);
});

project.run();
