import type { CpuSource } from '../../../record/pure.js';
import { countedByProcess } from '../../budget/unlimited.js';
import type { CountedServer, CpuReader } from './reader.js';

/** The kernel's count of a server's processes on this machine. */
export async function kernel(_: CpuSource, { pid }: CountedServer): Promise<CpuReader> {
  if (pid === null) throw new Error('its processes are not on this machine, whose kernel was to count them');
  const counted = countedByProcess({ budget: { method: 'none', cpus: null }, detail: '' });
  await counted.enter(pid);
  return { stepMs: 0, pollMs: 0, read: async () => counted.usage() };
}
