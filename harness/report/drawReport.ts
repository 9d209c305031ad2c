/**
 * Draws `report.html`: one file with everything in it, from a run and its columns.
 *
 * The verdict is plain HTML, so it is there before any script runs, and without. The rest is drawn by the page's script
 * (harness/page) from the run's model, compressed. The page's policy allows its own script and style, by their hashes, and no request
 * to anywhere. Same input, same bytes.
 */
import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import type { RunModel } from './model/runModel.ts';
import type { VerdictKind } from './model/verdict.ts';
import { htmlText } from './htmlText.ts';

/** The page's script and style, as they are built. */
export interface PageAssets {
  readonly script: string;
  readonly style: string;
}

/** What is loud, what is quiet, and the word for it. */
const LOOKS: Readonly<Record<VerdictKind, readonly [look: string, word: string]>> = {
  clean: ['good', '✓ all matches'],
  mismatch: ['bad', '✕ mismatch'],
  unexplained: ['bad', '✕ unexplained'],
  unmet: ['bad', '✕ expectation not met'],
  'cut short': ['warn', '! cut short'],
  'not measured': ['warn', '! not measured'],
  none: ['plain', 'no verdict'],
};

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');

/** Compressed, for the rows of many clients are alike; and as base64 no parser can take it for markup. */
const packed = (value: unknown): string => base64(deflateRawSync(JSON.stringify(value)));

/** A command, of which no word is broken at the end of a line, for options are full of hyphens. */
const command = (line: string): string =>
  line
    .split(' ')
    .map((word) => `<span>${htmlText(word)}</span>`)
    .join(' ');

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** @param columns the content of columns.bin; null if there is none */
export function drawReport(run: RunModel, columns: Uint8Array | null, { script, style }: PageAssets): string {
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${htmlText(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${htmlText(run.name)}: ${htmlText(run.verdict.kind)}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
${verdictHead(run)}
<main><p class="absent">The drawings are made by a script, which does not run here; every figure stands in the folder's CSV files, too.</p></main>
<script type="text/plain" id="run">${packed(run)}</script>
<script type="text/plain" id="columns">${columns === null ? '' : base64(columns)}</script>
<script type="module">${script}</script>
</body>
</html>
`;
}

function verdictHead({ name, seed, verdict }: RunModel): string {
  const [look, word] = LOOKS[verdict.kind];
  const faults = verdict.faults.map((fault) => `<li>${htmlText(fault)}</li>`).join('');
  const isLoud = look === 'bad';
  return [
    `<header class="verdict-head ${look}">`,
    `<p class="kicker">matchstream report of ${htmlText(name)}${seed === null ? '' : `, seed ${htmlText(seed)}`}</p>`,
    `<h1><span class="word">${htmlText(word)}</span>${htmlText(verdict.sentence)}</h1>`,
    faults === '' ? '' : `<ul>${faults}</ul>`,
    isLoud && verdict.again !== null
      ? `<p class="again">To see it again:</p><pre tabindex="0"><code>${command(verdict.again)}</code></pre>`
      : '',
    '</header>',
  ]
    .filter((part) => part !== '')
    .join('\n');
}
