/**
 * Positions in the write-ahead log, as bytes from 0/0: exact in a double for the first 8 PiB. What a session has seen
 * is such a position, and a replica may answer it once it has replayed that far.
 */

/** `16/B374D848` as bytes. */
export function parseLsn(text: string): number {
  const [high, low] = text.split('/');
  return Number.parseInt(high!, 16) * 2 ** 32 + Number.parseInt(low!, 16);
}

/** Bytes as `16/B374D848`. */
export function formatLsn(lsn: number): string {
  const high = Math.floor(lsn / 2 ** 32);
  return `${high.toString(16).toUpperCase()}/${(lsn - high * 2 ** 32).toString(16).toUpperCase()}`;
}

/**
 * The position a replica must have replayed for a commit at `lsn` to be visible. Just after a page header (24 bytes,
 * or 40 for the first page of a segment) no record has been written yet: on an idle primary the replica would stay
 * at the page's start for ever.
 */
export function visibleAt(lsn: number): number {
  const inPage = lsn % 8192;
  return inPage === 24 || inPage === 40 ? lsn - inPage : lsn;
}
