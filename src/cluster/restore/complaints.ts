/** Kinds of errors worth telling; a dump without its extensions repeats a few of them a thousand times. */
const TOLD = 20;

/** The servers' errors in a restore's output, alike ones once, as sentences. */
export function complaints(stderr: string): string[] {
  const counts = new Map<string, number>();
  for (const [, text] of stderr.matchAll(/\bERROR: +(.*)$/gm)) {
    // What was made ready beforehand is there already; and a value from the data is nobody's business.
    if (/^(database|schema) ".*" already exists$/.test(text!)) continue;
    const message = text!.replace(/: ".*"?$/, '');
    counts.set(message, (counts.get(message) ?? 0) + 1);
  }
  const sentences = [...counts].map(
    ([message, count]) => `Restoring the snapshot: ${message}${count > 1 ? ` (${count} times)` : ''}.`,
  );
  const more = sentences.length - TOLD;
  return more > 0
    ? [...sentences.slice(0, TOLD), `Restoring the snapshot: ${more} more kinds of errors.`]
    : sentences;
}
