import type { ScenarioSummary } from '../../record/pure.js';
import { ITERATIONS } from './samples.js';

/** What k6 gives to `handleSummary`. @see https://grafana.com/docs/k6/latest/results-output/end-of-test/custom-summary/ */
interface K6Summary {
  metrics: Record<string, { values: Record<string, number>; thresholds?: Record<string, { ok: boolean }> }>;
  root_group: Group;
}

interface Group {
  name: string;
  checks: { name: string; passes: number; fails: number }[];
  groups: Group[];
}

/** What a record keeps of k6's summary. */
export function readSummary({
  metrics,
  root_group,
}: K6Summary): Omit<ScenarioSummary, 'iterations' | 'notStarted'> {
  const own = Object.entries(metrics).filter(([name]) => name !== ITERATIONS);
  return {
    thresholds: own.flatMap(([metric, { thresholds = {} }]) =>
      Object.entries(thresholds).map(([threshold, { ok }]) => ({ metric, threshold, ok })),
    ),
    checks: checksIn(root_group),
    metrics: Object.fromEntries(own.map(([name, { values }]) => [name, values])),
  };
}

/** With the names of their groups before them. */
function checksIn({ name, checks, groups }: Group): ScenarioSummary['checks'] {
  const own = checks.map(({ name, passes, fails }) => ({ name, passes, fails }));
  const all = [...own, ...groups.flatMap(checksIn)];
  return name === '' ? all : all.map((check) => ({ ...check, name: `${name}: ${check.name}` }));
}
