import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { buildScenarioCommand } from '../../../harness/cli/scenarioCommand.ts';
import { UsageError } from '../../../src/base/errors.ts';
import { assertRefusal } from '../../refusals.ts';
import { temporaryFolder } from '../recording/tiny.ts';

const test = suite('matchstream scenario');

/** What the command prints. */
async function run(...args: string[]): Promise<string> {
  let printed = '';
  const { write } = process.stdout;
  process.stdout.write = (text: string | Uint8Array) => {
    printed += String(text);
    return true;
  };
  try {
    const command = buildScenarioCommand()
      .exitOverride()
      .configureOutput({ outputError: () => undefined });
    await command.parseAsync(args, { from: 'user' });
  } finally {
    process.stdout.write = write;
  }
  return printed;
}

test('show takes a preset, with every figure as JSON', async () => {
  const { name, directions } = JSON.parse(await run('show', 'satellite', '--json'));
  assert.is(name, 'satellite');
  assert.ok(Math.abs(directions.down.lossRatio - 0.001 / 0.201) < 1e-12);
  assert.is(directions.down.delay.p50Us > 279e3, true);
  assert.is(directions.up.flags, '');
});

test('show takes a file, and states times for the size asked for', async () => {
  const path = join(temporaryFolder(), 'lift.json');
  writeFileSync(path, '{"name":"lift","down":{"rate":"1mbit","queue":"20"}}');
  assert.match(
    await run('show', path),
    /^lift\n[^]* datagrams of 1200 bytes wait at most 192 ms and take 9\.6 ms;/,
  );
  assert.match(
    await run('show', path, '--datagram-size', '125'),
    / of 125 bytes wait at most 20 ms and take 1 ms;/,
  );
});

test('a name too long for a line is cut where it is shown, and nowhere else', async () => {
  const path = join(temporaryFolder(), 'long.json');
  const name = '⚽'.repeat(81);
  writeFileSync(path, JSON.stringify({ name }));
  assert.ok((await run('show', path)).startsWith(`${'⚽'.repeat(79)}…\n`));
  assert.is(JSON.parse(await run('show', path, '--json')).name, name);
});

test('show says which protocol a file is for, and refuses one that there is not', async () => {
  const path = join(temporaryFolder(), 'call.json');
  writeFileSync(path, '{"name":"call","protocol":"rtp/8000","protocolUp":"any","up":{"drop":"1%"}}');
  const shown = await run('show', path);
  assert.match(shown, /^call\nprotocol rtp\/8000\nprotocol on the way up any\n\ndown, /);
  assert.not.match(shown, '--impair-control');
  assert.match(await run('show', path, '--json'), '"protocol": "rtp/8000"');
  writeFileSync(path, '{"protocol":"rpt"}');
  await assertRefusal(() => run('show', path), `unknown-choice | ${path}: protocol`);
});

test('list names every preset', async () => {
  const names = (await run('list'))
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' ')[0]);
  assert.equal(names, [
    'wifi',
    'lossy-wifi',
    '4g',
    'satellite',
    'congested',
    'transatlantic',
    '3g',
    'edge',
    'starlink',
    'voip-bad',
    'bufferbloat',
    'conference-wifi',
  ]);
});

test('a name that is neither preset nor scenario is refused in one line', async () => {
  const folder = temporaryFolder();
  const bad = join(folder, 'bad.json');
  writeFileSync(bad, '{"down":{"drop":"105%"}}');
  for (const [args, refused, saying] of [
    [['show', 'nope'], 'file-unreadable | scenario show', 'wifi'],
    [['show', 'wfi'], 'file-unreadable | scenario show', 'wifi?'],
    [['show', folder], 'file-unreadable | scenario show', 'wifi'],
    [['show', bad], `value-range | ${bad}: down.drop`, '105%'],
    [['show', 'wifi', '--datagram-size', '0'], 'value-range | --datagram-size', '0'],
    [['what'], 'missing | scenario', 'what'],
    [[], 'missing | scenario', ''],
  ] as const)
    await assertRefusal(() => run(...args), refused, saying);
  assert.is(new UsageError('conflict', null, '').exitCode, 2);
});

test.run();
