import type { Command } from 'commander';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anyProgram } from '../../../harness/protocols/any.ts';
import { matchstream } from '../../../harness/protocols/matchstream.ts';
import { NO_IMPAIRMENT } from '../../../harness/impairment/config.ts';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import type { Knobs } from '../../../harness/impairment/knobs.ts';
import { findPreset } from '../../../harness/impairment/presets.ts';
import { buildProxyCommand } from '../../../harness/cli/proxyCommand.ts';
import { buildReplayCommand } from '../../../harness/cli/replayCommand.ts';
import { checkControl, chooseImpairment, formatImpairment } from '../../../harness/cli/impairmentOptions.ts';
import { assertRefusal } from '../../refusals.ts';

const test = suite('the impairment that options choose');

const DROPS = readKnobs({ drop: '5%' });

/** What stands beside the knobs, as the command line has it unless told. */
const BESIDE = { direction: 'down', holdMax: 1e9, impairControl: false, delayMemory: 2 ** 28 } as const;

const chosen = (options: Knobs & { readonly direction?: 'down' | 'up' | 'both' }) =>
  chooseImpairment({ ...BESIDE, ...options }, '7').impairment;

test('it is one value, with the seed and what stands beside the knobs', () => {
  assert.equal(chooseImpairment({ ...BESIDE, holdMax: 5, impairControl: true, delayMemory: 2 ** 21 }, '7'), {
    impairment: {
      seed: '7',
      down: NO_IMPAIRMENT,
      up: NO_IMPAIRMENT,
      phases: [],
      holdMaxNs: 5,
      impairControl: true,
      delayMemoryBytes: 2 ** 21,
    },
    scenario: 'flags',
    protocols: null,
  });
});

test('flags act on the way that --direction says', () => {
  for (const [direction, expected] of [
    ['down', { down: DROPS, up: NO_IMPAIRMENT }],
    ['up', { down: NO_IMPAIRMENT, up: DROPS }],
    ['both', { down: DROPS, up: DROPS }],
  ] as const) {
    const { down, up } = chosen({ drop: '5%', direction });
    assert.equal({ down, up }, expected);
  }
});

test('so does a preset', () => {
  const { down, up } = chosen({ preset: 'satellite', direction: 'up' });
  assert.equal(down, NO_IMPAIRMENT);
  assert.equal(up, readKnobs(findPreset('satellite').knobs));
  assert.not.equal(up, NO_IMPAIRMENT);
});

test('beside a scenario file, flags change only the way that they act on', () => {
  const folder = mkdtempSync(join(tmpdir(), 'matchstream-'));
  const scenario = join(folder, 'both.json');
  writeFileSync(scenario, '{"name":"both","down":{"duplicate":"1%"},"up":{"duplicate":"2%"}}');
  const { down, up } = chosen({ scenario, drop: '5%', direction: 'up' });
  rmSync(folder, { recursive: true });
  assert.equal(down, readKnobs({ duplicate: '1%' }));
  assert.equal(up, readKnobs({ duplicate: '2%', drop: '5%' }));
});

test('flags beside a scenario file with phases act on every phase', () => {
  const folder = mkdtempSync(join(tmpdir(), 'matchstream-'));
  const scenario = join(folder, 'phases.json');
  writeFileSync(
    scenario,
    '{"phases":[{"at":"0s","down":{"drop":"1%","delay":"5ms"}},{"at":"1s","up":{"delay":"9ms"}},{"at":"2s","down":{}}]}',
  );
  const impairment = chosen({ scenario, dropBurst: '1%,25%' });
  rmSync(folder, { recursive: true });
  assert.is(
    formatImpairment(impairment),
    '--drop-burst 1%,25% --delay 5ms; from 1s on: --drop-burst 1%,25% --delay 5ms; on the way up: --delay 9ms; ' +
      'from 2s on: --drop-burst 1%,25%; on the way up: --delay 9ms',
  );
  // What a phase has from the one before it is the same settings, not a copy of them.
  assert.is(impairment.phases[0]?.down, impairment.down);
});

test('the way up is told where there is anything', () => {
  assert.is(formatImpairment({ down: DROPS, up: NO_IMPAIRMENT, phases: [] }), '--drop 5%');
  assert.is(formatImpairment({ down: NO_IMPAIRMENT, up: NO_IMPAIRMENT, phases: [] }), 'none');
  assert.is(
    formatImpairment({ down: NO_IMPAIRMENT, up: DROPS, phases: [] }),
    'none; on the way up: --drop 5%',
  );
});

/** Takes these options, as a command does, or refuses them. */
function take(
  options: Knobs & { readonly direction?: 'down' | 'up' | 'both'; readonly scenario?: string },
  protocol = matchstream,
): void {
  const given = { ...BESIDE, ...options };
  checkControl(given, chooseImpairment(given, '7').impairment, protocol, '--protocol');
}

test('on the way up there are control datagrams only, which pass unless they are impaired too', async () => {
  take({ drop: '5%' });
  take({ direction: 'up' });
  await assertRefusal(() => take({ drop: '5%', direction: 'up' }), 'missing | --direction up');
  await assertRefusal(() => take({ drop: '5%', direction: 'both' }), 'missing | --direction both');
  take({ drop: '5%', direction: 'up', impairControl: true });
  take({ drop: '5%', direction: 'both', impairControl: true });
  take({ drop: '5%', direction: 'both' }, anyProgram);
});

test('so it is with a scenario file', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'matchstream-'));
  const scenario = join(folder, 'lift.json');
  writeFileSync(scenario, '{"name":"lift","up":{"duplicate":"2%"}}');
  await assertRefusal(() => take({ scenario }), `missing | ${scenario}: up`);
  take({ scenario, impairControl: true });
  take({ scenario }, anyProgram);
  rmSync(folder, { recursive: true });
});

test('knobs that no control datagram feels do nothing on the way up at all', async () => {
  await assertRefusal(
    () => take({ dropList: '3', rate: '1mbit', direction: 'up', impairControl: true }),
    'conflict | --direction up',
    '--drop-list 3 --rate 1mbit --queue 100',
  );
});

test('where the protocol is not known, nothing is control', async () => {
  await assertRefusal(
    () => take({ drop: '5%', impairControl: true }, anyProgram),
    'conflict | --impair-control',
    '--protocol',
  );
});

test('replay and proxy refuse what would do nothing before they do anything', async () => {
  const run = (command: Command, line: string) => () =>
    command.exitOverride().parseAsync(line.split(' '), { from: 'user' });
  const up = '--drop 5% --direction up';
  await assertRefusal(run(buildProxyCommand(), up), 'missing | --direction up');
  await assertRefusal(run(buildReplayCommand(), `none.jsonl ${up}`), 'missing | --direction up');
  await assertRefusal(
    run(buildProxyCommand(), '--protocol any --impair-control'),
    'conflict | --impair-control',
    '--protocol',
  );
  await assertRefusal(
    run(buildReplayCommand(), 'none.jsonl --exec true --exec-protocol any --impair-control'),
    'conflict | --impair-control',
    '--exec-protocol',
  );
});

test.run();
