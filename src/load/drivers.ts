import { BenchError } from '../machine/pure.js';
import type { LoadKind } from '../record/pure.js';
import type { LoadDriver, PrepareOptions, ReadyDriver } from './driver.js';
import { k6Driver } from './k6/driver.js';
import { player } from './player/driver.js';
import { k6ScenarioDriver } from './scenario/driver.js';

/** What can drive a load, in the order in which `auto` tries. */
export const DRIVERS = [k6Driver, k6ScenarioDriver, player] as const satisfies readonly LoadDriver[];

export type DriverName = (typeof DRIVERS)[number]['name'];
export const DRIVER_NAMES: readonly DriverName[] = [...new Set(DRIVERS.map(({ name }) => name))];

export type ChosenDriver = ReadyDriver & { name: DriverName };

interface DriverRequest extends PrepareOptions {
  /** A driver's name, as a user or a plan gives it; `auto`: the first that can do it and can be had here. */
  wanted: string;
  kind: LoadKind;
  /** Whether it has to note what reads are answered. */
  keepAnswers: boolean;
}

/** Why a driver can't be used; the words begin a sentence. */
interface Problem {
  code: 'DRIVER_KIND' | 'CHECK_DRIVER' | 'DRIVER_UNAVAILABLE';
  words: string;
}

/**
 * Makes a driver ready that can do what is asked. The warnings say which one `auto` would rather have taken, and why not.
 * @throws BenchError DRIVER_UNKNOWN, or why the one that was asked for by name can't be used
 */
export async function chooseDriver(
  request: DriverRequest,
): Promise<{ driver: ChosenDriver; warnings: string[] }> {
  const { wanted } = request;
  const candidates = DRIVERS.filter(({ name }) => wanted === 'auto' || wanted === name);
  const passedOver: Problem[] = [];
  for (const candidate of candidates) {
    const ready = await makeReady(candidate, request);
    if ('play' in ready) {
      const warnings = passedOver
        .filter(({ code }) => code !== 'DRIVER_KIND')
        .map(({ words }) => `${words}, so ${candidate.title} drives the load.`);
      return { driver: { name: candidate.name, ...ready }, warnings };
    }
    passedOver.push(ready);
  }
  // One that plays this kind has more to say than its namesake.
  const telling = passedOver.findLast(({ code }) => code !== 'DRIVER_KIND') ?? passedOver.at(-1);
  const { code, words } = telling ?? {
    code: 'DRIVER_UNKNOWN',
    words: `There is no driver ${wanted} (but ${DRIVER_NAMES.join(' and ')})`,
  };
  throw new BenchError(code, `${words}: leave --driver ${wanted} out, or make the plan that names it again.`);
}

async function makeReady(
  { title, plays, keepsAnswers, prepare }: LoadDriver,
  { kind, keepAnswers, ...options }: DriverRequest,
): Promise<ReadyDriver | Problem> {
  if (!plays.includes(kind)) {
    const trace = {
      http: 'requests for a service',
      sql: 'a captured SQL trace',
      scenario: 'a k6 scenario',
    }[kind];
    return { code: 'DRIVER_KIND', words: `${title} can't play ${trace}` };
  }
  if (keepAnswers && !keepsAnswers) return { code: 'CHECK_DRIVER', words: `${title} can't check results` };
  const ready = await prepare(options);
  if ('play' in ready) return ready;
  return { code: 'DRIVER_UNAVAILABLE', words: `${title} is not available here (${ready.lacking})` };
}
