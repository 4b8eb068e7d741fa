import { CPU_METHODS, type CpuMethod } from '../../record/pure.js';
import { cgroupV1 } from './cgroup-v1.js';
import { cgroupV2 } from './cgroup-v2.js';
import type { CpuLimiter, LimiterMethod, LimiterOptions } from './limiter.js';
import { pinning } from './pinning.js';
import { unlimited } from './unlimited.js';

const LIMITERS: Record<CpuMethod, LimiterMethod> = {
  'cgroup-v2': cgroupV2,
  'cgroup-v1': cgroupV1,
  pinning,
  none: unlimited,
};

/** Finds the best way to limit a node's CPU on this machine, by trying; says in words which, and why no better one. */
export function detectCpuMethod(): { method: CpuMethod; detail: string } {
  const lacks: string[] = [];
  for (const method of process.platform === 'linux' ? CPU_METHODS : []) {
    const { works, detail } = LIMITERS[method].probe();
    if (works) return { method, detail: [detail, ...lacks].join('; ') };
    lacks.push(`${method}: ${detail}`);
  }
  return { method: 'none', detail: unlimited.probe().detail };
}

/** @throws BenchError if the kernel refuses the budget; nothing is left then */
export function limitCpu(options: LimiterOptions): CpuLimiter {
  return LIMITERS[options.method].limit(options);
}
