import { setTimeout as sleep } from 'node:timers/promises';
import { NEXT_RUN, runOf, SMALL } from './commands.js';
import { kill, type Process } from './ground.js';
import type { Bench, Exit, Fault } from './promises.js';

/** A process that a run starts, or that its servers do. */
interface Victim {
  is(process: Process): boolean;
  /** Whether each that is such is meant; by default the first. */
  all?: boolean;
}

const named = (words: RegExp) => (process: Process) => words.test(process.command);
const serverOf = (node: string) => named(new RegExp(`postgres -D \\S*/${node}$`));
const processOf = (node: string) => (process: Process) => process.folder.endsWith(`/${node}`);
/** A worker of a server calls itself so. */
const worker = (node: string, words: string) => (process: Process) =>
  processOf(node)(process) && new RegExp(`^postgres: .*${words}`).test(process.command);

const VICTIMS = {
  'the primary': { is: serverOf('primary') },
  'the replica': { is: serverOf('replica') },
  'all of the primary': { is: processOf('primary'), all: true },
  'all of the replica': { is: processOf('replica'), all: true },
  'a backend of the primary': { is: worker('primary', 'splitbench_app ') },
  'a backend of the replica': { is: worker('replica', 'splitbench_app ') },
  'the walwriter': { is: worker('primary', 'walwriter') },
  'the walsender': { is: worker('primary', 'walsender') },
  'the walreceiver': { is: worker('replica', 'walreceiver') },
  "the replica's startup process": { is: worker('replica', 'startup') },
  initdb: { is: named(/\/initdb /) },
  'the player': { is: named(/splitbench-player|player\/main/) },
  k6: { is: named(/k6 run/) },
  'the service': { is: named(/splitbench-service|service\/main/) },
  'the bench': { is: named(/bin\/bench\.js/) },
  'all processes': { is: () => true, all: true },
} as const satisfies Record<string, Victim>;

interface Row {
  victim: keyof typeof VICTIMS;
  signal: 'SIGKILL' | 'SIGTERM' | 'SIGINT' | 'SIGSTOP';
  /** By default a split with the player. */
  args?: readonly string[];
  /** So many seconds after what was said; by default one after it began to measure. */
  when?: RegExp;
  afterS?: number;
  /** It goes on after so long. */
  forS?: number;
  /** The bench is interrupted then. */
  interrupted?: true;
  exits: readonly Exit[];
  says?: RegExp;
  leaves?: true;
}

const WITH_K6 = ['run', 'split', '--driver', 'k6', ...SMALL.slice(2), '--duration', '6s'];
const LONG = runOf('split', 15);
const WARM = (warmupS: number, seconds: number) => runOf('baseline', seconds, '--warmup', `${warmupS}s`);
const FINDS_RATE = ['run', 'baseline', '--driver', 'player', '--scale', '0.01', '--duration', '2s'];

const ENDED = [4];
/** A run that lost what it can't go on without hears of it at once, and waits for nothing. */
const LOST_WITHIN_S = 20;
/** What the load made of it decides; whatever comes, it is measured or said. */
const EITHER = [0, 4];
const HELD_UP = /the bench itself was held up/i;
const WARMING = /^warming up/;

const KILLED: readonly Row[] = [
  { victim: 'the primary', signal: 'SIGKILL', exits: ENDED, says: /primary's server ended .*SIGKILL/ },
  { victim: 'the primary', signal: 'SIGINT', exits: ENDED, says: /primary's server ended/ },
  // It goes on until the last client has left.
  { victim: 'the primary', signal: 'SIGTERM', exits: EITHER },
  { victim: 'the replica', signal: 'SIGKILL', exits: [0], says: /server of the replica ended/ },
  { victim: 'a backend of the primary', signal: 'SIGKILL', exits: [0], says: /primary restarted/ },
  { victim: 'a backend of the replica', signal: 'SIGKILL', exits: [0], says: /replica restarted/ },
  { victim: 'the walwriter', signal: 'SIGKILL', exits: [0], says: /primary restarted/ },
  { victim: 'the walsender', signal: 'SIGKILL', exits: [0], says: /primary restarted/ },
  { victim: 'the walreceiver', signal: 'SIGKILL', exits: [0], says: /replica restarted/ },
  { victim: 'the walreceiver', signal: 'SIGTERM', exits: [0], says: /replica lost its connection/ },
  { victim: "the replica's startup process", signal: 'SIGKILL', exits: [0], says: /of the replica ended/ },
  { victim: 'the player', signal: 'SIGKILL', exits: ENDED, says: /player ended .*SIGKILL/ },
  { victim: 'k6', signal: 'SIGKILL', args: WITH_K6, exits: ENDED, says: /k6 ended .*SIGKILL/ },
  { victim: 'the service', signal: 'SIGKILL', exits: ENDED, says: /service ended .*SIGKILL/ },
  { victim: 'the bench', signal: 'SIGKILL', exits: ['SIGKILL'], leaves: true },
  {
    victim: 'initdb',
    signal: 'SIGKILL',
    args: [...runOf('baseline', 1), '--scale', '0.02'],
    ...{ when: /^preparing the data set/, afterS: 0 },
    exits: ENDED,
    says: /initdb/,
  },
];

const FROZEN: readonly Row[] = [
  { victim: 'the primary', signal: 'SIGSTOP', exits: EITHER },
  { victim: 'the primary', signal: 'SIGSTOP', interrupted: true, exits: [130] },
  { victim: 'the replica', signal: 'SIGSTOP', exits: EITHER },
  { victim: 'all of the primary', signal: 'SIGSTOP', exits: EITHER, says: /primary answered nothing/ },
  {
    victim: 'all of the replica',
    signal: 'SIGSTOP',
    args: LONG,
    exits: EITHER,
    says: /replica answered nothing/,
  },
  { victim: 'a backend of the primary', signal: 'SIGSTOP', exits: EITHER },
  { victim: 'the walsender', signal: 'SIGSTOP', exits: EITHER },
  { victim: 'the walreceiver', signal: 'SIGSTOP', exits: EITHER },
  {
    victim: "the replica's startup process",
    signal: 'SIGSTOP',
    args: LONG,
    exits: [0],
    says: /did not show a commit|not seen (on a replica )?in time/,
  },
  { victim: 'the player', signal: 'SIGSTOP', exits: ENDED, says: /player ended .*stood still/ },
  { victim: 'k6', signal: 'SIGSTOP', args: WITH_K6, exits: ENDED, says: /k6 ended .*stood still/ },
  { victim: 'the service', signal: 'SIGSTOP', exits: ENDED, says: /service ended .*stood still/ },
];

/** A bench that stood still has measured nothing where it did. */
const STOPPED: readonly Row[] = [
  {
    victim: 'the bench',
    signal: 'SIGSTOP',
    args: WARM(2, 5),
    when: WARMING,
    forS: 3,
    exits: [3],
    says: HELD_UP,
  },
  { victim: 'the bench', signal: 'SIGSTOP', args: runOf('split', 8), forS: 2, exits: [3], says: HELD_UP },
  { victim: 'the bench', signal: 'SIGSTOP', args: WARM(5, 3), when: WARMING, forS: 2, exits: [0] },
  {
    victim: 'all processes',
    signal: 'SIGSTOP',
    args: WARM(2, 5),
    when: WARMING,
    forS: 3,
    exits: [3],
    says: HELD_UP,
  },
  {
    victim: 'the bench',
    signal: 'SIGSTOP',
    args: FINDS_RATE,
    // Its servers are started and rehearsed on first: to be held up then harms nothing.
    ...{ when: /^finding the rate · step/, forS: 3 },
    exits: ENDED,
    says: /search for a rate was held up/,
  },
];

/** Every process of a run killed, and frozen, at work. */
export const children: Fault[] = [...[...KILLED, ...FROZEN, ...STOPPED].map(faultOf), NEXT_RUN];

function faultOf({ victim, signal, forS, interrupted, ...row }: Row): Fault {
  const { args = runOf('split', 6), when = /^measuring/, afterS = 1, exits, says, leaves } = row;
  const { is, all = false }: Victim = VICTIMS[victim];
  const details = [
    ...(forS === undefined ? [] : [`for ${forS} s`]),
    ...(when.source === '^measuring' ? [] : [`while ${when.source.slice(1)}`]),
    ...(interrupted ? ['and the bench is interrupted'] : []),
  ];
  return {
    name: [`${victim}: ${signal}`, ...details].join(', '),
    ...{ args, exits, says, leaves },
    ...(exits === ENDED && signal !== 'SIGSTOP' && { withinS: LOST_WITHIN_S }),
    async harm(bench) {
      if (!(await bench.said(when))) return false;
      await sleep(afterS * 1000);
      const found = await find(bench, is);
      const harmed = all ? found : found.slice(0, 1);
      for (const { pid } of harmed) kill(pid, signal);
      if (forS !== undefined) {
        await sleep(forS * 1000);
        for (const { pid } of harmed) kill(pid, 'SIGCONT');
      }
      if (interrupted) kill(bench.pid, 'SIGTERM');
      return harmed.length > 0;
    },
  };
}

/** A process may take a moment to be there. */
async function find(bench: Bench, is: Victim['is']): Promise<Process[]> {
  for (let attempt = 0; attempt < 100 && !bench.hasEnded; attempt++) {
    const found = bench.processes().filter(is);
    if (found.length > 0) return found;
    await sleep(20);
  }
  return [];
}
