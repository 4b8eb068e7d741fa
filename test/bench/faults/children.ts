import { setTimeout as sleep } from 'node:timers/promises';
import { NEXT_RUN, runOf, SMALL } from './commands.js';
import { kill, type Process } from './ground.js';
import type { Bench, Exit, Fault } from './promises.js';

/** A process that a run starts, or that its servers do. */
interface Victim {
  is(process: Process): boolean;
  /** What its run is, where it isn't that of a split with the player. */
  args?: readonly string[];
}

const named = (words: RegExp) => (process: Process) => words.test(process.command);
const serverOf = (node: string) => named(new RegExp(`postgres -D \\S*/${node}$`));
/** A worker of a server calls itself so. */
const worker = (node: string, words: string) => (process: Process) =>
  process.folder.endsWith(`/${node}`) && new RegExp(`^postgres: .*${words}`).test(process.command);

const VICTIMS = {
  'the primary': { is: serverOf('primary') },
  'the replica': { is: serverOf('replica') },
  'a backend of the primary': { is: worker('primary', 'splitbench_app ') },
  'a backend of the replica': { is: worker('replica', 'splitbench_app ') },
  'the walsender': { is: worker('primary', 'walsender') },
  'the walreceiver': { is: worker('replica', 'walreceiver') },
  "the replica's startup process": { is: worker('replica', 'startup') },
  'the player': { is: named(/splitbench-player|player\/main/) },
  k6: {
    is: named(/k6 run/),
    args: ['run', 'split', '--driver', 'k6', ...SMALL.slice(2), '--duration', '6s'],
  },
  'the service': { is: named(/splitbench-service|service\/main/) },
  'the bench': { is: named(/bin\/bench\.js/) },
} as const satisfies Record<string, Victim>;

interface Row {
  victim: keyof typeof VICTIMS;
  signal: 'SIGKILL' | 'SIGSTOP';
  /** It goes on after so long. */
  forS?: number;
  exits: readonly Exit[];
  says?: RegExp;
  leaves?: true;
}

const ENDED = [4];
const MEASURED = [0];
/** What the servers make of it decides whether anything was measured; either way it is said. */
const EITHER = [0, 4];

const ROWS: readonly Row[] = [
  { victim: 'the primary', signal: 'SIGKILL', exits: ENDED, says: /primary/i },
  { victim: 'the replica', signal: 'SIGKILL', exits: EITHER, says: /replica/i },
  { victim: 'a backend of the primary', signal: 'SIGKILL', exits: EITHER, says: /primary/i },
  { victim: 'a backend of the replica', signal: 'SIGKILL', exits: EITHER, says: /replica/i },
  { victim: 'the walsender', signal: 'SIGKILL', exits: EITHER, says: /primary/i },
  { victim: 'the walreceiver', signal: 'SIGKILL', exits: EITHER, says: /replica/i },
  { victim: "the replica's startup process", signal: 'SIGKILL', exits: EITHER, says: /replica/i },
  { victim: 'the player', signal: 'SIGKILL', exits: ENDED, says: /player/i },
  { victim: 'k6', signal: 'SIGKILL', exits: ENDED, says: /k6/ },
  { victim: 'the service', signal: 'SIGKILL', exits: ENDED, says: /service/i },
  { victim: 'the bench', signal: 'SIGKILL', exits: ['SIGKILL'], leaves: true },
  { victim: 'the primary', signal: 'SIGSTOP', exits: EITHER },
  { victim: 'the replica', signal: 'SIGSTOP', exits: EITHER },
  { victim: 'a backend of the primary', signal: 'SIGSTOP', exits: EITHER },
  { victim: 'the walsender', signal: 'SIGSTOP', exits: EITHER },
  { victim: 'the walreceiver', signal: 'SIGSTOP', exits: EITHER },
  { victim: "the replica's startup process", signal: 'SIGSTOP', exits: EITHER, says: /replica/i },
  { victim: 'the player', signal: 'SIGSTOP', exits: ENDED, says: /player/i },
  { victim: 'k6', signal: 'SIGSTOP', exits: ENDED, says: /k6/ },
  { victim: 'the service', signal: 'SIGSTOP', exits: EITHER },
  { victim: 'the bench', signal: 'SIGSTOP', forS: 3, exits: MEASURED },
];

/** Every process of a run killed, and frozen, while it is measured. */
export const children: Fault[] = [...ROWS.map(faultOf), NEXT_RUN];

function faultOf({ victim, signal, forS, exits, says, leaves }: Row): Fault {
  const { is, args = runOf('split', 6) }: Victim = VICTIMS[victim];
  return {
    name: `${victim}: ${signal}${forS === undefined ? '' : ` for ${forS} s`}`,
    args,
    ...{ exits, says, leaves },
    async harm(bench) {
      if (!(await bench.said(/^measuring/))) return false;
      await sleep(1000);
      const found = await find(bench, is);
      if (!found) return false;
      kill(found.pid, signal);
      if (forS !== undefined) {
        await sleep(forS * 1000);
        kill(found.pid, 'SIGCONT');
      }
      return true;
    },
  };
}

/** A backend may be between two connections. */
async function find(bench: Bench, is: Victim['is']): Promise<Process | undefined> {
  for (let attempt = 0; attempt < 20 && !bench.hasEnded; attempt++) {
    const found = bench.processes().find(is);
    if (found) return found;
    await sleep(50);
  }
  return undefined;
}
