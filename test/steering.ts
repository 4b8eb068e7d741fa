/** What a terminal obeys, and what turns a text around. */
const STEERING = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** The first character of a text that steers who shows it, other than the layout; null if nothing does. */
export function steeringIn(text: string, layout = '\n'): string | null {
  const [found] = STEERING.exec([...text].filter((character) => !layout.includes(character)).join('')) ?? [];
  return found ?? null;
}
