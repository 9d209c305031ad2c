/**
 * A test process: runs one test file and reports on descriptor 3. `child.ts FILE LINGER_MS`.
 *
 * It never ends itself while tests run (the runner's watchdog does), and afterwards only when something that the
 * tests left open has kept it alive for LINGER_MS. Whatever is thrown outside a test ends it in Node's own way, with
 * a non-zero code.
 */
import { writeSync } from 'node:fs';
import { register } from 'node:module';
import { pathToFileURL } from 'node:url';
import { books, execGuarded } from './guardedUvu.ts';
import { MESSAGE_DESCRIPTOR } from './messages.ts';
import type { Message } from './messages.ts';

// Taken now: a test may replace the global one.
const { setTimeout } = globalThis;

const tell = (message: Message): void => {
  writeSync(MESSAGE_DESCRIPTOR, `${JSON.stringify(message)}\n`);
};

const [file, lingerMs] = process.argv.slice(2);
if (file === undefined || lingerMs === undefined) throw new Error('usage: child.ts FILE LINGER_MS');

register('./uvuRedirect.mjs', {
  parentURL: import.meta.url,
  data: { guardUrl: new URL('./guardedUvu.ts', import.meta.url).href },
});
books.onStart = (title) => tell({ kind: 'started', title });

await import(pathToFileURL(file).href);
await execGuarded();

const { passed, failed, skipped, skippedTitles, problems } = books;
tell({ kind: 'finished', passed, failed, skipped, skippedTitles, problems });

// Unreferenced: it fires only when something else keeps the process alive.
setTimeout(() => {
  tell({ kind: 'lingering', resources: process.getActiveResourcesInfo() });
  process.exit(1);
}, Number(lingerMs)).unref();
