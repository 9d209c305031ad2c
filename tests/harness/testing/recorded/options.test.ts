/** The name of a test's recording. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fileNameOf } from '../../../../harness/testing/recorded/options.ts';

const test = suite('the name of a recording');

for (const [name, file] of [
  ['asks for its words', 'asks-for-its-words.jsonl'],
  ['Asks: for «its» words!', 'asks-for-its-words.jsonl'],
  ['../../etc/passwd', 'etc-passwd.jsonl'],
  ['a suite > a test', 'a-suite-a-test.jsonl'],
  ['Portão marca 2 golos', 'portão-marca-2-golos.jsonl'],
  // The same letter, composed and not.
  ['e\u0301', 'é.jsonl'],
  ['x'.repeat(200), `${'x'.repeat(200)}.jsonl`],
] as const) {
  test(`${name.slice(0, 30)} is ${file.slice(0, 30)}`, () => assert.is(fileNameOf(name), file));
}

test.run();
