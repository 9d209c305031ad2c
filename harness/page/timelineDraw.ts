/**
 * Draws a part of a timeline on a canvas: single datagrams where there is room, else bins with their smallest, mean and
 * largest delay; below them, in a lane, what was lost.
 */
import type uPlot from 'uplot';
import { binned } from './bins.ts';
import type { Bins } from './bins.ts';
import type { Datagrams } from './datagramRows.ts';
import { colourOf } from './theme.ts';

const MS_PER_US = 1e-3;
/** Share of the height that the lane of losses takes. */
export const LANE_SHARE = 0.16;
const DOT_PX = 2.5;
/** Datagrams a pixel of width, above which they are binned. */
const SINGLE_PER_PX = 1.2;
const BIN_PX = 2;

/** What is in view: rows `from` (included) to `to` (excluded). */
export interface View {
  readonly from: number;
  readonly to: number;
  /** Null where every datagram is drawn. */
  readonly bins: Bins | null;
  /** The largest share of a bin that was lost; it fills the lane. */
  readonly mostLost: number;
  /** Delays in view, milliseconds. */
  readonly lowMs: number;
  readonly highMs: number;
}

export function viewOf(data: Datagrams, from: number, to: number, widthPx: number): View {
  const bins =
    to - from > widthPx * SINGLE_PER_PX ? binned(data, from, to, Math.floor(widthPx / BIN_PX)) : null;
  let lowUs = 0;
  let highUs = 0;
  for (let row = from; row < to; row += 1) {
    const delayUs = data.delayUs[row] as number;
    if (delayUs < lowUs) lowUs = delayUs;
    if (delayUs > highUs) highUs = delayUs;
  }
  if (bins === null) {
    for (const [k, row] of data.againRow.entries())
      if (row >= from && row < to) highUs = Math.max(highUs, data.againDelayUs[k] as number);
  }
  const mostLost = bins === null ? 0 : bins.lost.reduce((most, lost) => Math.max(most, lost), 0) / bins.size;
  return {
    from,
    to,
    bins,
    mostLost,
    lowMs: lowUs * MS_PER_US,
    highMs: highUs === lowUs ? lowUs * MS_PER_US + 1 : highUs * MS_PER_US,
  };
}

/** @param xs row → place on the x axis */
export function drawView(u: uPlot, data: Datagrams, xs: Float64Array, view: View): void {
  const { ctx, bbox } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  const laneTop = bbox.top + bbox.height * (1 - LANE_SHARE);
  ctx.fillStyle = colourOf('lane');
  ctx.fillRect(bbox.left, laneTop, bbox.width, bbox.height * LANE_SHARE);
  if (view.bins === null) drawSingle(u, data, xs, view, ratio);
  else drawBins(u, xs, view, view.bins, ratio);
  ctx.restore();
}

const xOf = (u: uPlot, value: number): number => u.valToPos(value, 'x', true);
const yOf = (u: uPlot, timeUs: number): number => u.valToPos(timeUs * MS_PER_US, 'y', true);

function drawSingle(u: uPlot, data: Datagrams, xs: Float64Array, { from, to }: View, ratio: number): void {
  const { ctx, bbox } = u;
  const [plain, late, dropped, bad] = ['c1', 'c4', 'drop', 'bad'].map(colourOf) as [
    string,
    string,
    string,
    string,
  ];
  const laneTop = bbox.top + bbox.height * (1 - LANE_SHARE);
  const laneHeight = bbox.height * LANE_SHARE;
  const size = DOT_PX * ratio;
  for (let row = from; row < to; row += 1) {
    const x = xOf(u, xs[row] as number);
    if (data.arrived[row] === 0) {
      const isScheduled = data.cause[row] !== 0 || data.damaged[row] !== 0;
      ctx.fillStyle = isScheduled ? dropped : bad;
      ctx.fillRect(x - ratio, laneTop + 3 * ratio, 2 * ratio, laneHeight - 6 * ratio);
      continue;
    }
    ctx.fillStyle = data.extent[row] === 0 ? plain : late;
    ctx.beginPath();
    ctx.arc(x, yOf(u, data.delayUs[row] as number), size, 0, 2 * Math.PI);
    ctx.fill();
  }
  ctx.strokeStyle = colourOf('c3');
  ctx.lineWidth = 1.5 * ratio;
  for (const [k, row] of data.againRow.entries()) {
    if (row < from || row >= to) continue;
    ctx.beginPath();
    ctx.arc(
      xOf(u, xs[row] as number),
      yOf(u, data.againDelayUs[k] as number),
      size + 2 * ratio,
      0,
      2 * Math.PI,
    );
    ctx.stroke();
  }
}

function drawBins(u: uPlot, xs: Float64Array, { from, to, mostLost }: View, bins: Bins, ratio: number): void {
  const { ctx, bbox } = u;
  const laneHeight = bbox.height * LANE_SHARE;
  const bottom = bbox.top + bbox.height;
  const means: [number, number][] = [];
  for (let bin = 0; bin < bins.length; bin += 1) {
    const first = from + bin * bins.size;
    const last = Math.min(first + bins.size, to) - 1;
    const left = xOf(u, xs[first] as number);
    const next = last + 1 < xs.length ? (xs[last + 1] as number) : (xs[last] as number);
    const width = Math.max(ratio, xOf(u, next) - left);
    const lost = (bins.lost[bin] as number) / bins.size / (mostLost || 1);
    if (lost > 0) {
      ctx.fillStyle = colourOf('drop');
      ctx.fillRect(
        left,
        bottom - Math.max(ratio, lost * laneHeight),
        width,
        Math.max(ratio, lost * laneHeight),
      );
    }
    if (Number.isNaN(bins.meanUs[bin])) continue;
    const top = yOf(u, bins.maxUs[bin] as number);
    ctx.fillStyle = colourOf('band');
    ctx.fillRect(left, top, width, Math.max(ratio, yOf(u, bins.minUs[bin] as number) - top));
    means.push([left + width / 2, yOf(u, bins.meanUs[bin] as number)]);
  }
  ctx.strokeStyle = colourOf('c1');
  ctx.lineWidth = 1.5 * ratio;
  ctx.beginPath();
  for (const [k, [x, y]] of means.entries()) {
    if (k === 0) ctx.moveTo(x, y);
    else ctx.lineTo(x, y);
  }
  ctx.stroke();
}
