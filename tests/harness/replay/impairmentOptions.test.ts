import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NO_IMPAIRMENT } from '../../../harness/impairment/config.ts';
import { readKnobs } from '../../../harness/impairment/knobs.ts';
import { findPreset } from '../../../harness/impairment/presets.ts';
import { chooseImpairment, formatImpairments } from '../../../harness/replay/impairmentOptions.ts';

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

test.run();
