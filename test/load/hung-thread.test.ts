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

test.each(['start', 'play'])(
  'a thread of the player that hangs from its %s is given up, and the play with it',
  async (from) => {
    const play = async () => {
      await using threads = await startThreads([{ from } as unknown as PartJob], () => {});
      threads.tell({ type: 'play', zeroMs: 0 });
      await threads.results;
    };
    await expect(play()).rejects.toMatchObject({
      code: 'PLAYER_FAILED',
      exitCode: 4,
      message: 'A thread of the player failed: it stood still and was given up.',
    });
  },
  20_000,
);
