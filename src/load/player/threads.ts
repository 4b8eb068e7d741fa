import { Worker } from 'node:worker_threads';
import { builtPath, SILENCE_S, STOOD_STILL, watchForSilence } from '../../machine/index.js';
import { BenchError, wordsOf } from '../../machine/pure.js';
import { errorOf, type PartJob, type PartMessage, type PartOrder, type PartResult } from './messages.js';

/** The threads that play a trace's parts. */
export interface Threads extends AsyncDisposable {
  /** Resolves with what each came to. */
  readonly results: Promise<PartResult[]>;
  tell(order: PartOrder): void;
}

/**
 * Starts a thread for each job; resolves when all are ready to play.
 * @param hear told what a thread says on the way, and which one it is
 * @throws BenchError the first thread's that fails, then or in `results`; one that says nothing for 30 s fails, too
 */
export async function startThreads(
  jobs: PartJob[],
  hear: (message: PartMessage, thread: number) => void,
): Promise<Threads> {
  const threads = jobs.map((job, thread) => startThread(job, (message) => hear(message, thread)));
  const stop = async () => void (await Promise.all(threads.map(({ worker }) => worker.terminate())));
  const results = Promise.all(threads.map((thread) => thread.result));
  // Whoever waits for the results hears of it.
  results.catch(() => {});
  try {
    await Promise.race([Promise.all(threads.map((thread) => thread.ready)), results]);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    results,
    tell: (order) => {
      for (const thread of threads) thread.tell(order);
    },
    [Symbol.asyncDispose]: stop,
  };
}

function startThread(job: PartJob, hear: (message: PartMessage) => void) {
  const worker = new Worker(builtPath('load/player/part-thread.js'), { workerData: job });
  const ready = new Promise<void>((resolve) => {
    worker.on('message', ({ type }: PartMessage) => type === 'ready' && resolve());
  });
  const result = new Promise<PartResult>((resolve, reject) => {
    const fail = (words: string) =>
      reject(new BenchError('PLAYER_FAILED', `A thread of the player failed: ${words}.`, { exitCode: 4 }));
    const life = watchForSilence(SILENCE_S, () => fail(STOOD_STILL));
    worker.on('message', (message: PartMessage) => {
      life.heard();
      if (message.type === 'result') resolve(message.result);
      else if (message.type === 'failure') reject(errorOf(message));
      else hear(message);
    });
    worker.once('error', (error) => fail(wordsOf(error)));
    worker.once('exit', (code) => {
      life[Symbol.dispose]();
      fail(`it ended with ${code}`);
    });
  });
  return { worker, ready, result, tell: (order: PartOrder) => worker.postMessage(order) };
}
