/**
 * The live page as it is served: a document without data of the run, its policy, its script and style.
 *
 * What the page shows it asks for itself, from the server that it came from and from nowhere else. Knobs and presets stand in
 * the document, for they are the same as long as the program runs.
 */
import { KNOBS } from '../impairment/knobs.ts';
import { PRESETS } from '../impairment/presets.ts';
import { readBundled } from '../report/pageAssets.ts';
import type { GivenToPage } from './liveState.ts';
import type { PageFiles } from './pageRoutes.ts';

/** Its own script and style, its own server, and nothing else. */
const LIVE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** A link that flows share is so for the whole run; the text of a trace is none to type. */
const NOT_TURNED = ['shared', 'rateTrace'];

const given = (): GivenToPage => ({
  knobs: KNOBS.filter(({ name }) => !NOT_TURNED.includes(name)).map(({ name, flags, description }) => ({
    name,
    flags,
    description,
  })),
  presets: PRESETS.map(({ name, sentence, knobs }) => ({ name, sentence, knobs })),
});

/** JSON that no parser of HTML takes for markup. */
const inDocument = (value: object): string =>
  JSON.stringify(value).replace(
    /[<>&]/g,
    (character) => String.raw`\u00` + character.charCodeAt(0).toString(16),
  );

/** The document. */
const LIVE_HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>matchstream</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/live.css">
</head>
<body>
<main><p class="absent">This page is drawn by a script, which does not run here.</p></main>
<script type="application/json" id="given">${inDocument(given())}</script>
<script type="module" src="/live.js"></script>
</body>
</html>
`;

/** The page as it is served. @throws EnvironmentError if it has not been built */
export const readLivePage = (): PageFiles => ({
  html: LIVE_HTML,
  policy: LIVE_POLICY,
  script: readBundled('live/main.js'),
  style: readBundled('live/live.css'),
});
