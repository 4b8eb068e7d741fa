import type { LineReader } from './log-lines.js';
import type { LogHandlers, LogRecord } from './log-record.js';

/** Reads records that are written as one JSON object each, on a line of its own. */
export class JsonReader implements LineReader {
  /**
   * @param head how a record begins. Its bare quotes stand nowhere within one: there, a backslash comes before each.
   * @param recordOf undefined if an object is no record
   */
  constructor(
    private readonly handlers: LogHandlers,
    private readonly head: string,
    private readonly recordOf: (object: Record<string, unknown>) => LogRecord | undefined,
  ) {}

  read(line: string, number: number): void {
    if (line.trim() === '') return;
    const whole = this.#recordIn(line);
    if (!whole) this.lost(number, 'not a whole record');
    // A crash leaves a line unfinished, and the next record goes on where it ends.
    const record = whole ?? this.#recordIn(line.slice(line.lastIndexOf(this.head)));
    if (record) this.handlers.record(record, number);
  }

  lost(number: number, reason: string): void {
    this.handlers.torn(number, reason);
  }

  end(): void {}

  #recordIn(text: string): LogRecord | undefined {
    try {
      const object: unknown = JSON.parse(text);
      return typeof object === 'object' && object
        ? this.recordOf(object as Record<string, unknown>)
        : undefined;
    } catch {
      return undefined;
    }
  }
}

/** A text as it is; anything else is none. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
