import { parseObject, textOf } from './json-records.js';
import { stampOf } from './log-time.js';
import type { Wrapping } from './wrapping.js';

/** Google Cloud Logging's entries, such as those of Cloud SQL: one JSON object a line, as a sink exports them. */
export const cloudLogging: Wrapping = {
  holds: (text) => text.startsWith('{') && text.includes('"textPayload":"'),
  unwrapper(next) {
    return {
      read({ text: line, number }) {
        const { textPayload, timestamp, logName } = parseObject(line) ?? {};
        if (typeof textPayload === 'string') {
          const origin = { process: '', time: stampOf(Date.parse(textOf(timestamp))) };
          for (const text of textPayload.replace(/\n$/, '').split('\n')) next.read({ text, number, origin });
        } else if (typeof logName !== 'string') {
          // Entries that hold something else are other services'.
          next.lost(number, 'not a whole entry');
        }
      },
      lost: (number, reason) => next.lost(number, reason),
      end: () => next.end(),
    };
  },
};
