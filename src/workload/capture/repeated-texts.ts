/** How many texts are remembered. */
const PLACES = 1 << 13;

/**
 * Makes texts of bytes. A text that was made lately is found by its hash: that is cheaper than to make it anew, and
 * memory holds one string instead of one for each record.
 */
export class RepeatedTexts {
  readonly #texts: string[] = new Array(PLACES).fill('');

  of(buffer: Buffer, start: number, end: number): string {
    // FNV-1a.
    let hash = 0x811c9dc5;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ buffer[at]!, 0x01000193);
    const place = (hash ^ (hash >>> 15)) & (PLACES - 1);
    const known = this.#texts[place]!;
    if (isSame(known, buffer, start, end)) return known;
    const text = buffer.toString('utf8', start, end);
    this.#texts[place] = text;
    return text;
  }
}

/** Of ASCII alone: what else there is differs from its bytes, and is made anew. */
function isSame(text: string, buffer: Buffer, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== buffer[start + i]) return false;
  return true;
}
