import { epochOf, startWorker } from '../../machine/index.js';
import { BenchError } from '../../machine/pure.js';
import type { ProbeJob, ProbeMessage, ProbeStep, ProbeStepResult } from './closed-loop.js';

/** Loads the SmartMenu service in a closed loop, step by step, from a process of its own. */
export interface Probe extends AsyncDisposable {
  /** @throws BenchError PROBE_FAILED if the load could not be sent; failing requests are counted, not thrown */
  play(step: ProbeStep): Promise<ProbeStepResult>;
}

/**
 * Starts the probe's process. Aborting the signal kills it.
 * @param options.runId the run that it is part of
 */
export function startProbe(options: ProbeJob & { runId?: string; signal: AbortSignal }): Probe {
  const { signal, runId, ...job } = options;
  const worker = startWorker<ProbeMessage>('load/probe/main', { signal, runId });
  worker.send(job);
  return {
    async play(step) {
      worker.send(step);
      const message = (await worker.receive()) ?? { failure: (await worker.ended).words };
      signal.throwIfAborted();
      if ('result' in message) {
        const { startMs, endMs, ...result } = message.result;
        return { ...result, startMs: epochOf(startMs), endMs: epochOf(endMs) };
      }
      throw new BenchError('PROBE_FAILED', `The capacity probe failed: ${message.failure}.`, { exitCode: 4 });
    },
    async [Symbol.asyncDispose]() {
      await worker.stop();
    },
  };
}
