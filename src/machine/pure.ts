export { BenchError, messageOf } from './errors.js';
export { type Random, random } from './random.js';
export {
  formatBytes,
  formatCores,
  formatCount,
  formatInUnit,
  formatMs,
  formatNumber,
  formatPercent,
  formatRatio,
  formatSeconds,
} from './units.js';
