import { formatSeconds } from '../../machine/pure.js';
import {
  canHaveControl,
  hasOwnPace,
  isApplication,
  type RunRecord,
  type Topology,
} from '../../record/pure.js';
import { noBudgetNote, replicasOf } from '../../score/index.js';
import { intervalsInWords } from '../words.js';
import { type Html, markup } from './markup.js';
import type { Section } from './section.js';

/** How it was measured, and what that can't tell. */
export const method: Section = {
  title: 'Method',
  body({ pair, scorecard: { equalSides, scorecard, control, divergence } }) {
    const { baseline, split } = pair;
    const { load, topology } = split.plan;
    const intervals = intervalsInWords(scorecard);
    const { several, furthest } = replicasOf(split);
    const reserved = topology.nodes.some(({ reservedFor }) => reservedFor !== undefined);
    const counted = split.consistency.length > 0;
    const how = [
      `${drivenInWords(split)}: once against a primary alone (baseline), once against ${equalSides ? 'the same again (called split here)' : `a primary with ${several ? 'streaming replicas' : 'a streaming replica'} (split)`}. ${startInWords(topology)}`,
      `Figures are of the measured window of ${formatSeconds(baseline.window.seconds)}${load.warmupS > 0 ? `, after a warm-up of ${formatSeconds(load.warmupS)}` : ''}. ${isApplication(split) ? 'Latency counts from when the scenario came to each request' : 'Latency counts from the time at which each event was due, so that waiting is never hidden'}; the generator’s own lateness is recorded separately.`,
      'Read volume is the servers’ own count (pg_stat_statements), for each answer; the bench’s own statements are left out.',
      topology.cpuMethod === 'none'
        ? `${countedInWords(topology)} ${noBudgetNote(split.plan) ?? ''}`
        : `CPU is the kernel’s count of each server’s CPU time. Each server had a budget of its own, the same on both sides (${topology.cpuMethod}).`,
      split.lag?.followed === 'positions'
        ? `Lag is the time from when the primary was asked how far it has written its WAL until ${furthest} had replayed that: the bench may not write there, so it followed no commits.`
        : `Lag is the time from a commit’s return on the primary until ${furthest} shows it.`,
      reserved &&
        'The lag of a replica that takes analytics alone is shown beside that of the others, and is not judged.',
      !isApplication(split) &&
        'Use of a pool is the time-weighted mean share of its connections that were in use.',
      counted &&
        'Stale reads are counted by sessions of the bench’s own, on both sides: each writes a row several times a minute and reads it back, at once and before its next write.',
      intervals &&
        `Ranges are ${intervals}. A target is met or missed if all of its range is on one side of it. Whether the sides differ at all is tested apart, with the number of figures taken into account (Holm).`,
    ];
    const limits = [
      'How much analytics gain depends strongly on how busy the primary was.',
      markup`A split has the CPU of ${several ? 'several' : 'two'} servers. One primary with all of it may do as well${canHaveControl(split) && markup`: <code>bench run control</code> measures that${control && ' (here: “Control”)'}`}.`,
      !counted && 'Stale reads were not counted.',
      !divergence && markup`Answers were not compared: runs with <code>--check-results</code> record them.`,
      topology.nodes.some(({ server }) => server)
        ? 'The servers are not the bench’s: what else they did meanwhile, and what the network to them added, is in the figures.'
        : 'All processes shared one machine: there is no network between the servers and their clients, and no second disk.',
    ];
    return markup`${list(how)}<h3>What it cannot tell</h3>${list(limits)}`;
  },
};

/** What drove each run. */
function drivenInWords(run: RunRecord): string {
  if (!isApplication(run)) {
    return 'The same trace was replayed twice, on its schedule and however slow the servers were';
  }
  if (hasOwnPace(run)) {
    return 'The same k6 scenario drove the application twice, by its own executors (closed model: each of its users waits for answers, so a slower side got less to do, and figures are for each answer)';
  }
  return 'The same k6 scenario drove the application twice, its iterations on one schedule however slow the servers were';
}

/** What data each run met, and what replicas did in the baseline. */
function startInWords({ reset, nodes }: Topology): string {
  if (reset === undefined) return 'Both started from the same data.';
  const data =
    reset === 'none'
      ? 'Each run met what the run before it had left: as far as that was more or other data, the sides differ by it too.'
      : reset === 'template'
        ? 'Before each run the database was made anew from the same template.'
        : 'Before each run a command of the user’s put the data back; whether it did is not known.';
  const streamed = `the ${nodes.length > 2 ? 'replicas' : 'replica'} streamed`;
  return `${data} The servers were the same ones on both sides: in the baseline ${streamed}, and answered nothing.`;
}

function countedInWords({ nodes }: Topology): string {
  const others = nodes.some(({ server }) => server && server.cpu?.from !== 'kernel');
  return others
    ? 'CPU is what the source named for each server says of it (see Environment).'
    : 'CPU is the kernel’s count of each server’s CPU time.';
}

function list(items: (Html | string | false)[]): Html {
  return markup`<ul>${items.map((item) => item && markup`<li>${item}</li>`)}</ul>`;
}
