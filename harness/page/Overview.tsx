/**
 * Every session and client of the run, a line each, and the choice of the one that the rest of the page shows.
 */
import { GroupRow, ScrollTable, verdictLook } from './ScrollTable.tsx';
import type { Column } from './ScrollTable.tsx';
import { accountOf, nameOfAccount, streamsOf, textOf, worstOf } from './run.ts';
import type { ComparisonIndex, Row, Session } from './run.ts';
import { useState } from 'preact/hooks';

export interface Choice {
  readonly session: Session;
  readonly account: string;
}

const METRICS = ['lost', 'reordered', 'duplicates'] as const;
const COLUMNS: readonly Column[] = [
  { name: 'client', isText: true },
  ...['sent', 'delivered', ...METRICS, 'unexplained'].map((name) => ({ name })),
  { name: 'verdict', isText: true },
];
const SHOWN = 20;

interface OverviewProps {
  readonly sessions: readonly Session[];
  readonly index: ComparisonIndex;
  readonly choice: Choice;
  readonly choose: (choice: Choice) => void;
}

interface Line {
  readonly session: Session;
  readonly row: Row;
  readonly account: string;
  readonly metrics: readonly Row[];
  readonly verdict: string;
}

/** What stands first. */
const isBad = (line: Line): boolean => line.verdict === 'mismatch' || isUnexplained(line);

const isUnexplained = ({ row }: Line): boolean =>
  !['0', 'not measured', ''].includes(textOf(row.cells['unexplained']));

export function Overview({ sessions, index, choice, choose }: OverviewProps) {
  const [shown, setShown] = useState(SHOWN);
  const ofSession = (session: Session): Line[] => {
    const lines = session.ledger.map((row): Line => {
      const account = accountOf(row.cells);
      const metrics = index(session.key, account);
      return { session, row, account, metrics, verdict: worstOf(metrics) };
    });
    return [...lines.filter(isBad), ...lines.filter((line) => !isBad(line))];
  };
  const wrongFirst = [
    ...sessions.filter(({ isWrong }) => isWrong),
    ...sessions.filter(({ isWrong }) => !isWrong),
  ];
  const inOrder = wrongFirst.flatMap(ofSession);
  const rest = inOrder.length - shown;
  return (
    <section id="clients">
      <h2>Sessions and clients</h2>
      <p class="about">A line a client: expected / measured. Choose one to see it below.</p>
      <ScrollTable label="Sessions and clients" columns={COLUMNS}>
        <tbody>
          {inOrder.slice(0, shown).map((line, k) => {
            const { session, row, account, verdict, metrics } = line;
            const isFirst = inOrder[k - 1]?.session !== session;
            const isChosen = session.key === choice.session.key && account === choice.account;
            return [
              isFirst && <GroupRow key={session.key} title={session.label} columns={COLUMNS.length} />,
              <tr key={`${session.key}\n${account}`} class={isChosen ? 'chosen' : ''}>
                <td class="text">
                  <button type="button" aria-pressed={isChosen} onClick={() => choose({ session, account })}>
                    {nameOfAccount(row, session.ledger)}
                  </button>
                  {streamsOf(metrics).length > 1 &&
                    ` ${streamsOf(metrics).length} streams, figures of the first`}
                </td>
                {(['sent', 'delivered'] as const).map((name) => (
                  <td class="figure" key={name} data-at={`ledger/${row.at}/${name}`}>
                    {textOf(row.cells[name])}
                  </td>
                ))}
                {METRICS.map((name) => (
                  <Pair key={name} row={metrics.find(({ cells }) => cells['metric'] === name)} />
                ))}
                <td
                  class={`figure ${isUnexplained(line) ? 'verdict mismatch' : ''}`}
                  data-at={`ledger/${row.at}/unexplained`}
                >
                  {textOf(row.cells['unexplained'])}
                </td>
                <td class={`text verdict ${verdictLook(verdict)}`}>{verdict}</td>
              </tr>,
            ];
          })}
        </tbody>
      </ScrollTable>
      {rest > 0 && (
        <p class="more">
          {rest} more.{' '}
          <button type="button" onClick={() => setShown(shown + 10 * SHOWN)}>
            Show {Math.min(rest, 10 * SHOWN)} of them
          </button>
        </p>
      )}
    </section>
  );
}

/** Expected / measured. */
function Pair({ row }: { readonly row: Row | undefined }) {
  if (row === undefined) return <td class="figure" />;
  const expected = textOf(row.cells['expected']);
  return (
    <td class="figure">
      <span data-at={`comparison/${row.at}/expected`}>{expected}</span>
      {expected === '' ? '– / ' : ' / '}
      <span data-at={`comparison/${row.at}/measured`}>{textOf(row.cells['measured'])}</span>
    </td>
  );
}
