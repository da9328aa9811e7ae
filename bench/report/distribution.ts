// Distributions as inline SVG: for each curve the share of its values that are at most so large. Steps, not a smooth line: every
// run is a step. The axis of milliseconds is logarithmic where the values are far apart.

import type { PeerName } from '../peer.js';

export const COLOURS: Readonly<Record<PeerName, string>> = {
  raisd: '#0057b8',
  keepalived: '#c4420d',
  frr: '#2e7d32',
  ucarp: '#7b1fa2',
};

export interface Curve {
  readonly name: string;
  readonly colour: string;
  readonly values: readonly number[];
}

const WIDTH = 720;
const HEIGHT = 260;
const LEFT = 46;
const RIGHT = 110;
const TOP = 12;
const BOTTOM = 34;
const PLOT_WIDTH = WIDTH - LEFT - RIGHT;
const PLOT_HEIGHT = HEIGHT - TOP - BOTTOM;
/** Values that differ by more than this factor are drawn on a logarithmic axis. */
const FAR_APART = 20;
/** Nothing shorter is told apart there: the client asks once a millisecond. */
const LEAST_MS = 1;

/** Where a number of milliseconds stands, and the numbers that are written below the axis. */
export interface Axis {
  readonly at: (value: number) => number;
  readonly marks: readonly number[];
}

export function axisFor(values: readonly number[]): Axis {
  const most = Math.max(LEAST_MS, ...values);
  const least = Math.max(LEAST_MS, Math.min(...values));
  if (most / least > FAR_APART) {
    const high = Math.ceil(Math.log10(most));
    const low = Math.floor(Math.log10(least));
    const at = (value: number): number => (Math.log10(Math.max(least, value)) - low) / (high - low);
    return { at, marks: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)) };
  }
  const step = niceStep(most / 5);
  const count = Math.ceil(most / step);
  return {
    at: (value) => value / (step * count),
    marks: Array.from({ length: count + 1 }, (_, index) => index * step),
  };
}

/** 1, 2 or 5 times a power of ten: the least that is not below. */
function niceStep(wanted: number): number {
  const power = 10 ** Math.floor(Math.log10(wanted));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= wanted) ?? 10 * power;
}

const x = (axis: Axis, value: number): string => (LEFT + axis.at(value) * PLOT_WIDTH).toFixed(1);
const y = (share: number): string => (TOP + (1 - share) * PLOT_HEIGHT).toFixed(1);

function pathOf(curve: Curve, axis: Axis): string {
  const sorted = curve.values.toSorted((a, b) => a - b);
  const steps = sorted.map((value, index) => `H${x(axis, value)}V${y((index + 1) / sorted.length)}`);
  return `M${String(LEFT)} ${y(0)}${steps.join('')}H${String(LEFT + PLOT_WIDTH)}`;
}

export function drawDistribution(curves: readonly Curve[]): string {
  const axis = axisFor(curves.flatMap(({ values }) => values));
  const marks = axis.marks.map(
    (mark) => `<line x1="${x(axis, mark)}" x2="${x(axis, mark)}" y1="${y(0)}" y2="${y(1)}" stroke="#eee"/>
<text x="${x(axis, mark)}" y="${String(HEIGHT - 14)}" text-anchor="middle">${String(mark)} ms</text>`,
  );
  const shares = [0, 0.5, 0.95, 1].map(
    (
      share,
    ) => `<line x1="${String(LEFT)}" x2="${String(LEFT + PLOT_WIDTH)}" y1="${y(share)}" y2="${y(share)}" stroke="#ddd"/>
<text x="${String(LEFT - 6)}" y="${y(share - 0.015)}" text-anchor="end">${String(share * 100)}%</text>`,
  );
  const lines = curves.map(
    (
      curve,
      index,
    ) => `<path d="${pathOf(curve, axis)}" fill="none" stroke="${curve.colour}" stroke-width="2"/>
<text x="${String(LEFT + PLOT_WIDTH + 10)}" y="${String(TOP + 14 + 18 * index)}" style="fill:${curve.colour}">${curve.name} (${String(curve.values.length)})</text>`,
  );
  return `<svg viewBox="0 0 ${String(WIDTH)} ${String(HEIGHT)}" width="${String(WIDTH)}" role="img">${[...marks, ...shares, ...lines].join('\n')}</svg>`;
}
