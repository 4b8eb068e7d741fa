import type { RunRecord } from '../../record/pure.js';
import { type Chart, type Charts, HEIGHT } from '../charts/charts.js';
import type { SeriesStyle } from '../charts/config.js';
import { lagOverTime } from '../charts/lag.js';
import { poolsOverTime, share } from '../charts/pools.js';
import { cpuLine, cpuOverTime, used } from '../charts/primary-cpu.js';

/** What a single run shows over time: CPU, lag and pools, where they were sampled. */
export function chartsOfRun(run: RunRecord): Charts {
  const drawn = [cpu(run), lag(run), pools(run)].filter((chart) => chart !== null);
  return { drawn, absent: [] };
}

/** The primary has the colour of the run's side in a comparison. */
function styleOf({ side, nodes }: RunRecord, node: string): SeriesStyle {
  if (nodes.some(({ name, role }) => name === node && role === 'replica')) return 'replica';
  return side === 'split' ? 'split' : 'baseline';
}

function cpu(run: RunRecord): Chart | null {
  const sampled = run.nodes.filter(({ series }) => series.tMs.length > 0);
  if (sampled.length === 0) return null;
  const hasBudget = sampled.every(({ budget }) => budget.cpus !== null);
  const each = sampled.map((node) => `${node.name} ${used(node, run)}`);
  return {
    ...{ id: 'primary-cpu', height: HEIGHT },
    title: `CPU: ${each.join(', ')} of ${!hasBudget ? 'the machine' : sampled.length > 1 ? 'their budgets' : 'its budget'}`,
    about: 'By the kernel’s count of each server’s CPU time.',
    ...cpuOverTime(
      [run],
      sampled.map((node) => cpuLine([node.name, node.name], styleOf(run, node.name), node)),
      hasBudget,
    ),
  };
}

function lag(run: RunRecord): Chart | null {
  if (!run.lag || run.lag.commitToVisible.count === 0) return null;
  return { id: 'lag', height: HEIGHT, ...lagOverTime([run], run) };
}

function pools(run: RunRecord): Chart | null {
  const sampled = run.pools.filter(({ series }) => series.tMs.length > 0);
  if (sampled.length === 0) return null;
  const each = sampled.map(({ node, utilisationMean }) => `${node} ${share(utilisationMean)}`);
  return {
    ...{ id: 'pools', height: HEIGHT },
    title: `Connections in use on average: ${each.join(', ')}`,
    about: 'A burst can fill any pool for a moment.',
    ...poolsOverTime(
      [run],
      sampled.map((pool) => ({ pool, name: pool.node, label: pool.node, style: styleOf(run, pool.node) })),
    ),
  };
}
