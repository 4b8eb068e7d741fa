/** The same text on its own: one that was cut out of a line would hold all of the line in memory. */
export function flat(text: string): string {
  return Buffer.from(text).toString();
}
