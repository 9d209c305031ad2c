/**
 * The tables that a run writes: their columns, in order, and the kind of each.
 *
 * Row types follow from it, so a row without a column does not compile.
 */

/**
 * - `text`, `number`: never empty;
 * - `optional`: a number, or empty if the run has none (no knob, no bound);
 * - `measured`: a number, or `not measured`;
 * - `figure`: a number, or empty if there was nothing to compute it over, or `not measured`.
 */
export type ColumnKind = 'text' | 'number' | 'optional' | 'measured' | 'figure';

/** Version of the columns: it changes if one is renamed, removed or moved. */
export const SCHEMA = 2;

/** The first columns of every table. */
const RUN_COLUMNS = {
  schema: 'number',
  run: 'text',
  scenario: 'text',
  seed: 'text',
  clock: 'text',
  mode: 'text',
  transport: 'text',
} as const satisfies Record<string, ColumnKind>;

const OWN_COLUMNS = {
  comparison: {
    flow: 'number',
    direction: 'text',
    client: 'optional',
    interval_us: 'optional',
    metric: 'text',
    unit: 'text',
    configured: 'optional',
    expected: 'optional',
    expected_low: 'optional',
    expected_high: 'optional',
    measured: 'figure',
    difference: 'optional',
    verdict: 'text',
    configured_low: 'optional',
    configured_high: 'optional',
    stream: 'optional',
    entered: 'figure',
  },
  ledger: {
    flow: 'number',
    direction: 'text',
    client: 'optional',
    sent: 'measured',
    duplicated: 'measured',
    dropped: 'measured',
    kernel_drops_proxy: 'measured',
    kernel_drops_client: 'measured',
    kernel_drop_events: 'measured',
    refused: 'measured',
    held_at_end: 'measured',
    delivered: 'measured',
    unexplained: 'measured',
    late_p50_us: 'figure',
    late_p99_us: 'figure',
    late_max_us: 'figure',
  },
  ledger_causes: { flow: 'number', direction: 'text', client: 'optional', cause: 'text', count: 'number' },
  throughput: {
    interval_us: 'number',
    clients: 'number',
    datagram_bytes: 'number',
    duration_s: 'number',
    expected_messages: 'optional',
    sent: 'measured',
    received: 'measured',
    lost: 'measured',
    kernel_drops: 'measured',
    unexplained: 'measured',
    expected_pps: 'optional',
    sent_pps: 'measured',
    received_pps: 'measured',
    rate_ratio: 'measured',
    late_p50_us: 'figure',
    late_p99_us: 'figure',
    late_max_us: 'figure',
    server_cpu_percent: 'measured',
    client_cpu_percent: 'measured',
    server_rss_mib: 'measured',
    client_rss_mib: 'measured',
    limited_by: 'text',
    verdict: 'text',
    round: 'number',
  },
  capacity: {
    path: 'text',
    datagram_bytes: 'number',
    trials: 'number',
    capacity_pps: 'figure',
    received_p1_pps: 'figure',
    received_median_pps: 'figure',
    received_p99_pps: 'figure',
    lossless_ratio: 'figure',
    limited_by: 'text',
  },
  micro: {
    suite: 'text',
    task: 'text',
    ops_per_s: 'measured',
    mean_ns: 'measured',
    p50_ns: 'measured',
    p99_ns: 'measured',
    samples: 'number',
    hash: 'text',
  },
  virtual: {
    datagram_bytes: 'optional',
    datagrams: 'number',
    runs: 'number',
    datagrams_per_s: 'number',
    median_s: 'number',
    min_s: 'number',
    max_s: 'number',
    peak_rss_mib: 'number',
    hash: 'text',
  },
  reorder_density: {
    displacement: 'number',
    count: 'number',
    flow: 'number',
    direction: 'text',
    client: 'optional',
  },
  peers: {
    workload: 'text',
    peer: 'text',
    version: 'text',
    datagram_bytes: 'number',
    duration_s: 'measured',
    sent_pps: 'measured',
    received_pps: 'measured',
    loss_ratio: 'measured',
    late_p50_us: 'measured',
    late_p99_us: 'measured',
    ratio_ours_to_peer: 'optional',
    round_trip_p50_us: 'measured',
    round_trip_p99_us: 'measured',
    first_p50_us: 'measured',
    first_max_us: 'measured',
    cold_first_us: 'measured',
    idle_core_ratio: 'measured',
  },
  conversation: {
    flow: 'number',
    side: 'text',
    sent: 'number',
    expected: 'number',
    arrived: 'number',
    same: 'number',
    different: 'number',
    missing: 'number',
    additional: 'number',
    repeated: 'number',
    unsent: 'number',
    round_trip_p50_us: 'figure',
    round_trip_p99_us: 'figure',
    recorded_p50_us: 'figure',
    recorded_p99_us: 'figure',
    verdict: 'text',
  },
  expectations: {
    subject: 'text',
    expectation: 'text',
    metric: 'text',
    measured: 'figure',
    result: 'text',
  },
  notes: { severity: 'text', note: 'text' },
} as const satisfies Record<string, Record<string, ColumnKind>>;

export type TableName = keyof typeof OWN_COLUMNS;

export const TABLE_NAMES = Object.keys(OWN_COLUMNS) as readonly TableName[];

type CellOf<Kind> = Kind extends 'text'
  ? string
  : Kind extends 'number'
    ? number
    : Kind extends 'figure'
      ? number | 'none' | null
      : number | null;

/** A row of a table; its keys are the table's own columns. */
export type TableRow<Name extends TableName> = {
  readonly [Column in keyof (typeof OWN_COLUMNS)[Name]]: CellOf<(typeof OWN_COLUMNS)[Name][Column]>;
};

/** The identity of the run that a table is for: these values come first in every row, after `schema`. */
export interface RunIdentity {
  readonly run: string;
  readonly scenario: string;
  readonly seed: string;
  /** `virtual` or `real`. */
  readonly clock: string;
  /** `in-process` or `processes`. */
  readonly mode: string;
  /** The transport that ran: `node`, `linux` or `simulated`. */
  readonly transport: string;
}

/** Column → kind, in the order of the file. */
export const columnsOf = (table: TableName): Readonly<Record<string, ColumnKind>> => ({
  ...RUN_COLUMNS,
  ...OWN_COLUMNS[table],
});

/** End of a column's name → its unit, as UCUM writes it. A share has the unit 1; a count has none. */
const UNITS: Readonly<Record<string, string>> = {
  ns: 'ns',
  us: 'us',
  s: 's',
  pps: '1/s',
  bps: 'bit/s',
  bytes: 'By',
  mib: 'MiBy',
  percent: '%',
  ratio: '1',
};

/** The unit of a column, from the end of its name; null for counts and texts. */
export const unitOf = (column: string): string | null => {
  const at = column.lastIndexOf('_');
  const end = column.slice(at + 1);
  return at >= 0 && Object.hasOwn(UNITS, end) ? (UNITS[end] as string) : null;
};
