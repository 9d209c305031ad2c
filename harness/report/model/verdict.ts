/**
 * The verdict on a finished run: one word for programs, and a sentence that a person would say.
 *
 * It judges tables that it is given; every figure in the sentence stands in one of them.
 */
import type { Interrupt } from '../../../src/base/errors.ts';
import { formatNumber } from '../../../src/base/figures.ts';
import { capacityFinding, throughputFinding } from './benchFinding.ts';
import { conversationFinding } from './conversationFinding.ts';
import { be, grouped, many, NO_FINDING } from './finding.ts';
import type { Finding } from './finding.ts';
import { rowsIn } from './rows.ts';
import type { Row } from './rows.ts';
import type { DataTable, JudgedExpectation, Note, RunModel } from './runModel.ts';
import { sessionFinding } from './sessionFinding.ts';

/**
 * - `clean`: everything that was judged is as it has to be;
 * - `mismatch`: a figure is not what the schedule says, or something was noted as a fault;
 * - `unexplained`: only the ledger does not add up;
 * - `unmet`: only an expectation is not met;
 * - `cut short`: a signal ended the run; what ran is as it has to be, or nothing ran;
 * - `not measured`: a part of what was to be judged could not be, and the rest is as it has to be;
 * - `none`: nothing was to be judged.
 */
export type VerdictKind =
  | 'clean'
  | 'mismatch'
  | 'unexplained'
  | 'unmet'
  | 'cut short'
  | 'not measured'
  | 'none';

export interface Verdict {
  readonly kind: VerdictKind;
  readonly sentence: string;
  /** What is wrong, a line each; of very many the first, and how many more there are. */
  readonly faults: readonly string[];
  /** The shell command that makes the run again; null if the folder does not say it. */
  readonly again: string | null;
}

/** Whether a run with this verdict fails. */
export const isWrong = ({ kind }: Pick<Verdict, 'kind'>): boolean =>
  kind === 'mismatch' || kind === 'unexplained' || kind === 'unmet';

/** Maximum number of faults that are named. */
const MAX_FAULTS = 20;

export function verdictOf({
  tables,
  notes,
  expectations,
  interrupted,
  again,
}: Pick<RunModel, 'tables' | 'notes' | 'expectations'> & {
  readonly interrupted: Interrupt | null;
  readonly again: string | null;
}): Verdict {
  const rows = (name: DataTable): Row[] => rowsIn({ tables }, name);
  const noted = faultFinding(notes);
  const findings = [
    sessionFinding(rows('comparison'), rows('ledger')),
    conversationFinding(rows('conversation')),
    throughputFinding(rows('throughput')),
    capacityFinding(rows('capacity'), noted.wrong.length > 0),
    noted,
  ];
  const unmet = unmetFinding(expectations);
  const all = [...findings, unmet];
  const faults = all.flatMap((finding) => finding.faults);
  const more = faults.length - MAX_FAULTS;
  const hasMeasurements = (['micro', 'virtual', 'peers'] as const).some((name) => rows(name).length > 0);
  const kind = kindOf(findings, unmet, interrupted);
  return {
    kind: kind === 'not measured' && isBlank(all) && hasMeasurements ? 'none' : kind,
    sentence: sentenceOf(all, interrupted, hasMeasurements),
    faults: more > 0 ? [...faults.slice(0, MAX_FAULTS), `and ${grouped(more)} more`] : faults,
    again,
  };
}

/** Whether nothing was judged at all. */
const isBlank = (findings: readonly Finding[]): boolean =>
  findings.every(
    ({ accounted, wrong, right, missing }) =>
      accounted === 0 && wrong.length + right.length + missing.length === 0,
  );

function kindOf(findings: readonly Finding[], unmet: Finding, interrupted: Interrupt | null): VerdictKind {
  const kinds = new Set(findings.map(({ kind }) => kind));
  if (kinds.has('mismatch')) return 'mismatch';
  if (kinds.has('unexplained')) return 'unexplained';
  if (unmet.wrong.length > 0) return 'unmet';
  if (interrupted !== null) return 'cut short';
  const all = [...findings, unmet];
  return all.some(({ missing }) => missing.length > 0) || isBlank(all) ? 'not measured' : 'clean';
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

/** `a`, `a and b`, `a, b and c`. */
const listed = (texts: readonly string[]): string =>
  texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;

function sentenceOf(
  findings: readonly Finding[],
  interrupted: Interrupt | null,
  hasMeasurements: boolean,
): string {
  const of = (key: 'wrong' | 'right' | 'besides' | 'missing'): string[] =>
    findings.flatMap((finding) => finding[key]);
  const [wrong, missing] = [of('wrong'), of('missing')];
  const cut = interrupted === null ? '' : `Cut short by ${interrupted}`;
  if (isBlank(findings)) {
    if (cut !== '') return `${cut} before there was anything to judge.`;
    return hasMeasurements
      ? 'Nothing here is judged: these are measurements of this machine on that day.'
      : 'Nothing was measured, so nothing can be said.';
  }
  const accounted = findings.reduce((sum, finding) => sum + finding.accounted, 0);
  // Where datagrams are unexplained, what is said of the others would only hide them.
  const isOpen = findings.some((finding) => finding.isOpen);
  const right = [
    ...(accounted === 0 || isOpen
      ? []
      : [
          accounted === 1
            ? 'the only datagram is accounted for'
            : `every one of ${grouped(accounted)} datagrams is accounted for`,
        ]),
    ...of('right'),
  ].join('; ');
  const sentences: string[] = [];
  if (wrong.length > 0) sentences.push(`Wrong: ${listed(wrong)}.`);
  if (missing.length > 0) sentences.push(`${capital(listed(missing))}; the notes say why.`);
  if (right !== '') {
    const before = wrong.length + missing.length > 0 ? 'For the rest, ' : '';
    sentences.push(before === '' ? `${capital(right)}.` : `${before}${right}.`);
  }
  sentences.push(...of('besides'));
  if (cut === '') return sentences.join(' ');
  return `${cut}; of the part that ran: ${sentences.join(' ')}`;
}

/** What was noted as a fault. */
function faultFinding(notes: readonly Note[]): Finding {
  const faults = notes.filter(({ severity }) => severity === 'fault').map(({ text }) => text);
  if (faults.length === 0) return NO_FINDING;
  // The texts may be anybody's: they stand among the faults, not in the sentence.
  const wrong = `${many(faults.length, 'fault')} ${faults.length === 1 ? 'was' : 'were'} noted`;
  return { ...NO_FINDING, wrong: [wrong], kind: 'mismatch', faults };
}

/** What the expectations came to: an expectation is met if everything it was held against meets it. */
function unmetFinding(expectations: readonly JudgedExpectation[]): Finding {
  const named = (result: JudgedExpectation['result']): Set<string> =>
    new Set(expectations.filter((one) => one.result === result).map(({ expectation }) => expectation));
  const all = new Set(expectations.map(({ expectation }) => expectation)).size;
  const [unmet, undecided] = [named('not met').size, named('not decided').size];
  if (all === 0) return NO_FINDING;
  const which = (count: number): string =>
    all === 1 ? 'the expectation' : `${grouped(count)} of ${many(all, 'expectation')}`;
  const met = all - unmet - undecided;
  return {
    ...NO_FINDING,
    wrong: unmet === 0 ? [] : [`${which(unmet)} ${be(unmet)} not met`],
    faults: expectations.filter(({ result }) => result === 'not met').map(formatUnmetExpectation),
    besides: [
      ...(met === all
        ? [`${all === 1 ? 'The expectation is' : `All ${grouped(all)} expectations are`} met.`]
        : []),
      ...(undecided === 0 ? [] : [`${capital(which(undecided))} ${be(undecided)} not decided.`]),
    ],
  };
}

/** A line for a subject that does not meet an expectation. */
export const formatUnmetExpectation = ({
  subject,
  expectation,
  metric,
  measured,
}: Pick<JudgedExpectation, 'subject' | 'expectation' | 'metric' | 'measured'>): string =>
  `${subject} does not meet ${expectation}: ${metric} is ${
    measured === null ? 'undefined' : typeof measured === 'number' ? formatNumber(measured) : measured
  }`;
