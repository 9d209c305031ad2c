import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import * as fc from 'fast-check';
import { complain, print, printStyled } from '../../src/files/terminal.ts';
import { hostileText, unsafeCharacter, withoutStyles } from '../display/hostile.ts';

const test = suite('the one place that writes to the terminal');

/** What a call writes to one of the standard streams. */
function written(stream: 'stdout' | 'stderr', call: () => void): string {
  const real = process[stream].write;
  let text = '';
  process[stream].write = ((chunk: string) => {
    text += chunk;
    return true;
  }) as typeof real;
  try {
    call();
  } finally {
    process[stream].write = real;
  }
  return text;
}

test('a line is printed as it is, ended, and lines in their order', () => {
  assert.is(
    written('stdout', () => print('a', '', 'é: "b"')),
    'a\n\né: "b"\n',
  );
  assert.is(
    written('stdout', () => print()),
    '',
  );
  assert.is(
    written('stderr', () => complain('error: x')),
    'error: x\n',
  );
});

test('a line stays one line, whatever it says, on either stream', () => {
  const line = 'seed \u001B[2J\u009D0;t\u0007\nerror: forged\r';
  const safe = String.raw`seed \u001b[2J\u009d0;t\u0007\nerror: forged\r` + '\n';
  assert.is(
    written('stdout', () => print(line)),
    safe,
  );
  assert.is(
    written('stderr', () => complain(line)),
    safe,
  );
  fc.assert(
    fc.property(fc.array(hostileText, { minLength: 1, maxLength: 4 }), (lines) => {
      const out = written('stdout', () => print(...lines));
      assert.is(unsafeCharacter(out), null, JSON.stringify(out));
      assert.is(out.split('\n').length, lines.length + 1);
      const err = written('stderr', () => complain(lines.join('')));
      assert.is(unsafeCharacter(err), null, JSON.stringify(err));
      assert.is(err.indexOf('\n'), err.length - 1);
    }),
    { seed: 21, numRuns: 300 },
  );
});

test('what our display laid out keeps its lines and its styles, and nothing else', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const out = written('stdout', () => printStyled(`\u001B[32mGOAL\u001B[0m\n${text}`));
      assert.is(out.slice(0, 14), '\u001B[32mGOAL\u001B[0m\n');
      assert.is(unsafeCharacter(withoutStyles(out)), null, JSON.stringify(out));
    }),
    { seed: 22, numRuns: 300 },
  );
});

test('a complaint that quotes megabytes is cut', () => {
  assert.is(
    written('stderr', () => complain('x'.repeat(5000))),
    `${'x'.repeat(4000)}…\n`,
  );
});

test.run();
