import type { ContainerSource } from '../../../record/pure.js';
import { containerUsage } from '../../budget/usage.js';
import { Engine } from '../../compose/engine.js';
import type { CountedServer, CpuReader } from './reader.js';

/** The engine looks at a container's counters once a second, and an answer waits for the next look: asked again at once, none is missed. */
const ENGINE = { stepMs: 1000, pollMs: 100 };

/**
 * What a container of this machine's engine has used: by its control group or, where the kernel doesn't show that to the bench
 * (Docker Desktop, a bench that is itself in a container), by the engine.
 */
export async function container({ name }: ContainerSource, { signal }: CountedServer): Promise<CpuReader> {
  const engine = await Engine.open();
  const close = () => void engine[Symbol.asyncDispose]();
  try {
    const id = await engine.find(name);
    const usage = containerUsage(await engine.pid(id), id);
    signal.addEventListener('abort', close, { once: true });
    if (usage) return { stepMs: 0, pollMs: 0, read: async () => usage() };
    return { ...ENGINE, read: () => engine.usage(id) };
  } catch (error) {
    close();
    throw error;
  }
}
