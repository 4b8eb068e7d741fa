import { openRunDir } from '../../machine/index.js';
import { BenchError, formatBytes, formatCores, messageOf, wordsOf } from '../../machine/pure.js';
import { CPU_METHODS, type CpuMethod } from '../../record/pure.js';
import { cgroupV1 } from './cgroup-v1.js';
import { cgroupV2 } from './cgroup-v2.js';
import type { CpuLimiter, LimiterMethod, LimiterOptions } from './limiter.js';
import { pinning } from './pinning.js';
import { unlimited } from './unlimited.js';

/** For processes of this machine; what containers have is the engine's to set. */
const LOCAL_METHODS = CPU_METHODS.filter((method) => method !== 'container');
type LocalMethod = (typeof LOCAL_METHODS)[number];

const LIMITERS: Record<LocalMethod, LimiterMethod> = {
  'cgroup-v2': cgroupV2,
  'cgroup-v1': cgroupV1,
  pinning,
  none: unlimited,
};

/** Cores asked for to see whether a method works: few enough for a container with a small budget of its own. */
const TRIED_CPUS = 0.1;

/** Finds the best way to limit a node's CPU on this machine, by trying; says in words which, and why no better one. */
export async function detectCpuMethod(): Promise<{ method: CpuMethod; detail: string }> {
  const name = `splitbench-probe-${process.pid}`;
  const run = openRunDir(name);
  const options = { name, cpus: TRIED_CPUS, slot: 0, onGroup: run.addGroup };
  const lacks: string[] = [];
  try {
    for (const method of process.platform === 'linux' ? LOCAL_METHODS : []) {
      try {
        const limiter = await LIMITERS[method](options);
        await limiter.dispose();
        return { method, detail: [limiter.detail, ...lacks].join('; ') };
      } catch (error) {
        lacks.push(`${method}: ${messageOf(error)}`);
      }
    }
    return { method: 'none', detail: (await unlimited(options)).detail };
  } finally {
    run.remove();
  }
}

/** @throws BenchError BUDGET_REFUSED if the budget can't be set; nothing is left then */
export async function limitCpu(method: CpuMethod, options: LimiterOptions): Promise<CpuLimiter> {
  try {
    if (method === 'container') throw new Error('the server is no container');
    if (options.memoryBytes !== undefined && !method.startsWith('cgroup'))
      throw new Error('memory is limited by control groups, which are not to be had');
    return await LIMITERS[method](options);
  } catch (cause) {
    const { name, cpus, memoryBytes } = options;
    const what = `${cpus === null ? 'unlimited cores' : formatCores(cpus)}${memoryBytes === undefined ? '' : ` and ${formatBytes(memoryBytes)} of memory`}`;
    const other = memoryBytes === undefined ? '--node-cpus' : '--node-cpus, or leave --node-memory out';
    throw new BenchError(
      'BUDGET_REFUSED',
      `A budget of ${what} can't be set for ${name} (${wordsOf(cause)}): try another ${other}.`,
      { cause },
    );
  }
}
