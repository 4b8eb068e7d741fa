/**
 * What steers whoever shows a text, in place of being shown: control characters (C0, DEL and C1), which a terminal obeys,
 * and Unicode's marks of direction, which have a text read in another order than it is written in.
 * @see https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters
 */
const STEERING = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

const SHORT: ReadonlyMap<string, string> = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/**
 * A text as it can be shown anywhere, whoever wrote it: what would steer is shown as in source code, `\x1b` or `\u202e`.
 * @param layout which of it stays as it is, such as `\n` where the text may have lines
 */
export function plainText(text: string, layout = ''): string {
  return text.replace(STEERING, (mark) =>
    layout.includes(mark) ? mark : (SHORT.get(mark) ?? escapeOf(mark)),
  );
}

/** A value as JSON in which nothing steers: what would is escaped, so that the value is the same. */
export function plainJson(value: unknown, indent?: number): string {
  // JSON itself escapes what is below a space: the line breaks are those of the layout.
  return JSON.stringify(value, null, indent).replace(STEERING, (mark) =>
    mark === '\n' ? mark : `\\u${hexOf(mark).padStart(4, '0')}`,
  );
}

function escapeOf(mark: string): string {
  const hex = hexOf(mark);
  return hex.length <= 2 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`;
}

function hexOf(mark: string): string {
  return mark.charCodeAt(0).toString(16);
}
