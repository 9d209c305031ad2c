import type { Command } from 'commander';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NO_IMPAIRMENT } from '../../../harness/impairment/config.ts';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import type { Knobs } from '../../../harness/impairment/knobs.ts';
import { findPreset } from '../../../harness/impairment/presets.ts';
import { buildProxyCommand } from '../../../harness/cli/proxyCommand.ts';
import { buildReplayCommand } from '../../../harness/cli/replayCommand.ts';
import { checkControl, chooseImpairment, formatImpairments } from '../../../harness/cli/impairmentOptions.ts';
import { UsageError } from '../../../src/base/errors.ts';
import { messageOf } from '../recording/tiny.ts';

const test = suite('the impairment that options choose');

const DROPS = readKnobs({ drop: '5%' });

test('flags act on the way that --direction says', () => {
  const chosen = (direction: 'down' | 'up' | 'both') =>
    chooseImpairment({ drop: '5%', direction }).impairments;
  assert.equal(chosen('down'), { down: DROPS, up: NO_IMPAIRMENT });
  assert.equal(chosen('up'), { down: NO_IMPAIRMENT, up: DROPS });
  assert.equal(chosen('both'), { down: DROPS, up: DROPS });
});

test('so does a preset', () => {
  const { down, up } = chooseImpairment({ preset: 'satellite', direction: 'up' }).impairments;
  assert.equal(down, NO_IMPAIRMENT);
  assert.equal(up, readKnobs(findPreset('satellite').knobs));
  assert.not.equal(up, NO_IMPAIRMENT);
});

test('beside a scenario file, flags change only the way that they act on', () => {
  const folder = mkdtempSync(join(tmpdir(), 'matchstream-'));
  const scenario = join(folder, 'both.json');
  writeFileSync(scenario, '{"name":"both","down":{"duplicate":"1%"},"up":{"duplicate":"2%"}}');
  const { impairments } = chooseImpairment({ scenario, drop: '5%', direction: 'up' });
  rmSync(folder, { recursive: true });
  assert.equal(impairments, {
    down: readKnobs({ duplicate: '1%' }),
    up: readKnobs({ duplicate: '2%', drop: '5%' }),
  });
});

test('the way up is told where there is anything', () => {
  assert.is(formatImpairments({ down: DROPS, up: NO_IMPAIRMENT }), '--drop 5%');
  assert.is(formatImpairments({ down: NO_IMPAIRMENT, up: NO_IMPAIRMENT }), 'none');
  assert.is(formatImpairments({ down: NO_IMPAIRMENT, up: DROPS }), 'none; on the way up: --drop 5%');
});

/** What a command says of these options; null where it takes them. */
function complaint(
  options: Knobs & { readonly direction?: 'down' | 'up' | 'both'; readonly scenario?: string },
  protocol: 'matchstream' | 'any' = 'matchstream',
): string | null {
  const given = { direction: 'down', impairControl: false, ...options } as const;
  try {
    checkControl(given, chooseImpairment(given).impairments, protocol, '--protocol');
    return null;
  } catch (cause) {
    return cause instanceof UsageError ? cause.message : `${cause}`;
  }
}

const NEEDS_CONTROL =
  'expected --impair-control beside it, got none; a client of matchstream sends nothing but control datagrams, ' +
  'which pass without it: add it, or impair the way down alone';

test('on the way up there are control datagrams only, which pass unless they are impaired too', () => {
  assert.is(complaint({ drop: '5%' }), null);
  assert.is(complaint({ direction: 'up' }), null);
  assert.is(complaint({ drop: '5%', direction: 'up' }), `--direction up: ${NEEDS_CONTROL}`);
  assert.is(complaint({ drop: '5%', direction: 'both' }), `--direction both: ${NEEDS_CONTROL}`);
  assert.is(complaint({ drop: '5%', direction: 'up', impairControl: true }), null);
  assert.is(complaint({ drop: '5%', direction: 'both', impairControl: true }), null);
  assert.is(complaint({ drop: '5%', direction: 'both' }, 'any'), null);
});

test('so it is with a scenario file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'matchstream-'));
  const scenario = join(folder, 'lift.json');
  writeFileSync(scenario, '{"name":"lift","up":{"duplicate":"2%"}}');
  const said = [
    complaint({ scenario }),
    complaint({ scenario, impairControl: true }),
    complaint({ scenario }, 'any'),
  ];
  rmSync(folder, { recursive: true });
  assert.equal(said, [`${scenario}: up: ${NEEDS_CONTROL}`, null, null]);
});

test('knobs that no control datagram feels do nothing on the way up at all', () => {
  assert.is(
    complaint({ dropList: '3', rate: '1mbit', direction: 'up', impairControl: true }),
    '--direction up: expected knobs that act on control datagrams, got --drop-list 3 --rate 1mbit --queue 100; ' +
      '--drop, --drop-exact, --drop-burst, --drop-state, --mtu, --duplicate, --reorder and --delay do',
  );
});

test('where the protocol is not known, nothing is control', () => {
  assert.is(
    complaint({ drop: '5%', impairControl: true }, 'any'),
    '--impair-control: expected --protocol matchstream, got any, which impairs every datagram; leave it out',
  );
});

test('replay and proxy refuse what would do nothing before they do anything', async () => {
  const said = (command: Command, ...args: string[]): Promise<string> =>
    messageOf(() => command.exitOverride().parseAsync(args, { from: 'user' }));
  const up = ['--drop', '5%', '--direction', 'up'];
  assert.match(
    await said(buildProxyCommand(), ...up),
    'UsageError: --direction up: expected --impair-control',
  );
  assert.match(
    await said(buildReplayCommand(), 'none.jsonl', ...up),
    'UsageError: --direction up: expected --impair-control',
  );
  assert.match(
    await said(buildProxyCommand(), '--protocol', 'any', '--impair-control'),
    'UsageError: --impair-control: expected --protocol matchstream, got any',
  );
  assert.match(
    await said(
      buildReplayCommand(),
      'none.jsonl',
      '--exec',
      'true',
      '--exec-protocol',
      'any',
      '--impair-control',
    ),
    'UsageError: --impair-control: expected --exec-protocol matchstream, got any',
  );
});

test.run();
