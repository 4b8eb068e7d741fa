/** How numbers are written, everywhere: three significant digits, a unit on each, thousands apart, a real minus sign. */

/** A measured number: at most `digits` significant ones, but never fewer than its whole part has up to a thousand. */
export function formatNumber(value: number, digits = 3): string {
  const wholeDigits = Math.abs(value) >= 1 ? Math.floor(Math.log10(Math.abs(value))) + 1 : 0;
  const significant = Math.max(digits, Math.min(wholeDigits, 3));
  // What was rounded shows all its digits (89.0), what is exact doesn't (40).
  const exact = Number(value.toPrecision(significant)) === value;
  return withMinus(value, {
    maximumSignificantDigits: significant,
    minimumSignificantDigits: exact ? 1 : significant,
  });
}

/** What was computed may miss by rounding what it is equal to. */
const ROUNDING = 1e-9;

/** Whether a value is what it is measured by, but for the rounding of what it was computed from. */
export function isOn(bound: number, value: number): boolean {
  return Math.abs(value - bound) <= ROUNDING * Math.abs(bound);
}

/** How many significant digits it takes for a value not to look as if it were on a bound that it isn't on: 39.98 beside 40. */
export function digitsBeside(bound: number, value: number, digits = 3): number {
  const looksOn = !isOn(bound, value) && isOn(bound, Number(value.toPrecision(digits)));
  return looksOn ? digitsBeside(bound, value, digits + 1) : digits;
}

/** A counted number: every digit of it. */
export function formatCount(value: number): string {
  return withMinus(value, { maximumFractionDigits: 0 });
}

/** How many there are of something: `1 session`, `2,310 sessions`. */
export function formatCounted(value: number, one: string): string {
  return `${formatCount(value)} ${one}${value === 1 ? '' : 's'}`;
}

/** A share or a change, given in percent: `53.2 %`. */
export function formatPercent(value: number, digits = 3): string {
  return `${formatNumber(value, digits)} %`;
}

/** A duration given in milliseconds: `0.35 ms`, `120 ms`, `12.4 s`. */
export function formatMs(value: number, digits = 3): string {
  return Math.abs(value) >= 10_000
    ? formatSeconds(value / 1000, digits)
    : `${formatNumber(value, digits)} ms`;
}

/** A duration given in seconds. */
export function formatSeconds(value: number, digits = 3): string {
  return `${formatNumber(value, digits)} s`;
}

/** A long time given in seconds, in the unit that fits it: `45 s`, `90 min`, `8.5 h`, `12 days`, `72 years`. */
export function formatSpan(seconds: number): string {
  const steps: [string, number][] = [
    ['years', 365.25 * 86_400],
    ['days', 86_400],
    ['h', 3600],
    ['min', 60],
  ];
  const [unit, size] = steps.find(([, size]) => seconds >= 2 * size) ?? ['s', 1];
  return `${formatNumber(seconds / size, 2)} ${unit}`;
}

/** How many times as large: `3.41x`. */
export function formatRatio(value: number, digits = 3): string {
  return `${formatNumber(value, digits)}x`;
}

/** CPU use given in cores. */
export function formatCores(value: number): string {
  return value === 1 ? '1 core' : `${formatNumber(value)} cores`;
}

/** A size given in bytes, by steps of 1000: `512 B`, `1.25 MB`. */
export function formatBytes(value: number): string {
  const steps = ['B', 'kB', 'MB', 'GB', 'TB'];
  let step = 0;
  while (Math.abs(value) >= 999.5 && step < steps.length - 1) {
    value /= 1000;
    step++;
  }
  return `${formatNumber(value)} ${steps[step]}`;
}

/** How much less there is, given in percent and below 0 for more: `44.9 % less`. */
export function formatReduction(value: number, digits = 3): string {
  return `${formatPercent(Math.abs(value), digits)} ${value >= 0 ? 'less' : 'more'}`;
}

/** A speed, in the notation of its interval: `2.34x as fast`, and below 1x where it is slower. */
export function formatSpeedup(value: number, digits = 3): string {
  return `${formatRatio(value, digits)} as fast`;
}

type Writer = (value: number, digits?: number) => string;

/** Every unit that a scorecard names. */
const WRITERS = {
  percent: formatPercent,
  ms: formatMs,
  ratio: formatRatio,
  cores: formatCores,
  bytes: formatBytes,
  count: formatCount,
  'reads-per-request': formatNumber,
} satisfies Record<string, Writer>;
export type Unit = keyof typeof WRITERS;

/** What is counted, where that takes more than a sign: it is said behind the number. */
const WORDS: Partial<Record<Unit, string>> = { 'reads-per-request': 'reads per answer' };

/** A value in its unit; `none` where there is no such thing. */
export function formatInUnit(value: number | null, unit: Unit, digits?: number): string {
  const write: Writer = WRITERS[unit];
  return value === null ? 'none' : `${write(value, digits)} ${WORDS[unit] ?? ''}`.trimEnd();
}

/** A bound as it was set, to the last of its digits. */
export function formatBound(value: number, unit: Unit): string {
  return formatInUnit(value, unit, ALL_DIGITS);
}

const ALL_DIGITS = 12;

/** Two values of one unit. Its words, if it has any, are apart: they are said once for both. */
export function formatBoth(before: number | null, after: number | null, unit: Unit) {
  const write = (value: number | null) => (value === null ? 'none' : WRITERS[unit](value));
  return { before: write(before), after: write(after), words: WORDS[unit] ?? '' };
}

/** To make one takes a hundred times as long as to use it, and a comparison writes hundreds of numbers. */
const formats = new Map<string, Intl.NumberFormat>();

function withMinus(value: number, options: Intl.NumberFormatOptions): string {
  const key = Object.entries(options).join();
  const format = formats.get(key) ?? new Intl.NumberFormat('en-US', options);
  formats.set(key, format);
  // A value that rounds to nothing has no sign.
  const text = format.format(value);
  return text === '-0' ? '0' : text.replace('-', '−');
}
