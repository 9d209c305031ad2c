import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readText } from './source.ts';
import { expectedCode, findTour, staysUp } from './tour.ts';

const rule = suite('the commands of a tour');

rule('are those a reader types, in order, with what a transcript says they print', () => {
  const page =
    '    npm ci\n```console\n$ npx matchstream a\nx\n\ny\n$ cat b\n```\n```text\n$ npx matchstream c\n1\n```\n' +
    '`npx matchstream d` and `npx matchstream e --f`, `matchstream g`\n```sh\n$ h\n```\n    npx matchstream i\n';
  assert.equal(findTour(page), [
    { command: 'npx matchstream a', output: 'x\n\ny\n', line: 3 },
    { command: 'cat b', output: '', line: 7 },
    { command: 'npx matchstream c', output: null, line: 10 },
    { command: 'npx matchstream d', output: null, line: 13 },
    { command: 'npx matchstream e --f', output: null, line: 13 },
    { command: 'npx matchstream i', output: null, line: 17 },
  ]);
});

rule('stay up where they serve, and end with 1 where the page shows an expectation that is not met', () => {
  assert.ok(staysUp('npx matchstream server --seed 1'));
  assert.not(staysUp('npx matchstream client'));
  const step = { command: 'x', line: 1 };
  assert.is(expectedCode({ ...step, output: 'seed 7\nclient 2 does not meet lost<=2: lost is 4\n' }), 1);
  assert.is(expectedCode({ ...step, output: 'seed 7\n' }), 0);
  assert.is(expectedCode({ ...step, output: null }), 0);
});

rule("the README's are all there, each with a kind of its own", () => {
  const programs = findTour(readText('README.md')).map(({ command }) =>
    command
      .split(' ')
      .slice(0, command.startsWith('npx') ? 3 : 1)
      .join(' '),
  );
  for (const name of ['live', 'record', 'replay', 'bench', 'server', 'client', 'proxy'])
    assert.ok(programs.includes(`npx matchstream ${name}`), name);
  for (const name of ['sed', 'cat', 'cut']) assert.ok(programs.includes(name), name);
});

rule.run();
