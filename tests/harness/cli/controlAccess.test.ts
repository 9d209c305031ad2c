/** Who may ask over HTTP, as the command line and the environment say. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { accessFor } from '../../../harness/cli/controlAccess.ts';
import { readAddressRange } from '../../../harness/control/access/addressRanges.ts';
import { refusalIn, thrownBy } from '../../refusals.ts';

const test = suite('access to a program over HTTP');

const TOKEN = 'MATCHSTREAM_CONTROL_TOKEN';
const before = process.env[TOKEN];
test.before.each(() => void delete process.env[TOKEN]);
test.after(() => {
  if (before === undefined) delete process.env[TOKEN];
  else process.env[TOKEN] = before;
});

test('this machine alone needs nothing', async () => {
  const { listen, access } = await accessFor({ host: 'localhost', port: 0 }, undefined, '--web');
  assert.equal(listen, { host: '127.0.0.1', port: 0 });
  assert.equal(access, { allow: [], token: null, hostName: 'localhost' });
  assert.is((await accessFor({ host: '127.0.0.1', port: 1 }, [], '--web')).access.hostName, null);
});

for (const host of ['0.0.0.0', '::', '192.0.2.1'])
  test(`${host} needs a range or a token`, async () => {
    const thrown = await thrownBy(() => accessFor({ host, port: 0 }, undefined, '--control'));
    assert.is(refusalIn(thrown as Error), 'missing | --control');
    const allow = [readAddressRange('10.0.0.0/8', '--control-allow')];
    assert.equal((await accessFor({ host, port: 0 }, allow, '--control')).access.allow, allow);
    process.env[TOKEN] = 'secret';
    assert.is((await accessFor({ host, port: 0 }, undefined, '--control')).access.token, 'secret');
  });

test('a token of no characters is refused: it would be no protection', async () => {
  process.env[TOKEN] = ' ';
  const thrown = await thrownBy(() => accessFor({ host: '127.0.0.1', port: 0 }, undefined, '--web'));
  assert.is(refusalIn(thrown as Error), `value-format | ${TOKEN}`);
});

test.run();
