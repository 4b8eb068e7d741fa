import { createHash } from 'node:crypto';
import { basename, extname, join } from 'node:path';
import { request } from 'undici';
import { compileScenario, getK6, inspectScenario, writeScenario } from '../load/index.js';
import { BenchError, wordsOf } from '../machine/pure.js';
import { ROUTED_BY_ITSELF } from '../plan/index.js';
import { byCategory, type PlannedApplication, type Side } from '../record/pure.js';
import { ofCaptured, refuseAsked } from './refuse-options.js';
import type { Workload } from './workload.js';

/** An application may have slept until it is asked for the first time. */
const PATIENCE_MS = 15_000;

/** The bench itself asks the servers little: it sends them nothing of the workload. */
const POOL_SIZE = 1;

/** An application of the user's own, on servers of its own: a k6 scenario drives it, and the bench looks on. */
export const application: Workload = {
  takes: ({ application }) => application !== undefined,
  async open(spec, { signal, ...options }) {
    const { application, rate, warmupS, durationS, topology, policy } = spec;
    const { scenario: file, targets } = application!;
    refuseAsked(
      { '--seed': spec.seed, '--scale': spec.scale, ...ofCaptured(spec) },
      'belongs to another workload: leave it out beside --scenario.',
    );
    if (topology.kind !== 'external') {
      throw conflict(
        '--scenario drives an application that has its servers already: name them with --primary and --replica, and leave --cluster out or give --cluster external.',
      );
    }
    if (policy.name !== ROUTED_BY_ITSELF.name) {
      throw conflict(
        '--policy steers the router of the bench, and your application has its own: leave it out.',
      );
    }
    const scenario = await compileScenario(file);
    const k6 = await getK6({ signal, ...options });
    if ('lacking' in k6) {
      throw new BenchError(
        'DRIVER_UNAVAILABLE',
        `k6 is not available here (${k6.lacking}), and a scenario needs it.`,
      );
    }
    const given = rate === 'auto' ? null : rate;
    const times = { warmupS: warmupS ?? 10, durationS: durationS ?? 60 };
    const seconds = times.warmupS + times.durationS;
    const own = await inspectScenario(k6, scenario, { ratePerSecond: given, seconds, signal });
    if (given === null && own === null) {
      throw conflict(
        `${file} exports no options with executors, so nothing says how often it is to run: give its iterations per second with --rate.`,
      );
    }
    if (own && durationS !== undefined && spec.plan === null) {
      throw conflict(
        `The executors of ${file} say how long it runs: leave --duration out, or give a --rate.`,
      );
    }
    const ownWarmupS = warmupS ?? 0;
    if (own && own.seconds <= ownWarmupS) {
      throw conflict(
        `The executors of ${file} run for ${own.seconds} s, all of it warm-up: give a shorter --warmup.`,
      );
    }
    return {
      kind: 'application',
      traceKind: 'scenario',
      application: application!,
      ...(own && { executors: own.executors }),
      requireReady: (sides) => requireAnswers(targets, sides),
      dataset: { kind: 'present', readOnly: true },
      source: { seed: null, scale: null, traceFile: null },
      rate: given,
      speed: 1,
      ...(own ? { warmupS: ownWarmupS, durationS: own.seconds - ownWarmupS } : times),
      poolSize: POOL_SIZE,
      async trace({ folder, ratePerSecond, seconds }) {
        const path = join(folder, 'scenario.json');
        await writeScenario(path, { ...scenario, ratePerSecond, seconds });
        const summary = {
          header: { workload: basename(file, extname(file)) },
          sha256: createHash('sha256').update(scenario.code).digest('hex'),
          events: ratePerSecond === null ? 0 : Math.floor(ratePerSecond * seconds),
          sessions: 0,
          eventsByCategory: byCategory(() => 0),
        };
        return { file: path, summary };
      },
    };
  },
};

function conflict(words: string): BenchError {
  return new BenchError('OPTION_CONFLICT', words);
}

/** @throws BenchError TARGET_MISSING, TARGET_UNREACHABLE */
async function requireAnswers(targets: PlannedApplication['targets'], sides: readonly Side[]): Promise<void> {
  for (const side of sides) {
    const url = side === 'control' ? undefined : targets[side];
    if (url === undefined) {
      throw new BenchError(
        'TARGET_MISSING',
        `There is no URL of the ${side}: give both with --target baseline=URL,split=URL when you run the baseline, since a split follows its plan.`,
      );
    }
    try {
      const { body } = await request(url, { headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS });
      await body.dump();
    } catch (cause) {
      throw new BenchError(
        'TARGET_UNREACHABLE',
        `The application of the ${side} doesn't answer at ${url} (${wordsOf(cause)}): start it, or name another URL with --target.`,
        { cause },
      );
    }
  }
}
