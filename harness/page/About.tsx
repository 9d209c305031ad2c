/**
 * What a reader needs besides the figures: expectations, notes, how to repeat the run, the machine, the files.
 */
import type { RunModel } from '../report/model/runModel.ts';
import { DataTable } from './DataTable.tsx';
import { textOf } from './run.ts';

export function Expectations({ run }: { readonly run: RunModel }) {
  const { expectations } = run;
  if (expectations.length === 0) return null;
  const columns = ['scenario', 'subject', 'expectation', 'measured', 'result'] as const;
  // What is not met comes first.
  const inOrder = expectations
    .map((one, at) => ({ ...one, at }))
    .toSorted((a, b) => Number(a.result !== 'not met') - Number(b.result !== 'not met'));
  return (
    <section id="expectations">
      <h2>Expectations</h2>
      <DataTable
        label="Expectations"
        columns={columns.map((name) => ({ name, isText: name !== 'measured' }))}
        lines={inOrder.map((one) =>
          columns.map((name) => ({ text: textOf(one[name]), at: `expectations/${one.at}/${name}` })),
        )}
      />
    </section>
  );
}

const isFault = ({ severity }: { readonly severity: string }): boolean => severity === 'fault';

export function Notes({ run }: { readonly run: RunModel }) {
  if (run.notes.length === 0) return null;
  const inOrder = [...run.notes.filter(isFault), ...run.notes.filter((note) => !isFault(note))];
  return (
    <section id="notes">
      <h2>Notes</h2>
      <ul class="notes">
        {inOrder.map(({ severity, text, scenario }, k) => (
          <li key={k} class={severity}>
            <span class="muted">{scenario}</span> {text}
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Repeat({ run }: { readonly run: RunModel }) {
  const { again } = run.verdict;
  if (again === null)
    return (
      <p class="absent">How to repeat it: the folder has no environment.json, which names the command.</p>
    );
  return (
    <section id="repeat">
      <h2>How to repeat it</h2>
      <p class="about">
        Fates and counts are the same on every machine; times are a machine's own. What the run wrote is left
        out, for the names of outputs must be new.
      </p>
      <pre tabIndex={0}>
        <code>{again.split(' ').map((word, k) => [k === 0 ? '' : ' ', <span key={k}>{word}</span>])}</code>
      </pre>
    </section>
  );
}

const LABELS: Readonly<Record<string, string>> = {
  matchstream: 'version',
  network: 'network',
  node: 'Node.js',
  platform: 'platform',
  architecture: 'architecture',
  kernel: 'kernel',
  cpuModel: 'processor',
  cores: 'cores',
  memoryMib: 'memory, MiB',
  freeMemoryMib: 'free memory, MiB',
  loadAverage: 'load average',
  rmemMaxBytes: 'largest receive buffer, bytes',
  rmemDefaultBytes: 'default receive buffer, bytes',
  container: 'signs of a container',
  interrupted: 'interrupted by',
};

const said = (value: unknown): string => {
  if (value === null || value === undefined) return 'unknown';
  return Array.isArray(value) ? value.join(', ') || 'none' : String(value);
};

export function Environment({ run }: { readonly run: RunModel }) {
  const { environment } = run;
  if (environment === null) return null;
  const rows = Object.entries(LABELS).flatMap(([key, label]) => {
    const value = (environment as unknown as Readonly<Record<string, unknown>>)[key];
    return key === 'interrupted' && value === null ? [] : [[label, said(value)] as const];
  });
  const { timer } = environment;
  return (
    <section id="environment">
      <h2>Environment</h2>
      <dl>
        {[
          ...rows,
          ['smallest step of the clock, ns', said(timer?.clockStepNs)],
          ['a sleep of 1 ms is late by, µs', said(timer?.sleepLatenessUs)],
        ].map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

export function Files({ run }: { readonly run: RunModel }) {
  const names = Object.keys(run.tables);
  return (
    <footer>
      <p>
        The tables stand beside this page:{' '}
        {names.map((name, k) => [
          k === 0 ? '' : ', ',
          <a key={name} href={`${name}.csv`}>
            {name}.csv
          </a>,
        ])}
        . The page holds everything it shows; it asks nobody for anything.
      </p>
    </footer>
  );
}
