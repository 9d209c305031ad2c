/**
 * From the samples of all rounds to the rows of peers.csv, a table and the closing lines.
 *
 * Every figure of a row is the median of its rounds; ratios are computed within each round before the median is taken.
 */
import { NOT_MEASURED } from '../../src/base/figures.ts';
import { alignColumns } from '../../src/base/textTable.ts';
import type { TableRow } from '../../harness/report/tables.ts';
import { median } from '../../src/base/ranks.ts';
import { OURS } from './sample.ts';
import type { RoundTrip, Sample, Score } from './sample.ts';

/** A contender's samples, one per round; null where it failed. */
export interface Measured {
  readonly peer: string;
  readonly version: string;
  readonly samples: readonly (Sample | null)[];
}

export interface MeasuredWorkload {
  readonly name: string;
  readonly datagramBytes: number;
  readonly score: Score;
  /** The requested rate; omitted for the maximum. */
  readonly askedPps?: number;
  readonly transport: string;
  readonly ours: Measured;
  readonly peers: readonly Measured[];
  readonly reference?: Measured;
}

export type PeerRow = TableRow<'peers'>;

const SCORES: Readonly<
  Record<Score, { readonly of: (sample: Sample) => number | null; readonly label: string }>
> = {
  'received rate': { of: (sample) => sample.receivedPps, label: '' },
  'late p50': { of: (sample) => sample.lateP50Us, label: ', late p50' },
  'late p99': { of: (sample) => sample.lateP99Us, label: ', late p99' },
  'processor time': { of: (sample) => sample.cpuRatio, label: ', processor time' },
};

const scoreOf = (sample: Sample | null, score: Score): number | null =>
  sample === null ? null : SCORES[score].of(sample);

/** A figure of a contender: the median of its rounds. */
const medianOf = (contender: Measured, figure: (sample: Sample) => number | null): number | null =>
  median(contender.samples.map((sample) => (sample === null ? null : figure(sample))));

/** Ratios of ours to the peer's, one per round; null where either is missing or the peer's is 0. */
function ratios(ours: Measured, peer: Measured, score: Score): (number | null)[] {
  return peer.samples.map((sample, round) => {
    const own = scoreOf(ours.samples[round] ?? null, score);
    const other = scoreOf(sample, score);
    return own === null || other === null || other === 0 ? null : own / other;
  });
}

export function peerRows(workload: MeasuredWorkload): PeerRow[] {
  const { ours, peers, reference } = workload;
  return [ours, ...peers, ...(reference === undefined ? [] : [reference])].map((contender) => {
    const of = (figure: (sample: Sample) => number | null): number | null => medianOf(contender, figure);
    return {
      workload: workload.name,
      peer: contender.peer,
      version: contender.version,
      datagram_bytes: workload.datagramBytes,
      duration_s: of((sample) => sample.durationS),
      sent_pps: of((sample) => sample.sentPps),
      received_pps: of((sample) => sample.receivedPps),
      loss_ratio: of((sample) => sample.lossRatio),
      late_p50_us: of((sample) => sample.lateP50Us),
      late_p99_us: of((sample) => sample.lateP99Us),
      ratio_ours_to_peer: contender === ours ? null : median(ratios(ours, contender, workload.score)),
      round_trip_p50_us: of((sample) => sample.roundTrip?.p50Us ?? null),
      round_trip_p99_us: of((sample) => sample.roundTrip?.p99Us ?? null),
      first_p50_us: of((sample) => sample.roundTrip?.firstP50Us ?? null),
      first_max_us: of((sample) => sample.roundTrip?.firstMaxUs ?? null),
      cold_first_us: of((sample) => sample.roundTrip?.coldFirstUs ?? null),
      idle_core_ratio: of((sample) => sample.roundTrip?.idleRatio ?? null),
    };
  });
}

/** Three significant digits, or all digits of a longer whole part. */
export function short(value: number): string {
  if (value === 0) return '0';
  const whole = Math.floor(Math.log10(Math.abs(value))) + 1;
  return value.toFixed(Math.max(0, Math.min(3 - whole, 6)));
}

/** `throughput: ours/iperf3 = 5.2 (median of 5, 4.9 to 5.6)`, one line per peer. */
export function ratioLines(workload: MeasuredWorkload): string[] {
  const { label } = SCORES[workload.score];
  return workload.peers.map((peer) => {
    const known = ratios(workload.ours, peer, workload.score).filter((ratio) => ratio !== null);
    const middle = median(known);
    const head = `${workload.name}${label}: ours/${peer.peer} = `;
    if (middle === null) return `${head}${NOT_MEASURED}`;
    const span = known.length > 1 ? `, ${short(Math.min(...known))} to ${short(Math.max(...known))}` : '';
    const shares =
      workload.score === 'processor time'
        ? `: ${coreShare(workload.ours)} to ${coreShare(peer)} of a core`
        : '';
    return `${head}${short(middle)} (median of ${known.length}${span})${shares}`;
  });
}

const us = (value: number): string => `${short(value)} us`;
const percent = (ratio: number): string => `${short(100 * ratio)} %`;

function coreShare(contender: Measured): string {
  const share = medianOf(contender, (sample) => sample.cpuRatio);
  return share === null ? NOT_MEASURED : percent(share);
}

/** For a steady stream: `pacing 1us: ours sent 1.00 of the rate asked for, …`; empty without a requested rate. */
export function ownLines({ name, askedPps, ours }: MeasuredWorkload): string[] {
  if (askedPps === undefined) return [];
  const middle = (figure: (sample: Sample) => number | null, show: (value: number) => string): string => {
    const value = medianOf(ours, figure);
    return value === null ? NOT_MEASURED : show(value);
  };
  const faults = ours.samples.reduce((sum, sample) => sum + (sample?.faults.length ?? 0), 0);
  const sent = middle(
    ({ sentPps }) => (sentPps === null ? null : sentPps / askedPps),
    (value) => value.toFixed(4),
  );
  const late = [middle((sample) => sample.lateP50Us, us), middle((sample) => sample.lateP99Us, us)];
  return [
    `${name}: ours sent ${sent} of the rate asked for with ${middle((sample) => sample.cpuRatio, percent)} of a core, ` +
      `late p50 ${late[0]}, p99 ${late[1]}, lost ${middle((sample) => sample.lossRatio, percent)}, ` +
      `${faults === 0 ? 'nothing unexplained' : `${faults} accounts open`} (medians of ${ours.samples.length})`,
  ];
}

const shown = (value: number | null, show: (value: number) => string = us): string =>
  value === null ? NOT_MEASURED : show(value);

/** For round trips, what each relay adds, and how it begins and rests, a line each. */
export function latencyLines({ name, ours, peers }: MeasuredWorkload): string[] {
  return [ours, ...peers].flatMap((relay) => {
    const of = (figure: (trip: RoundTrip) => number | null): number | null =>
      medianOf(relay, ({ roundTrip }) => (roundTrip === undefined ? null : figure(roundTrip)));
    if (of(({ p50Us }) => p50Us) === null) return [];
    const wakes = of(({ idleWakesPerS }) => idleWakesPerS);
    const idle =
      wakes === null
        ? ''
        : `, idle ${shown(
            of((trip) => trip.idleRatio),
            percent,
          )} of a core`;
    return [
      `${name}: ${relay === ours ? 'ours' : relay.peer} adds p50 ${shown(medianOf(relay, (sample) => sample.lateP50Us))}, ` +
        `p99 ${shown(medianOf(relay, (sample) => sample.lateP99Us))} a way; the first of a flow leaves within ` +
        `p50 ${shown(of((trip) => trip.firstP50Us))}, max ${shown(of((trip) => trip.firstMaxUs))}, of the process ` +
        `${shown(of((trip) => trip.coldFirstUs))}${idle}${wakes === null ? '' : ` with ${short(wakes)} wake-ups/s`} ` +
        `(medians of ${relay.samples.length})`,
    ];
  });
}

const HEADER = [
  'workload',
  'peer',
  'version',
  'seconds',
  'sent/s',
  'received/s',
  'lost %',
  'late p50 us',
  'late p99 us',
  'ours/peer',
];
/** Workload, peer and version are words, which are aligned to the left. */
const WORD_COLUMNS = 3;

const rounded = (value: number | null): string => (value === null ? '-' : short(value));

export function peerTable(rows: readonly PeerRow[]): string {
  const lines = rows.map((row) => [
    row.workload,
    row.peer,
    row.version,
    rounded(row.duration_s),
    rounded(row.sent_pps),
    rounded(row.received_pps),
    row.loss_ratio === null ? '-' : (row.loss_ratio * 100).toFixed(2),
    rounded(row.late_p50_us),
    rounded(row.late_p99_us),
    row.peer === OURS ? '' : rounded(row.ratio_ours_to_peer),
  ]);
  return alignColumns([HEADER, ...lines], (column) => column < WORD_COLUMNS)
    .map((line) => `${line}\n`)
    .join('');
}
