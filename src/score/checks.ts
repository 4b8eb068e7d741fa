import { formatCores, formatCount, formatMs, formatNumber, formatPercent } from '../machine/pure.js';
import { percentileMs } from '../record/histogram.js';
import { type Accounting, type NodeName, type RunRecord, samePlan } from '../record/pure.js';
import { loadFault } from './load-note.js';
import { isCaptured, nodeOf, workOf } from './measures.js';
import { numberOf, type Pair, type ValidityCheck } from './scorecard.js';
import { driftOf } from './steadiness.js';

/** Bounds beyond which a comparison can't be believed. */
export const LIMITS = {
  /** How late the generator itself may send, p99 in ms. A captured trace has bursts that no generator sends on time. */
  latenessMs: { made: 5, captured: 20 },
  /** Share of requests that may fail: in all, and more on one side than on the other. */
  errors: 0.01,
  /** By how much the answered requests of the two sides may differ. */
  work: 0.01,
  /** Cores that the generator may use: it has one thread that matters, and a full one sends late. */
  generatorCores: 0.9,
  /** CPU time that a hypervisor may take from the machine. */
  steal: 0.1,
  /** Of the machine's cores: what other programs may use, where all together leave less than the rest idle. */
  others: { share: 0.1, busy: 0.9 },
  /** Share of samples in which the replica must stream; a single sample may be missed. */
  streaming: 0.99,
  /** Share of the answers that the servers may not have counted as a statement. */
  uncounted: 0.001,
  /** Share of followed commits that may stay unseen on the replica: the lag's mean leaves them out. */
  unseen: 0.01,
};

/** One reason to believe a comparison, or not to. Of several pairs, all have to follow the plan of the first. */
type Check = (pair: Pair, first: Pair) => Omit<ValidityCheck, 'id'>;

/**
 * Whether a comparison can be believed: every check with what it found, in the order in which causes come. Of several
 * pairs each has to hold, and those that fail are named.
 */
export function validityChecks(pairs: readonly Pair[]): ValidityCheck[] {
  return Object.entries(CHECKS).map(([id, check]) => {
    const { title, cure, ok, found } = overPairs(
      pairs.map((pair, index) => ({ ...check(pair, pairs[0]!), number: numberOf(pair, index) })),
    );
    return { id, title, ok, found, ...(ok ? {} : { cure }) };
  });
}

function overPairs(results: (ReturnType<Check> & { number: number })[]): ReturnType<Check> {
  const [first] = results;
  if (!first) throw new RangeError('There is no pair to check.');
  if (results.length === 1) return first;
  const failed = results.filter(({ ok }) => !ok);
  const [worst] = failed;
  if (!worst)
    return {
      ...first,
      found: `in each of the ${results.length} pairs; in pair ${first.number}: ${first.found}`,
    };
  return { ...worst, found: failed.map(({ number, found }) => `pair ${number}: ${found}`).join('; ') };
}

const CHECKS: Record<string, Check> = {
  'same-plan': ({ baseline, split }, first) => {
    const differences = [
      ...samePlan(baseline.plan, split.plan),
      ...samePlan(first.baseline.plan, baseline.plan).map((each) => `${each} (first pair and this one)`),
    ];
    return {
      title: 'Both sides ran the same plan',
      ok: differences.length === 0,
      found: differences.length === 0 ? 'the plans agree' : `the plans differ in ${differences.join('; ')}`,
      cure: 'Run the split with the plan of the baseline: "bench run split" without options does.',
    };
  },

  'accounting-adds-up': (pair) => {
    const wrong = sides(pair).flatMap(([side, run]) =>
      accountingFaults(run).map((what) => `${what} of the ${side}`),
    );
    return {
      title: 'Every event is accounted for',
      ok: wrong.length === 0,
      found:
        wrong.length === 0
          ? 'captured = ok + failed + skipped + not sent, in each category and on both sides; each answer has a latency'
          : `events are lost or counted twice in ${wrong.join(', ')}`,
      cure: 'This is a fault of the bench: please report it, with both run.json files.',
    };
  },

  'all-sent': (pair) => {
    const unsent = sides(pair).map(([, run]) => run.accounting.notSent);
    return {
      title: 'Every event was sent',
      ok: unsent.every((events) => events === 0),
      found: unsent.every((events) => events === 0)
        ? 'nothing was left unsent'
        : `events were never sent: ${formatCount(unsent[0] ?? 0)} in the baseline, ${formatCount(unsent[1] ?? 0)} in the split`,
      cure: 'Lower the rate with --rate or --utilisation, or let the run end by itself.',
    };
  },

  'generator-lateness': (pair) => {
    const limit = LIMITS.latenessMs[isCaptured(pair.baseline) ? 'captured' : 'made'];
    const late = sides(pair).map(([, run]) => percentileMs(run.load.window.lateness, 0.99) ?? 0);
    const ok = late.every((p99) => p99 < limit);
    const numbers = `p99 ${formatMs(late[0] ?? 0)} in the baseline, ${formatMs(late[1] ?? 0)} in the split, limit ${formatMs(limit)}`;
    return {
      title: 'The generator sent on time',
      ok,
      found: ok ? numbers : `the generator sent late (${numbers})`,
      cure: 'Close other programs, lower the rate with --rate, or give the nodes less CPU with --node-cpus, so that the generator has a core for itself.',
    };
  },

  'generator-cpu': (pair) => {
    const used = sides(pair).map(([, run]) => generatorCores(run));
    const ok = used.every((cores) => cores === null || cores < LIMITS.generatorCores);
    const say = (cores: number | null | undefined) =>
      cores === null || cores === undefined ? 'not measured' : formatNumber(cores);
    const numbers = `${say(used[0])} of a core in the baseline, ${say(used[1])} in the split, limit ${LIMITS.generatorCores}`;
    return {
      title: 'The generator had CPU to spare',
      ok,
      found: ok ? numbers : `the generator was the limit (${numbers})`,
      cure: 'Lower the rate with --rate: what was measured is the generator, not the database.',
    };
  },

  errors: (pair) => {
    const [before, after] = sides(pair).map(([, run]) => failedShare(run)) as [number, number];
    const tooMany = !isCaptured(pair.baseline) && Math.max(before, after) >= LIMITS.errors;
    const apart = Math.abs(after - before) >= LIMITS.errors;
    const numbers = `${formatPercent(before * 100)} of the requests failed in the baseline, ${formatPercent(after * 100)} in the split`;
    const limit = `limit ${formatPercent(LIMITS.errors * 100)}`;
    return {
      title: isCaptured(pair.baseline) ? 'Both sides failed alike' : 'Hardly any request failed',
      ok: !tooMany && !apart,
      found: `${numbers}, ${limit}${isCaptured(pair.baseline) ? ' apart' : ''}`,
      cure: 'See the errors under "Accounting"; a request that fails costs less than one that is answered.',
    };
  },

  'same-work': ({ baseline, split }) => {
    const [before, after] = [workOf(baseline), workOf(split)];
    const apart = before === after ? 0 : Math.abs(after - before) / Math.max(before, after);
    const ok = before > 0 && apart <= LIMITS.work;
    const numbers = `${formatCount(before)} requests answered in the baseline, ${formatCount(after)} in the split`;
    return {
      title: 'Both sides did the same work',
      ok,
      found:
        before === 0 && after === 0
          ? 'no request was answered in the measured window'
          : `${numbers}, limit ${formatPercent(LIMITS.work * 100)} apart`,
      cure: 'Lower the rate so that both sides can answer all of it, and look at the errors.',
    };
  },

  'baseline-load': ({ baseline }) => {
    const fault = loadFault(baseline);
    const load = nodeOf(baseline, 'primary')?.utilisation;
    return {
      title: 'The baseline was loaded, and not overloaded',
      ok: fault === null,
      found:
        fault ??
        (load === undefined
          ? 'the CPU of the primary was not measured'
          : `its primary ran at ${formatPercent(load * 100)} of its CPU`),
      cure: 'Run the baseline again with --rate auto, which finds the rate anew; lower --utilisation or --rate if it was overloaded.',
    };
  },

  steady: (pair) => {
    const drift = sides(pair).map(([side, run]): [string, string[] | null] => [side, driftOf(run)]);
    const wrong = drift.flatMap(([side, found]) =>
      found && found.length > 0 ? [`${found.join(' and ')} in the ${side}`] : [],
    );
    const untold = drift.some(([, found]) => found === null);
    return {
      title: 'Both runs were steady',
      ok: wrong.length === 0,
      found:
        wrong.length > 0
          ? `a run was not steady: over its window ${wrong.join(', ')}`
          : untold
            ? isCaptured(pair.baseline)
              ? 'not judged: a captured trace has a course of its own'
              : 'not judged: the window has too few time blocks'
            : 'no trend in latency or CPU over the window',
      cure: 'Lower the rate with --rate or --utilisation if latency rose: the servers fell behind. Warm up longer with --warmup if it fell.',
    };
  },

  'replica-streaming': ({ split }) => {
    if (split.side === 'baseline')
      return {
        title: 'The replica was streaming all the time',
        ok: true,
        found: 'a baseline against a baseline: there is no replica',
      };
    const share = split.lag?.streamingShare ?? 0;
    const ok = share >= LIMITS.streaming;
    return {
      title: 'The replica was streaming all the time',
      ok,
      found: split.lag
        ? `${ok ? '' : 'the replica was not streaming all the time: '}in ${formatPercent(share * 100)} of the samples`
        : 'the split run has no replica',
      cure: 'Look into the log of the replica: a lost or late connection to the primary makes it answer with old data.',
    };
  },

  'statements-counted': (pair) => {
    const wrong = sides(pair).flatMap(([side, run]) =>
      countingFaults(run).map((what) => `${what} in the ${side}`),
    );
    return {
      title: 'The servers counted every statement',
      ok: wrong.length === 0,
      found:
        wrong.length === 0
          ? 'each node answered each time and discarded nothing, and no answer lacks a statement'
          : `the read volume may be short: ${wrong.join('; ')}`,
      cure: 'If a node did not answer, look into its log. If it discarded statements, raise pg_stat_statements.max, or play a trace with fewer different statements.',
    };
  },

  'lag-seen': ({ split }) => {
    const unseen = split.lag?.unseen ?? 0;
    const followed = unseen + (split.lag?.commitToVisible.count ?? 0);
    const ok = unseen <= followed * LIMITS.unseen;
    const numbers = `${formatCount(unseen)} of ${formatCount(followed)} followed commits were not seen on the replica in time`;
    return {
      title: 'The lag leaves nothing out',
      ok,
      found: ok ? numbers : `the true lag is larger than measured: ${numbers}`,
      cure: 'The replica could not keep up: lower the rate, or give the nodes more CPU with --node-cpus.',
    };
  },

  steal: (pair) => {
    const stolen = sides(pair).map(([, run]) => run.environment.stealShare);
    const ok = stolen.every((share) => share === null || share < LIMITS.steal);
    const say = (share: number | null | undefined) =>
      share === null || share === undefined ? 'not measured' : formatPercent(share * 100);
    const numbers = `${say(stolen[0])} in the baseline, ${say(stolen[1])} in the split, limit ${formatPercent(LIMITS.steal * 100)}`;
    return {
      title: 'The machine was its own',
      ok,
      found: ok
        ? `CPU time taken by other virtual machines: ${numbers}`
        : `other virtual machines took CPU time (${numbers})`,
      cure: 'Run again when the host is quieter, or on a machine with cores of its own.',
    };
  },

  'other-programs': (pair) => {
    const wrong = sides(pair).flatMap(([side, run]) => (othersFault(run) ? [side] : []));
    const used = sides(pair).map(
      ([
        side,
        {
          environment: { othersCores },
        },
      ]) =>
        othersCores == null ? `not measured in the ${side}` : `${formatCores(othersCores)} in the ${side}`,
    );
    const numbers = used.join(', ');
    return {
      title: 'No other program took the CPU',
      ok: wrong.length === 0,
      found:
        wrong.length === 0
          ? `other programs used ${numbers}`
          : `other programs took CPU from a machine that had none to spare: ${numbers}`,
      cure: 'Close other programs and run again: what they take, the servers, the service and the generator lack.',
    };
  },
};

/**
 * What does not add up in a run. The generator counts what was answered, and notes latencies; the service is another
 * process, whose router counts for itself. It may have answered what the generator had given up.
 */
function accountingFaults(run: RunRecord): string[] {
  const { accounting, load, router } = run;
  const whole = Object.values(accounting.byCategory);
  const parts = (['captured', 'ok', 'failed', 'skipped', 'notSent'] as const).filter(
    (what) => whole.reduce((sum, part) => sum + part[what], 0) !== accounting[what],
  );
  const measured = Object.values(load.window.latency).reduce((sum, { count }) => sum + count, 0);
  const routed = router.requests.reduce((sum, { ok }) => sum + ok, 0);
  const { ok, failed } = accounting;
  return [
    ...accounts(run).flatMap(([what, account]) => (addsUp(account) ? [] : [what])),
    ...(parts.length > 0 ? [`the categories, whose sum is not the whole (${parts.join(', ')}),`] : []),
    ...(measured === load.window.accounting.ok ? [] : ['the latencies in the window']),
    ...(isCaptured(run) || (routed >= ok && routed <= ok + failed) ? [] : ['the requests of the router']),
  ];
}

/** Why the servers' counts of what they executed may be short. SmartMenu's requests are one statement each. */
function countingFaults(run: RunRecord): string[] {
  const short = run.volume.flatMap(({ node, short }) => (short ? [SHORT[short](node)] : []));
  const calls = run.volume.reduce((sum, { whole: { read, write } }) => sum + read.calls + write.calls, 0);
  const missing = isCaptured(run) ? 0 : run.accounting.ok - calls;
  return missing > LIMITS.uncounted * run.accounting.ok
    ? [...short, `${formatCount(missing)} of the answered requests have no statement in the servers’ counts`]
    : short;
}

const SHORT = {
  'no answer': (node: NodeName) => `the ${node} did not answer each time it was asked what it had executed`,
  discarded: (node: NodeName) => `the ${node} had no room for so many statements and discarded some`,
};

function othersFault({ plan, environment: { busyCores, othersCores } }: RunRecord): boolean {
  const { cores } = plan.machine;
  if (busyCores == null || othersCores == null) return false;
  return othersCores >= LIMITS.others.share * cores && busyCores >= LIMITS.others.busy * cores;
}

function sides({ baseline, split }: Pair): ['baseline' | 'split', RunRecord][] {
  return [
    ['baseline', baseline],
    ['split', split],
  ];
}

function accounts(run: RunRecord): [string, Accounting][] {
  const whole = run.accounting;
  const window = run.load.window.accounting;
  return [
    ['the whole run', whole],
    ['the window', window],
    ...Object.entries(whole.byCategory).map(([name, part]): [string, Accounting] => [
      `category ${name}`,
      part,
    ]),
    ...Object.entries(window.byCategory).map(([name, part]): [string, Accounting] => [
      `category ${name} in the window`,
      part,
    ]),
  ];
}

function addsUp({ captured, ok, failed, skipped, notSent }: Accounting): boolean {
  return captured === ok + failed + skipped + notSent;
}

function failedShare({ accounting: { ok, failed } }: RunRecord): number {
  return ok + failed > 0 ? failed / (ok + failed) : 0;
}

/** From the observer if it watched the process, else from what the driver knows of itself. */
function generatorCores({ processes, load: { generator } }: RunRecord): number | null {
  if (processes.generatorCores !== null) return processes.generatorCores;
  if (generator.cpuSeconds === null || generator.playedSeconds <= 0) return null;
  return generator.cpuSeconds / generator.playedSeconds;
}
