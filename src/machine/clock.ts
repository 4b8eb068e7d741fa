/** Wall-clock time in ms since the epoch, with its fraction. */
export function epochMs(): number {
  return performance.timeOrigin + performance.now();
}
