import type { LineReader, LogLine } from './line-reader.js';

/** How something that takes a server's log and hands it on writes its lines: a container runtime, a logging service. */
export interface Wrapping {
  /** Whether a line is written so. */
  holds(text: string): boolean;
  /**
   * Reads such lines, and passes on those that the server wrote: fewer or more, and perhaps later.
   * @param sample the first lines of the file
   */
  unwrapper(next: LineReader, sample: readonly LogLine[]): LineReader;
}
