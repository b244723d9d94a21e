// Numbers as people read them. Every one of these is short, and the same number always looks the same.

const LOCALE = 'en-US';
/** Stands where there is no value. */
export const NOTHING = '–';

const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });

type Maybe = number | null | undefined;

/** A count: `1,234,567`. */
export function count(value: Maybe): string {
  return value == null ? NOTHING : whole.format(value);
}

/** A count in little room: `1.2 M`. */
export function shortCount(value: Maybe): string {
  if (value == null) return NOTHING;
  if (Math.abs(value) < 10_000) return whole.format(value);
  const steps: [number, string][] = [
    [1e12, 'T'],
    [1e9, 'G'],
    [1e6, 'M'],
    [1e3, 'k'],
  ];
  const [size, name] = steps.find(([size]) => Math.abs(value) >= size) ?? [1, ''];
  return `${(value / size).toPrecision(3)} ${name}`;
}

/**
 * A number of unknown size with three or four digits that count, as the command line writes it: `0.0123`, `42.1`,
 * `2013` (four digits stay together: they may be a year), `29,425`, `1.24e9`.
 */
export function number(value: Maybe): string {
  if (value == null || Number.isNaN(value)) return NOTHING;
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 1e9 || size < 1e-4) return value.toExponential(2).replace('e+', 'e').replaceAll('-', '−');
  if (size >= 1000 || Number.isInteger(value)) {
    const rounded = Math.round(size);
    const digits = rounded < 10_000 ? String(rounded) : whole.format(rounded);
    return value < 0 ? `−${digits}` : digits;
  }
  const decimals = size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : size >= 0.01 ? 4 : 5;
  return String(Number(value.toFixed(decimals))).replace('-', '−');
}

/** A share of one: `0 %`, `<0.1 %`, `4.2 %`, `23 %`, `>99.9 %`. */
export function percent(ratio: Maybe): string {
  if (ratio == null || Number.isNaN(ratio)) return NOTHING;
  if (ratio < 0) return `−${percent(-ratio)}`;
  if (ratio === 0) return '0 %';
  if (ratio < 0.001) return '<0.1 %';
  if (ratio < 0.0995) return `${(ratio * 100).toFixed(1)} %`;
  if (ratio < 0.99) return `${(ratio * 100).toFixed(0)} %`;
  if (ratio < 0.9995) return `${(ratio * 100).toFixed(1)} %`;
  return ratio < 1 ? '>99.9 %' : '100 %';
}

/** A difference of two shares in points, with its sign: `+3.1 pt`. */
export function points(difference: Maybe): string {
  if (difference == null) return NOTHING;
  return `${signed((difference * 100).toFixed(1))} pt`;
}

/** A p- or q-value: `< 0.001`. */
export function probability(value: Maybe): string {
  if (value == null) return NOTHING;
  return value < 0.001 ? '< 0.001' : value.toFixed(3);
}

/** A score with three decimals, which stay under one another in a table. */
export function score(value: Maybe): string {
  if (value == null) return NOTHING;
  return Number.isFinite(value) ? value.toFixed(3) : number(value);
}

/** Bytes in units of 1,000, as disks and networks count. */
export function bytes(value: Maybe): string {
  if (value == null) return NOTHING;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let size = value;
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit += 1;
  }
  return `${unit === 0 || size >= 99.95 ? size.toFixed(0) : size.toFixed(1)} ${units[unit]}`;
}

/** A span of time in seconds: `3.2 s`, `4 min 10 s`. */
export function duration(secs: Maybe): string {
  if (secs == null) return NOTHING;
  if (secs < 1) return `${Math.round(secs * 1000)} ms`;
  if (secs < 60) return `${secs.toFixed(secs < 10 ? 1 : 0)} s`;
  if (secs < 3600) return `${Math.floor(secs / 60)} min ${Math.round(secs % 60)} s`;
  return `${Math.floor(secs / 3600)} h ${Math.round((secs % 3600) / 60)} min`;
}

function signed(text: string): string {
  return Number(text) > 0 ? `+${text}` : text.replace('-', '−');
}

/** `1 column`, `2 columns`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
