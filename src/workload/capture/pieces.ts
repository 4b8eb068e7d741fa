import type { LineReader, LogLine, Origin } from './line-reader.js';

/** A line longer than this would not leave memory flat. */
const MAX_CHARACTERS = 32 << 20;

/** Puts together the lines that a container's runtime has cut into pieces, for each of its streams. */
export class Pieces {
  readonly #open = new Map<string, LogLine>();

  constructor(private readonly next: LineReader) {}

  add(piece: { stream: string; text: string; isLast: boolean }, number: number, origin: Origin): void {
    const { stream, text, isLast } = piece;
    const line = this.#open.get(stream) ?? { text: '', number, origin };
    line.text += text;
    if (line.text.length > MAX_CHARACTERS) {
      line.text = '';
      this.next.lost(line.number, `a line longer than ${MAX_CHARACTERS >> 20} MiB`);
    }
    if (isLast) {
      this.#open.delete(stream);
      this.next.read(line);
    } else {
      this.#open.set(stream, line);
    }
  }

  end(): void {
    for (const line of this.#open.values()) this.next.read(line);
    this.next.end();
  }
}
