import type { Category } from '../../record/pure.js';
import type { Counted, Endings, Outcome, Timing } from '../tally.js';

/**
 * What k6 tells of an event that has ended, for the driver to count: `category, operation`, then `dueMs, readyMs, sentMs, answeredMs`
 * and, of its delay, `generator, connection, server`, all in ms; last its error code, or null where all was well. One event
 * behind the other in one list: k6 interprets its script, and to build and to write anything more costs it time.
 */
export type EndedEvents = (string | number | null)[];

const FIELDS = 10;

/**
 * Keeps what has ended until it is told. To count it here, in histograms, would take a fifth of what k6 does for a request.
 */
export class EndedLog implements Endings {
  private untold: EndedEvents = [];
  ok = 0;

  ended(event: Counted, outcome: Outcome, { readyMs, sentMs, answeredMs, delay }: Timing): void {
    const code = outcome.end === 'failed' ? outcome.code : null;
    if (code === null) this.ok++;
    this.untold.push(
      event.category,
      event.operation,
      event.dueMs,
      readyMs,
      sentMs,
      answeredMs,
      delay.generator,
      delay.connection,
      delay.server,
      code,
    );
  }

  /** What has ended since this was called last. */
  take(): EndedEvents {
    const taken = this.untold;
    this.untold = [];
    return taken;
  }
}

/** Counts what k6 told of. */
export function countEnded(told: EndedEvents, into: Endings): void {
  for (let at = 0; at < told.length; at += FIELDS) {
    const [category, operation, dueMs, readyMs, sentMs, answeredMs, generator, connection, server, code] =
      told.slice(at, at + FIELDS) as [Category, string, ...number[]];
    into.ended(
      { category, operation, dueMs: dueMs! },
      code === null ? { end: 'ok' } : { end: 'failed', code: String(code) },
      {
        ...{ readyMs: readyMs!, sentMs: sentMs!, answeredMs: answeredMs! },
        delay: { generator: generator!, connection: connection!, server: server! },
      },
    );
  }
}
