/// <reference types="k6" />

import * as scenario from 'splitbench:scenario';
import exec from 'k6/execution';
import { Counter } from 'k6/metrics';
import type { Options } from 'k6/options';
import { job } from './job.js';

/*
 * What k6 runs: the user's scenario, with its options, its checks and all that it exports, started by a rate where one was
 * given. It is bundled with the scenario (see ../compile.ts).
 */
export * from 'splitbench:scenario';

const own: Options = scenario.options ?? {};

/** How many iterations may be under way where the scenario doesn't say (`vus`): what five seconds of the rate start. */
const USERS = { seconds: 5, least: 10, most: 1000 };

const { ratePerSecond } = job;
const vus =
  own.vus ?? Math.min(USERS.most, Math.max(USERS.least, Math.ceil((ratePerSecond ?? 0) * USERS.seconds)));

/** k6's own, and those by which the bench reads its samples. */
const DEFAULT_TAGS = ['check', 'error', 'group', 'proto', 'service', 'subproto', 'tls_version'];
const NEEDED_TAGS = ['error_code', 'expected_response', 'method', 'name', 'scenario', 'status', 'url'];

const { vus: _, duration, iterations, stages, scenarios, ...others } = own;
const executors =
  ratePerSecond === null
    ? own
    : {
        scenarios: {
          rate: {
            executor: 'constant-arrival-rate',
            // k6 takes whole numbers: of ten thousand seconds.
            rate: Math.round(ratePerSecond * 10_000),
            timeUnit: '10000s',
            duration: `${job.seconds}s`,
            preAllocatedVUs: vus,
            maxVUs: vus,
          },
        },
      };

export const options = {
  ...others,
  ...executors,
  noSetup: false,
  systemTags: [...new Set([...(own.systemTags ?? DEFAULT_TAGS), ...NEEDED_TAGS])],
};

/** How many iterations had begun before this one. */
const begun = new Counter(job.metric);

/** Its end is the zero of the schedule: the executors begin. */
export async function setup(): Promise<unknown> {
  const data = await scenario.setup?.();
  console.info(`${job.mark}${Date.now()}`);
  return data;
}

async function timed(data: unknown): Promise<unknown> {
  begun.add(exec.scenario.iterationInTest);
  return scenario.default(data);
}

export default ratePerSecond === null || !scenario.default ? scenario.default : timed;

export function handleSummary(summary: unknown): Record<string, string> {
  return { [job.summary]: JSON.stringify(summary) };
}
