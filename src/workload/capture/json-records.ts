import type { LineReader, LogLine } from './line-reader.js';
import type { LogHandlers, LogRecord } from './log-record.js';

/** Reads records that are written as one JSON object each, on a line of its own. */
export class JsonReader implements LineReader {
  /**
   * @param head how a record begins. Its bare quotes stand nowhere within one: there, a backslash comes before each.
   * @param recordOf undefined if an object is no record, null if it is somebody else's
   */
  constructor(
    private readonly handlers: LogHandlers,
    private readonly head: string,
    private readonly recordOf: (object: Record<string, unknown>) => LogRecord | null | undefined,
  ) {}

  read({ text, number }: LogLine): void {
    if (text.trim() === '') return;
    let record = this.#recordIn(text);
    if (record === undefined) {
      this.lost(number, 'not a whole record');
      // A crash leaves a line unfinished, and the next record goes on where it ends.
      record = this.#recordIn(text.slice(text.lastIndexOf(this.head)));
    }
    if (record) this.handlers.record(record, number);
  }

  lost(number: number, reason: string): void {
    this.handlers.torn(number, reason);
  }

  end(): void {}

  #recordIn(text: string): LogRecord | null | undefined {
    const object = parseObject(text);
    return object && this.recordOf(object);
  }
}

/** Undefined if a text is no JSON, or none of an object. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** A text as it is; anything else is none. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
