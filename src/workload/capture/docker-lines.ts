import { parseObject, textOf } from './json-records.js';
import { stampOf } from './log-time.js';
import { Pieces } from './pieces.js';
import type { Wrapping } from './wrapping.js';

/** Lines as Docker's json-file driver keeps them: `{"log":"…\n","stream":"stderr","time":"…Z"}`, without `\n` where a line goes on. */
export const dockerLines: Wrapping = {
  holds: (text) => text.startsWith('{"log":"'),
  unwrapper(next) {
    const pieces = new Pieces(next);
    return {
      read({ text: line, number }) {
        const { log, stream, time } = parseObject(line) ?? {};
        if (typeof log !== 'string') {
          next.lost(number, 'not a line of a container');
          return;
        }
        const isLast = log.endsWith('\n');
        const text = isLast ? log.slice(0, -1) : log;
        const origin = { process: '', time: stampOf(Date.parse(textOf(time))) };
        pieces.add({ stream: textOf(stream), text, isLast }, number, origin);
      },
      lost: (number, reason) => next.lost(number, reason),
      end: () => pieces.end(),
    };
  },
};
