import { benchVersion, epochOf, startWorker } from '../../machine/index.js';
import { BenchError } from '../../machine/pure.js';
import type { LoadResult } from '../../record/pure.js';
import type { LoadDriver, LoadJob } from '../driver.js';
import { errorOf, type PlayerJob, type PlayerMessage } from './messages.js';

/** Our own open-loop player, in a process of its own: for SQL traces, and for HTTP ones where there is no k6. */
export const player = {
  name: 'player',
  title: 'the built-in player',
  plays: ['http', 'sql'],
  keepsAnswers: true,
  prepare: async () => ({ version: benchVersion, source: 'built in', play }),
} as const satisfies LoadDriver;

async function play(job: LoadJob): Promise<LoadResult> {
  const { signal, runId, onStart, onRouterStats, onProgress, onWarning, ...told } = job;
  const worker = startWorker<PlayerMessage>('load/player/main', { signal, runId });
  worker.send(told satisfies PlayerJob);
  let zeroEpochMs = 0;
  try {
    for (let message = await worker.receive(); message; message = await worker.receive()) {
      switch (message.type) {
        case 'start':
          zeroEpochMs = epochOf(message.zeroMs);
          onStart?.(zeroEpochMs);
          break;
        case 'progress':
          onProgress?.({ ok: message.ok, failed: message.failed });
          break;
        case 'router':
          onRouterStats?.(message.stats);
          break;
        case 'warning':
          onWarning?.(message.sentence);
          break;
        case 'failure':
          throw errorOf(message);
        case 'result':
          if (message.result.router) onRouterStats?.(message.result.router);
          return { ...message.result, zeroEpochMs };
      }
    }
    const { words } = await worker.ended;
    throw new BenchError('PLAYER_FAILED', `The player ended before it had played the trace: ${words}.`, {
      exitCode: 4,
    });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    await worker.stop();
  }
}
