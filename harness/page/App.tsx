/**
 * The page below its verdict: the run's sessions, one client of one session in detail, benchmarks, and what is to be
 * known besides.
 */
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { RunModel } from '../report/model/runModel.ts';
import { Environment, Expectations, Files, Notes, Repeat } from './About.tsx';
import { Micro, Peers, PlainTables, Throughput } from './Bench.tsx';
import { Comparison } from './Comparison.tsx';
import { entryOf, loadDatagrams } from './datagrams.ts';
import type { Columns } from './datagrams.ts';
import type { Datagrams } from './datagramRows.ts';
import { Delays } from './Delays.tsx';
import { Absent } from './Figure.tsx';
import { Ledger } from './Ledger.tsx';
import { LossRuns } from './LossRuns.tsx';
import { Overview } from './Overview.tsx';
import type { Choice } from './Overview.tsx';
import { ReorderDensity, ReorderExtent } from './Reordering.tsx';
import {
  accountOf,
  comparisonIndex,
  firstSession,
  nameOfAccount,
  numberOf,
  rowsFor,
  sessionsOf,
  streamsOf,
  textOf,
  worstOf,
} from './run.ts';
import type { ComparisonIndex, Session } from './run.ts';
import { Timeline } from './Timeline.tsx';

interface AppProps {
  readonly run: RunModel;
  readonly columns: Columns | null;
}

export function App({ run, columns }: AppProps) {
  const sessions = useMemo(() => sessionsOf(run), [run]);
  const index = useMemo(() => comparisonIndex(run), [run]);
  const [choice, choose] = useState<Choice | null>(() => firstChoice(sessions, index));
  return (
    <>
      <Contents run={run} hasSessions={choice !== null} />
      <Expectations run={run} />
      {choice === null ? (
        <Absent>Ledger, comparison, timeline: this run had no stream to clients that could be judged.</Absent>
      ) : (
        <>
          <Overview sessions={sessions} index={index} choice={choice} choose={choose} />
          <Client run={run} columns={columns} index={index} choice={choice} />
        </>
      )}
      <Throughput run={run} />
      <Micro run={run} />
      <PlainTables run={run} />
      <Peers run={run} />
      <Notes run={run} />
      <Repeat run={run} />
      <Environment run={run} />
      <Files run={run} />
    </>
  );
}

/** The first session's first client that is wrong, else its first. */
function firstChoice(sessions: readonly Session[], index: ComparisonIndex): Choice | null {
  const session = firstSession(sessions);
  const [first] = session?.ledger ?? [];
  if (session === null || first === undefined) return null;
  const wrong = session.ledger.find(
    (row) => worstOf(index(session.key, accountOf(row.cells))) === 'mismatch',
  );
  return { session, account: accountOf((wrong ?? first).cells) };
}

/** What the page has, in its order. */
function Contents({ run, hasSessions }: { readonly run: RunModel; readonly hasSessions: boolean }) {
  const has = (name: keyof RunModel['tables']): boolean => (run.tables[name]?.rows.length ?? 0) > 0;
  const links = [
    ['expectations', 'Expectations', run.expectations.length > 0],
    ['clients', 'Clients', hasSessions],
    ['ledger', 'Ledger', hasSessions],
    ['comparison', 'Comparison', hasSessions],
    ['datagrams', 'Datagrams', hasSessions],
    ['throughput', 'Throughput', has('throughput')],
    ['micro', 'Micro-benchmarks', has('micro')],
    ['conversation', 'Conversation', has('conversation')],
    ['capacity', 'Capacity', has('capacity')],
    ['virtual', 'Virtual clock', has('virtual')],
    ['peers', 'Other programs', has('peers')],
    ['notes', 'Notes', run.notes.length > 0],
    ['repeat', 'Repeat it', run.verdict.again !== null],
    ['environment', 'Environment', run.environment !== null],
  ] as const;
  return (
    <nav aria-label="Contents">
      <ul>
        {links.map(
          ([id, name, isThere]) =>
            isThere && (
              <li key={id}>
                <a href={`#${id}`}>{name}</a>
              </li>
            ),
        )}
      </ul>
    </nav>
  );
}

interface ClientProps extends AppProps {
  readonly index: ComparisonIndex;
  readonly choice: Choice;
}

/** One client of one session. */
function Client({ run, columns, index, choice: { session, account } }: ClientProps) {
  const [isAll, setAll] = useState(false);
  const row = session.ledger.find(({ cells }) => accountOf(cells) === account);
  const who = row === undefined ? account : nameOfAccount(row, session.ledger);
  const ofAccount = index(session.key, account);
  const streams = streamsOf(ofAccount);
  const [wanted, want] = useState('');
  const stream = streams.includes(wanted) ? wanted : streams[0];
  const rows =
    streams.length > 1 ? ofAccount.filter(({ cells }) => textOf(cells['stream']) === stream) : ofAccount;
  const causes = useMemo(
    () => rowsFor(run, 'ledger_causes', session, isAll ? null : account),
    [run, session, account, isAll],
  );
  const density = useMemo(() => rowsFor(run, 'reorder_density', session, account), [run, session, account]);
  const configured = (metric: string): number | null =>
    numberOf(rows.find(({ cells }) => cells['metric'] === metric)?.cells['configured']);
  const { data, why } = useDatagrams(columns, session, account, stream ?? '');
  return (
    <>
      <section id="ledger">
        <h2>
          Where every datagram went <small>{session.label}</small>
        </h2>
        {session.ledger.length > 1 && (
          <div class="tools" role="group" aria-label="Whose ledger">
            <button type="button" aria-pressed={!isAll} onClick={() => setAll(false)}>
              {who}
            </button>
            <button type="button" aria-pressed={isAll} onClick={() => setAll(true)}>
              all {session.ledger.length}
            </button>
          </div>
        )}
        <Ledger
          ledger={isAll ? session.ledger : session.ledger.filter(({ cells }) => accountOf(cells) === account)}
          causes={causes}
          who={isAll ? `all ${session.ledger.length}` : who}
        />
      </section>
      <section id="comparison">
        <h2>
          Configured, expected, measured{' '}
          <small>
            {who}, {session.label}
          </small>
        </h2>
        <p class="about">
          <b>Configured</b> is what the knobs say, <b>expected</b> what the seeded schedule does to this very
          stream, <b>measured</b> what {who} saw.
        </p>
        {streams.length > 1 && (
          <div class="tools" role="group" aria-label="Which stream">
            {streams.map((one) => (
              <button type="button" key={one} aria-pressed={one === stream} onClick={() => want(one)}>
                stream {one}
              </button>
            ))}
          </div>
        )}
        {rows.length > 0 ? (
          <Comparison rows={rows} />
        ) : (
          <Absent>The folder has no comparison for {who}.</Absent>
        )}
      </section>
      <section id="datagrams">
        <h2>
          Datagram by datagram{' '}
          <small>
            {who}, {session.label}
          </small>
        </h2>
        {data === null ? (
          <Absent>Timeline, loss runs, extents: {why}</Absent>
        ) : (
          <>
            <Timeline data={data} who={who} />
            <LossRuns
              data={data}
              who={who}
              periods={configured('loss_periods')}
              mean={configured('loss_period_mean')}
            />
          </>
        )}
        <ReorderDensity rows={density} who={who} />
        {data !== null && <ReorderExtent data={data} who={who} />}
        <Delays data={data} rows={rows} who={who} />
      </section>
    </>
  );
}

interface Loaded {
  readonly data: Datagrams | null;
  /** Why there are none. */
  readonly why: string;
}

/** One client's datagrams, decompressed when it is chosen. */
function useDatagrams(columns: Columns | null, session: Session, account: string, stream: string): Loaded {
  const entry = columns === null ? undefined : entryOf(columns, session.identity, account, stream);
  const [loaded, setLoaded] = useState<Loaded & { readonly of: unknown }>({ data: null, why: '', of: null });
  useEffect(() => {
    if (columns === null || entry === undefined || entry.block === null) return undefined;
    let isWanted = true;
    loadDatagrams(columns, entry).then(
      (data) => isWanted && setLoaded({ data, why: '', of: entry }),
      () => isWanted && setLoaded({ data: null, why: 'the columns in this page are damaged.', of: entry }),
    );
    return () => {
      isWanted = false;
    };
  }, [columns, entry]);
  if (columns === null)
    return { data: null, why: 'this folder has no columns.bin, so single datagrams are not known.' };
  if (entry === undefined) return { data: null, why: 'columns.bin has no datagrams of this client.' };
  if (entry.block === null) return { data: null, why: `left out: ${entry.why ?? ''}.` };
  return loaded.of === entry ? loaded : { data: null, why: 'being unpacked …' };
}
