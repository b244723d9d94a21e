// Draws a live chart on a canvas: twenty of them that move each second are too much for SVG, whose every change of a
// path is laid out, recorded and painted with all that is around it.

import { isFilled, SEVERITY_SHAPES } from '../components/severity-shapes';
import type { LiveData } from './live';
import type { MarkGroup } from './marks';
import { type Scale, ticks } from './scale';
import { seriesShape, seriesToken } from './series-signs';
import { drawBand, drawSeries, gapOf, type TimePoint, within } from './series';
import type { TimeTick } from './time-axis';

/** Room around the plot, in pixels: for values, for signs of events, for moments. */
export const MARGINS = { left: 52, right: 10, top: 20, bottom: 22 } as const;

/** What is drawn, and where. */
export interface Picture {
  width: number;
  height: number;
  data: LiveData;
  startMs: number;
  endMs: number;
  x: Scale;
  y: Scale;
  /** Ends of the axis of values. */
  domain: readonly [number, number];
  moments: readonly TimeTick[];
  groups: readonly MarkGroup[];
  /** The last value of each line in sight. */
  last: readonly (TimePoint | undefined)[];
  /** Colour of a token. */
  ink: (token: string) => string;
  /** Family and size of the labels, as CSS. */
  font: string;
}

/** How many steps the axis of values has, about. */
const VALUE_STEPS = 3;
/** How near to the edges of the plot labels of moments may stand, in pixels. */
const LABEL_PX = 18;
/** The box that the shapes of severities are made for, and the one that they are drawn in, in pixels. */
const [SHAPE_PX, SIGN_PX] = [16, 14];

export function paint(context: CanvasRenderingContext2D, picture: Picture): void {
  const { width, height } = picture;
  context.clearRect(0, 0, width, height);
  paintAxes(context, picture);
  context.save();
  context.beginPath();
  context.rect(MARGINS.left, 0, width - MARGINS.left - MARGINS.right, height);
  context.clip();
  paintBand(context, picture);
  paintEventLines(context, picture);
  paintSeries(context, picture);
  context.restore();
  paintEnds(context, picture);
  for (const group of picture.groups) paintSign(context, picture, group);
}

function paintAxes(context: CanvasRenderingContext2D, { width, height, x, y, domain, moments, data, ink, font }: Picture): void {
  const [right, bottom] = [width - MARGINS.right, height - MARGINS.bottom];
  context.font = font;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  context.lineWidth = 1;
  context.strokeStyle = ink('--line');
  context.fillStyle = ink('--text-muted');
  context.beginPath();
  for (const tick of ticks(domain, VALUE_STEPS)) {
    // In the middle of a pixel a line of one pixel is sharp.
    const top = Math.round(y(tick)) + 0.5;
    context.moveTo(MARGINS.left, top);
    context.lineTo(right, top);
    context.fillText(data.write(tick), MARGINS.left - 6, top);
  }
  context.textAlign = 'center';
  for (const { timeMs, label } of moments) {
    const left = Math.round(x(timeMs)) + 0.5;
    if (left < MARGINS.left + LABEL_PX || left > right - LABEL_PX) continue;
    context.moveTo(left, bottom);
    context.lineTo(left, bottom + 4);
    context.fillText(label, left, bottom + 13);
  }
  context.stroke();
}

function paintBand(context: CanvasRenderingContext2D, { data, startMs, endMs, x, y, ink }: Picture): void {
  if (data.band === undefined) return;
  const points = within(data.band.points, startMs, endMs);
  context.globalAlpha = 0.16;
  context.fillStyle = ink('--reference');
  context.beginPath();
  drawBand(points, { x, y, gapMs: gapOf(points) }, context);
  context.fill();
  context.globalAlpha = 1;
}

function paintEventLines(context: CanvasRenderingContext2D, { groups, height, x, ink }: Picture): void {
  context.globalAlpha = 0.7;
  context.lineWidth = 1;
  context.setLineDash([3, 3]);
  for (const { timeMs, severity } of groups) {
    const left = Math.round(x(timeMs)) + 0.5;
    context.strokeStyle = ink(`--severity-${severity}`);
    context.beginPath();
    context.moveTo(left, MARGINS.top - 4);
    context.lineTo(left, height - MARGINS.bottom);
    context.stroke();
  }
  context.setLineDash([]);
  context.globalAlpha = 1;
}

function paintSeries(context: CanvasRenderingContext2D, picture: Picture): void {
  const { data, startMs, endMs, x, y, ink } = picture;
  context.lineWidth = 1.6;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  data.series.forEach(({ points }, index) => {
    const seen = within(points, startMs, endMs);
    context.strokeStyle = ink(seriesToken(index));
    context.beginPath();
    drawSeries(seen, { x, y, gapMs: gapOf(seen) }, context);
    context.stroke();
  });
}

/** Each line ends in its shape. */
function paintEnds(context: CanvasRenderingContext2D, { last, x, y, ink }: Picture): void {
  last.forEach((point, index) => {
    if (point?.[1] == null) return;
    context.save();
    context.translate(x(point[0]), y(point[1]));
    context.fillStyle = ink(seriesToken(index));
    context.fill(new Path2D(seriesShape(index)));
    context.restore();
  });
}

function paintSign(context: CanvasRenderingContext2D, { x, ink }: Picture, { timeMs, severity }: MarkGroup): void {
  context.save();
  context.translate(x(timeMs) - SIGN_PX / 2, 1);
  context.scale(SIGN_PX / SHAPE_PX, SIGN_PX / SHAPE_PX);
  const shape = new Path2D(SEVERITY_SHAPES[severity]);
  const color = ink(`--severity-${severity}`);
  if (isFilled(severity)) {
    context.fillStyle = color;
    context.fill(shape);
  } else {
    context.strokeStyle = color;
    context.lineWidth = 2;
    context.stroke(shape);
  }
  context.restore();
}
