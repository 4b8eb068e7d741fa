import { formatCores, formatMs, formatNumber, formatSeconds } from '../../machine/pure.js';
import {
  LONGEST_GAP_MS,
  LONGEST_STEP,
  type NodeObservation,
  nodeOf,
  type Plan,
  type RunRecord,
} from '../../record/pure.js';
import { primaryCpu as figure } from '../figures/cpu.js';
import { budgetsHere, coresOf, cpuMsPerRequest, overtimeOf } from '../measures.js';
import { type Pair, runsOf } from '../pair.js';
import type { Target } from './target.js';

/** CPU seconds per second of the primary, as a share of its budget, read from the kernel. */
export const primaryCpu: Target = {
  title: 'CPU of the primary',
  unit: 'percent',
  sideUnit: 'percent',
  figure,
  atOwnPace: { title: 'CPU of the primary for each answer', sideUnit: 'ms' },
  value: 'reduction',
  goal: { bound: 40, band: 60 },
  missing: (pair) => (figure.of(pair.baseline) && figure.of(pair.split) !== null ? null : whyMissing(pair)),
  detail({ baseline, split }) {
    const [before, after] = [nodeOf(baseline, 'primary'), nodeOf(split, 'primary')];
    const [from, to] = [before && coresOf(before, baseline), after && coresOf(after, split)];
    if (!before || !after || from == null || to == null) return '';
    const perRequest = (run: RunRecord, node: NodeObservation) => {
      const ms = cpuMsPerRequest(run, node);
      return ms === null ? 'none answered' : formatMs(ms);
    };
    const { method, cpus } = before.budget;
    const share =
      cpus === null
        ? 'Share of the whole machine'
        : `Share of its ${method === 'none' ? '' : 'budget of '}${formatCores(cpus)}`;
    return [
      `${share}: ${formatCores(from)} → ${formatCores(to)}.`,
      overtimeNote(baseline, split),
      `CPU per answer: ${perRequest(baseline, before)} → ${perRequest(split, after)}.`,
      noBudgetNote(split.plan),
    ]
      .filter((part) => part !== null)
      .join(' ');
  },
};

/** A replay lasts until its last answer, and its CPU is that of the trace's own time; null where both sides kept to it. */
function overtimeNote(baseline: RunRecord, split: RunRecord): string | null {
  if (Math.max(overtimeOf(baseline), overtimeOf(split)) < 1 + SAID) return null;
  const took = [baseline, split].map(({ window }) => formatSeconds(window.seconds));
  return `That is per second of the trace, whose ${formatSeconds(split.plan.load.durationS)} took ${took.join(' and ')} to replay.`;
}

/** How much longer than its trace a replay takes before it is said. */
const SAID = 0.01;

function whyMissing(pair: Pair): string {
  for (const { side, run } of runsOf(pair)) {
    const why = unfitSource(run);
    if (why !== null) return why;
    const gapMs = nodeOf(run, 'primary')?.longestGapMs ?? 0;
    if (figure.of(run) === null && gapMs > LONGEST_GAP_MS)
      return `The CPU of the primary was not read for ${formatMs(gapMs)} at an edge of the ${side}’s window.`;
  }
  return 'The CPU of the primary could not be read.';
}

/** Of a server that others run: why what counts its CPU, if anything does, is of no use for a run's window. */
function unfitSource({ plan, window }: RunRecord): string | null {
  const server = nodeOf(plan.topology, 'primary')?.server;
  if (!server) return null;
  if (!server.cpu) return 'Nobody counts the CPU of the primary: “cpu” in bench.config.ts says who does.';
  const most = LONGEST_STEP * window.seconds;
  if (!('stepS' in server.cpu) || server.cpu.stepS <= most) return null;
  return `The CPU of the primary is told every ${formatSeconds(server.cpu.stepS)}, and for a window of ${formatSeconds(window.seconds)} that must be every ${formatSeconds(most)} or oftener: measure longer with --duration.`;
}

/** What the CPU figure is worth where nothing kept the two servers apart; null where something did, or may have (containers). */
export function noBudgetNote(plan: Plan): string | null {
  const { nodes, cpuMethod } = plan.topology;
  const isShared = nodes.every(
    ({ server }) => server === undefined || (server.local && server.cpu?.from !== 'container'),
  );
  if (cpuMethod === 'none') return isShared ? NO_BUDGET : null;
  const promised = budgetsHere(plan);
  const { cores } = plan.machine;
  return promised > cores
    ? `The CPU budgets add up to ${formatCores(promised)}, and this machine has ${formatNumber(cores)}: ${OF_EACH_OTHER}`
    : null;
}

const NO_BUDGET =
  'No CPU budget was set on this machine: the replica takes its CPU from the same cores as the primary, so this figure shows a tendency and proves nothing.';

const OF_EACH_OTHER =
  'when both are busy, the servers take CPU from each other, so this figure shows a tendency, and how much room there is to grow is not known.';
