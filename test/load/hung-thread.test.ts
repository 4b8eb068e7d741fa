import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import type { PartJob } from '../../src/load/player/messages.js';
import { startThreads } from '../../src/load/player/threads.js';

vi.mock('../../src/machine/silence.js', async (original) => ({
  ...(await original<object>()),
  SILENCE_S: 2,
}));
vi.mock('../../src/machine/entry.js', async (original) => ({
  ...(await original<object>()),
  builtPath: () => fileURLToPath(new URL('./hung-thread.mjs', import.meta.url)),
}));

test('a thread of the player that hangs is given up, and the play with it', async () => {
  await using threads = await startThreads([{} as PartJob], () => {});
  threads.tell({ type: 'play', zeroMs: 0 });
  await expect(threads.results).rejects.toMatchObject({
    code: 'PLAYER_FAILED',
    exitCode: 4,
    message: 'A thread of the player failed: it stood still and was given up.',
  });
}, 20_000);
