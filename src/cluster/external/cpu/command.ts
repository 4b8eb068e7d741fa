import { runTool } from '../../../machine/index.js';
import type { CommandSource } from '../../../record/pure.js';
import type { CountedServer, CpuReader } from './reader.js';

/** What a command of the user's prints: CPU seconds that only grow. */
export async function command(
  { command, stepS }: CommandSource,
  { signal }: CountedServer,
): Promise<CpuReader> {
  return {
    ...{ stepMs: stepS * 1000, pollMs: stepS * 1000 },
    async read() {
      const { code, stdout, stderr } = await runTool('/bin/sh', ['-c', command], { signal });
      if (code !== 0) throw new Error(`"${command}" ends with ${code}: ${stderr.trim().slice(0, 200)}`);
      const text = stdout.trim();
      const cpuSeconds = Number(text);
      if (text === '' || !Number.isFinite(cpuSeconds)) {
        throw new Error(`"${command}" prints "${text.slice(0, 80)}" where a number must stand`);
      }
      return { cpuSeconds };
    },
  };
}
