/** The benchmark of the page, at its smoke size: it measures, and prints what it found. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { browserPath } from '../../bench/page/browser.ts';

const test = suite('the benchmark of the page');
const MAIN = join(import.meta.dirname, '../../dist/bench/page/main.js');
const LIMIT_MS = 180_000;

test(
  browserPath() === undefined ? 'without chromium it says what it needs' : 'prints size, time and share',
  () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, '--smoke'], {
      encoding: 'utf8',
      timeout: LIMIT_MS,
    });
    if (browserPath() === undefined) {
      assert.is(status, 3);
      assert.match(stderr, /expected chromium, found none/);
      return;
    }
    assert.is(status, 0, stderr);
    for (const way of ['at 10 us on sockets', 'on the virtual clock'])
      assert.match(
        stdout,
        new RegExp(
          `^a run of 2000 datagrams ${way}: \\d+\\.\\d s without a page, -?\\d+\\.\\d % more with it; ` +
            'the page has 0\\.\\d\\d MB, and answers a key \\d+ ms after it was opened \\(medians of 1\\)$',
          'm',
        ),
      );
  },
);

test.run();
