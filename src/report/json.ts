import type { Reporter } from './reporter.js';

/** The scorecard as it is: what other programs read. */
export const json: Reporter = {
  fileName: 'compare.json',
  render: ({ scorecard }) => `${JSON.stringify(scorecard, null, 2)}\n`,
};
