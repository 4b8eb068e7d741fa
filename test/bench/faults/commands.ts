/** What faults are tried on: each command, made short. */

/** The built-in player on little data at a low rate. */
export const SMALL = '--driver player --scale 0.01 --rate 30 --warmup 0s'.split(' ');

export const runOf = (side: 'baseline' | 'split', seconds: number, ...options: string[]) => [
  'run',
  side,
  ...SMALL,
  '--duration',
  `${seconds}s`,
  ...options,
];

/** A bench that has to work, whatever happened to the one before it, and leaves nothing of it. */
export const NEXT_RUN = {
  name: 'the next run works, and nothing is left of those before',
  args: runOf('baseline', 1),
  exits: [0],
  tidies: true,
} as const;
