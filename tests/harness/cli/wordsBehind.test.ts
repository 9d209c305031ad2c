import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { splitCommand } from '../../../harness/cli/wordsBehind.ts';

const test = suite('a command behind --');

test('is everything behind the first --, whatever it looks like', () => {
  assert.equal(splitCommand(['node', 'cli', 'proxy', '--drop', '5%', '--', 'iperf3', '--', '--drop', '1']), {
    own: ['node', 'cli', 'proxy', '--drop', '5%'],
    command: ['iperf3', '--', '--drop', '1'],
  });
});

test('is empty where nothing follows, and none where there is no --', () => {
  assert.equal(splitCommand(['proxy', '--']), { own: ['proxy'], command: [] });
  assert.equal(splitCommand(['proxy', '--for', '1s']), { own: ['proxy', '--for', '1s'], command: null });
});

test.run();
