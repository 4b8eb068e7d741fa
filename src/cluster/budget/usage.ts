import { readFileSync } from 'node:fs';
import type { NodeUsage } from '../cluster.js';
import { groupOf } from './cgroup-files.js';
import { usageV1 } from './cgroup-v1.js';
import { usageV2 } from './cgroup-v2.js';

/**
 * What reads the usage of a container's control group, found by the process that is its first on the engine's machine; null
 * where that is not this machine, or the kernel doesn't show it here.
 */
export function containerUsage(pid: number, container: string): (() => NodeUsage) | null {
  try {
    // Seen from within another container, the process of that id is another one.
    if (!readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes(container)) return null;
  } catch {
    return null;
  }
  const [cpu, cpuacct, memory] = ['cpu', 'cpuacct', 'memory'].map((name) => groupOf(pid, name)?.dir);
  if (cpu && cpuacct) return () => usageV1({ cpu, cpuacct, memory: memory ?? null });
  const unified = groupOf(pid)?.dir;
  return unified ? () => usageV2(unified) : null;
}
