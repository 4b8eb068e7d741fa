import { setTimeout as sleep } from 'node:timers/promises';
import { type Random, random } from '../../../src/machine/pure.js';
import { NEXT_RUN, SMALL } from './commands.js';
import { kill } from './ground.js';
import type { Fault } from './promises.js';

/** Each command, and about how long it takes: it is interrupted at any moment of that. */
export const COMMANDS: readonly { args: readonly string[]; seconds: number; ends?: readonly number[] }[] = [
  { args: ['run', 'split', ...SMALL, '--duration', '3s'], seconds: 12 },
  { args: ['run', 'baseline', '--driver', 'k6', ...SMALL.slice(2), '--duration', '3s'], seconds: 10 },
  { args: ['trials', ...SMALL, '--duration', '2s', '--pairs', '2'], seconds: 30 },
  { args: ['demo', ...SMALL, '--duration', '2s'], seconds: 30 },
  { args: ['plan', '--driver', 'player', '--scale', '0.01', '--duration', '2s'], seconds: 20 },
  { args: ['prepare', 'postgres://127.0.0.1:9/none'], seconds: 0.5, ends: [2] },
  { args: ['calibrate', '--scale', '0.01', '--step', '1s'], seconds: 15 },
  { args: ['serve', '--scale', '0.01', '--port', '0'], seconds: 15 },
  { args: ['selfcheck', '--quick'], seconds: 40 },
  { args: ['import', 'server.csv', '-o', 'import.trace'], seconds: 1.5 },
  // Of an import that was interrupted there is no trace.
  { args: ['inspect', 'import.trace'], seconds: 1, ends: [0, 2] },
  // The newest runs may be of different plans by then.
  { args: ['compare'], seconds: 1.5, ends: [0, 1, 2, 3] },
  { args: ['trend', 'reports'], seconds: 1 },
  { args: ['open'], seconds: 0.5 },
  { args: ['report', 'reports'], seconds: 0.5, ends: [0, 2] },
  { args: ['schema', 'run'], seconds: 0.5 },
  { args: ['k6', 'version'], seconds: 0.5 },
  { args: ['doctor'], seconds: 1 },
];

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** How many are interrupted twice, and when again: npx doubles each signal, which counts as one within 0.3 s. */
const TWICE = 0.25;
const AGAIN_S = [0.4, 1.5] as const;
/** In all phases of a command, a bench that is interrupted has ended by then; one that is interrupted twice ends at once. */
const WITHIN_S = 15;
const AT_ONCE_S = 3;

/** Commands interrupted at moments drawn by chance, by each of the signals, some twice. */
export function interrupts(count: number, seed: number): Fault[] {
  const chance = random(seed, 1, 0);
  return [...Array.from({ length: count }, (_, index) => interrupt(index, chance)), NEXT_RUN];
}

function interrupt(index: number, chance: Random): Fault {
  const { args, seconds, ends = [0, 1, 3] } = COMMANDS[index % COMMANDS.length]!;
  const signal = SIGNALS[index % SIGNALS.length]!;
  const afterS = chance.between(0, seconds);
  const againS = chance.next() < TWICE ? chance.between(...AGAIN_S) : null;
  const again = againS === null ? '' : `, and again after ${againS.toFixed(2)} s`;
  return {
    name: `${args.slice(0, 2).join(' ')}: ${signal} after ${afterS.toFixed(2)} s${again}`,
    args,
    // Before it looks for signals, and after its last sentence, a program ends by them; nothing is under way then.
    exits: [130, signal],
    check: ({ exit, stderr }) =>
      exit === signal && !/^(bench: .*\n)?$/.test(stderr)
        ? [`it was ended by ${signal} when it had begun`]
        : [],
    mayMiss: ends,
    ...(againS !== null && { leaves: true }),
    withinS: againS === null ? WITHIN_S : AT_ONCE_S,
    async harm(bench) {
      await sleep(afterS * 1000);
      if (bench.hasEnded) return false;
      kill(bench.pid, signal);
      if (againS === null) return true;
      await sleep(againS * 1000);
      if (!bench.hasEnded) kill(bench.pid, signal);
      return true;
    },
  };
}
