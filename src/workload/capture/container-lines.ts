import { stampOf } from './log-time.js';
import { Pieces } from './pieces.js';
import type { Wrapping } from './wrapping.js';

const LINE =
  /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) (?:(stdout|stderr) ([FP]) )?(.*)$/s;

/**
 * Lines of a container as Kubernetes keeps them (`2025-03-03T10:00:00.123456789Z stderr F …`, P where a line goes on), and
 * as `kubectl logs --timestamps` and `docker logs --timestamps` show them.
 */
export const containerLines: Wrapping = {
  holds: (text) => LINE.test(text),
  unwrapper(next) {
    const pieces = new Pieces(next);
    return {
      read({ text: line, number }) {
        const [, time, stream = '', part, text] = LINE.exec(line) ?? [];
        if (text === undefined) next.lost(number, 'not a line of a container');
        else
          pieces.add({ stream, text, isLast: part !== 'P' }, number, {
            process: '',
            time: stampOf(Date.parse(time!)),
          });
      },
      lost: (number, reason) => next.lost(number, reason),
      end: () => pieces.end(),
    };
  },
};
