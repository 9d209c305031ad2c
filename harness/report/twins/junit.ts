/**
 * junit.xml: a case for each verdict, each account and each expectation, for the test pages of a CI system. It has all that
 * Ant's schema asks for, and nothing that Jenkins's does not know.
 */
import { escaped } from '../../../src/base/escape.ts';
import { NOT_MEASURED } from '../../../src/base/figures.ts';
import type { Cell } from '../model/readTable.ts';
import { figure, pointOf, rowsIn, subjectOf } from '../model/rows.ts';
import type { Row } from '../model/rows.ts';
import type { DataTable, Part, RunModel } from '../model/runModel.ts';

interface Case {
  readonly suite: string;
  readonly group: string;
  readonly name: string;
  readonly result: 'passed' | 'failed' | 'skipped';
  readonly message: string;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};

/** Text for XML 1.0: what cannot stand there, nor be shown, is escaped as in JSON. */
const xml = (text: string): string =>
  escaped(text)
    .replaceAll(/[\uFFFE\uFFFF]/g, (character) => String.raw`\u${character.charCodeAt(0).toString(16)}`)
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] as string);

const suiteOf = ({ scenario, clock, transport }: Pick<Part, 'scenario' | 'clock' | 'transport'>): string =>
  `${scenario}, ${clock} clock, ${transport}`;

const suiteOfRow = (row: Row): string =>
  suiteOf({
    scenario: String(row['scenario']),
    clock: String(row['clock']),
    transport: String(row['transport']),
  });

const resultOf = (verdict: Cell | undefined): Case['result'] =>
  verdict === 'mismatch' ? 'failed' : verdict === NOT_MEASURED ? 'skipped' : 'passed';

function casesOf(model: RunModel): Case[] {
  const rows = (name: DataTable): Row[] => rowsIn(model, name);
  return [
    ...rows('ledger').map((row) => ({
      suite: suiteOfRow(row),
      group: subjectOf(row),
      name: 'every datagram is accounted for',
      result:
        row['unexplained'] === NOT_MEASURED
          ? ('skipped' as const)
          : row['unexplained'] === 0
            ? ('passed' as const)
            : ('failed' as const),
      message: `${figure(row['unexplained'])} unexplained of ${figure(row['sent'])} sent`,
    })),
    ...rows('comparison').map((row) => ({
      suite: suiteOfRow(row),
      group: subjectOf(row),
      name: String(row['metric']),
      result: resultOf(row['verdict']),
      message:
        `${row['verdict']}: measured ${figure(row['measured'])}, expected ${figure(row['expected'])}` +
        (row['expected_low'] === null && row['expected_high'] === null
          ? ''
          : ` (${figure(row['expected_low'])}..${figure(row['expected_high'])})`),
    })),
    ...rows('throughput').map((row) => ({
      suite: suiteOfRow(row),
      group: 'throughput',
      name: pointOf(row),
      result: resultOf(row['verdict']),
      message: `${row['verdict']}: sent ${figure(row['sent'])}, received ${figure(row['received'])}, limited by ${row['limited_by']}`,
    })),
    ...rows('conversation').map((row) => ({
      suite: suiteOfRow(row),
      group: `the ${row['side']}' side`,
      name: `flow ${row['flow']}`,
      result: resultOf(row['verdict']),
      message: `${figure(row['same'])} of ${figure(row['expected'])} as recorded, ${figure(row['different'])} different, ${figure(row['missing'])} missing, ${figure(row['additional'])} additional`,
    })),
    ...model.notes
      .filter(({ severity }) => severity === 'fault')
      .map((note, k) => ({
        suite: suiteOf(note),
        group: 'faults',
        name: `fault ${k + 1}`,
        result: 'failed' as const,
        message: note.text,
      })),
    ...model.expectations.map((one) => ({
      suite: suiteOf(one),
      group: one.subject,
      name: one.expectation,
      result:
        one.result === 'met'
          ? ('passed' as const)
          : one.result === 'not met'
            ? ('failed' as const)
            : ('skipped' as const),
      message: `${one.metric} is ${figure(one.measured)}: ${one.result}`,
    })),
  ];
}

function caseLine({ group, name, result, message }: Case): string {
  const open = `    <testcase classname="${xml(group)}" name="${xml(name)}" time="0"`;
  if (result === 'passed') return `${open}/>`;
  const text = xml(message);
  const inner =
    result === 'failed'
      ? `<failure message="${text}" type="mismatch">${text}</failure>`
      : `<skipped>${text}</skipped>`;
  return `${open}>${inner}</testcase>`;
}

/** Cases by suite, in order of first appearance. */
function suitesOf(cases: readonly Case[]): Map<string, Case[]> {
  const suites = new Map<string, Case[]>();
  for (const one of cases) {
    const others = suites.get(one.suite);
    if (others === undefined) suites.set(one.suite, [one]);
    else others.push(one);
  }
  return suites;
}

const count = (cases: readonly Case[], result: Case['result']): number =>
  cases.filter((one) => one.result === result).length;

export function drawJunit(model: RunModel): string {
  const { name, environment, verdict } = model;
  // Without a zone, as the schema wants it: it is UTC.
  const timestamp = (environment?.readAt ?? '1970-01-01T00:00:00Z').replace(/Z$/, '');
  const again = verdict.again === null ? '' : `\nto see it again: ${verdict.again}`;
  const suites = [...suitesOf(casesOf(model))].map(([suite, cases], k) =>
    [
      `  <testsuite package="matchstream" id="${k}" name="${xml(`${name}: ${suite}`)}" timestamp="${xml(timestamp)}" hostname="localhost" ` +
        `tests="${cases.length}" failures="${count(cases, 'failed')}" errors="0" skipped="${count(cases, 'skipped')}" time="0">`,
      '    <properties>',
      `      <property name="seed" value="${xml(model.seed ?? '')}"/>`,
      '    </properties>',
      ...cases.map(caseLine),
      `    <system-out>${xml(verdict.sentence)}${again === '' ? '' : `\n${xml(again.trimStart())}`}</system-out>`,
      '    <system-err></system-err>',
      '  </testsuite>',
    ].join('\n'),
  );
  return ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites>', ...suites, '</testsuites>', ''].join(
    '\n',
  );
}
