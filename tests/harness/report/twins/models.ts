/** Runs whose names try to be more than text, and a clean one. */
import { formatCsv } from '../../../../harness/report/csv.ts';
import { runModelOf } from '../../../../harness/report/model/runModel.ts';
import type { RunModel } from '../../../../harness/report/model/runModel.ts';
import { account, csv, delay, environment, lost, played, point } from '../model/folder.ts';

export const modelOf = (...files: readonly [string, string][]): RunModel =>
  runModelOf(new Map(files), 'folder');

const nothing = { measured: 'not measured', difference: '', verdict: 'not measured' };

/** All kinds of tables, with something wrong in most. */
export const FULL: RunModel = modelOf(
  csv('comparison', [
    lost(1, 91),
    delay(1),
    lost(2, 106, { measured: 107, difference: 1, verdict: 'mismatch' }),
    lost(3, 0, nothing),
  ]),
  csv('ledger', [
    account(1, 1864),
    account(2, 1864, { unexplained: 1 }),
    account(3, 0, { delivered: 'not measured', unexplained: 'not measured' }),
  ]),
  csv('ledger_causes', [{ cause: 'independent', count: 91 }]),
  csv('throughput', [point(1000, 1000), point(0, 2_000_000, { limited_by: 'sender' })]),
  csv('conversation', [played(1, 12)]),
  csv('expectations', [
    { subject: 'client 1', expectation: 'lost<=3', metric: 'lost', measured: 91, result: 'not met' },
    { subject: 'client 1', expectation: 'lost<=99', metric: 'lost', measured: 91, result: 'met' },
  ]),
  csv('notes', [{ severity: 'note', note: 'linux: no koffi' }]),
  environment(),
);

/** Nothing but text, whatever it looks like. */
export const HOSTILE = [
  '<script>alert(1)</script>',
  ']]></testsuite><!--',
  '\u001B[31mred\u001B[0m\u0007',
  'abc\u202Edcb\u200F',
  "=cmd|' /C calc'!A0",
  '| a | b |\n|---|---|\n# head',
  '`` `code` [x](javascript:1) ![y](http://x) @all #1 www.x.org',
  '\uFFFE\uFFFF\u0000\uD800',
];

/** A run in which every name and every note is hostile, written by the program itself. */
export function hostileModel(): RunModel {
  const name = HOSTILE.join(' ');
  const identity = { run: name, scenario: name, seed: name, clock: 'real', mode: name, transport: name };
  const row = {
    flow: 1,
    direction: 'down',
    client: 1,
    sent: 5,
    duplicated: 0,
    dropped: 0,
    kernel_drops_proxy: 0,
    kernel_drops_client: 0,
    kernel_drop_events: 0,
    refused: 0,
    held_at_end: 0,
    delivered: 5,
    unexplained: 0,
    late_p50_us: 'none',
    late_p99_us: 'none',
    late_max_us: 'none',
  } as const;
  return modelOf(
    ['ledger.csv', formatCsv('ledger', [{ identity, rows: [row] }])],
    [
      'notes.csv',
      formatCsv('notes', [
        {
          identity,
          rows: [...HOSTILE, name].flatMap((note) => [
            { severity: 'note', note },
            { severity: 'fault', note },
          ]),
        },
      ]),
    ],
    environment({ seed: name, commandLine: ['live', '--squads', name] }),
  );
}
