import { plainJson } from '../machine/pure.js';
import type { Reporter } from './reporter.js';

/** The scorecard as it is: what other programs read. */
export const json: Reporter = {
  fileName: 'compare.json',
  render: ({ scorecard }) => `${plainJson(scorecard, 2)}\n`,
};
