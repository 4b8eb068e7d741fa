export { epochMs } from './clock.js';
export type { ErrorCode } from './error-codes.js';
export { BenchError, messageOf, whyNotRead, wordsOf } from './errors.js';
export { lowerFirst, upperFirst } from './first-letter.js';
export { plainJson, plainText } from './plain-text.js';
export { type Random, random } from './random.js';
export { shellWord } from './shell.js';
export { meanOf, sumOf } from './sums.js';
export {
  digitsBeside,
  formatBoth,
  formatBound,
  formatBytes,
  formatCores,
  formatCount,
  formatCounted,
  formatInUnit,
  formatMs,
  formatNumber,
  formatPercent,
  formatRatio,
  formatReduction,
  formatSeconds,
  formatSpan,
  formatSpeedup,
  isOn,
  type Unit,
} from './units.js';
