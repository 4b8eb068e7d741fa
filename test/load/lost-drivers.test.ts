import { expect, test, vi } from 'vitest';
import type { LoadDriver } from '../../src/load/driver.js';
import { DRIVERS } from '../../src/load/drivers.js';
import { isRunning } from '../../src/machine/processes.js';
import { openRunDir, readOwner } from '../../src/machine/run-dir.js';
import { get, playEvents, serve } from './fixture.js';

/** A driver's process that ends, or no longer does anything, while it plays. */

vi.mock('../../src/machine/silence.js', async (original) => ({
  ...(await original<object>()),
  // Longer than a driver takes to start on a busy machine.
  SILENCE_S: 8,
}));

const FATES = [
  { fate: 'SIGKILL', words: 'it was killed by SIGKILL, as Linux does where memory runs out' },
  { fate: 'SIGSTOP', words: 'it stood still and was given up' },
] as const;

const CASES = (DRIVERS as readonly LoadDriver[])
  .filter(({ plays }) => plays.includes('http'))
  .flatMap((driver) => FATES.map((fate) => ({ driver, name: driver.name, ...fate })));

test.concurrent.for(CASES)(
  '$name, sent $fate, ends the play with a sentence that says so, and no process is left',
  async ({ driver, name, fate, words }, { onTestFinished }) => {
    const ready = await driver.prepare({ signal: AbortSignal.timeout(900_000) });
    if (!('play' in ready)) return;
    await using service = await serve((_, response) => response.end());
    const run = openRunDir(`lost-${name}-${fate}`);
    onTestFinished(() => run.remove());
    const started = () => readOwner(run.path)!.children;
    const playing = playEvents(ready, service.target, [get(0, 1, '/'), get(600_000, 1, '/')], {
      runId: run.id,
      onStart: () => void setTimeout(() => process.kill(started()[0]!.pid, fate), 1200),
    });
    await expect(playing).rejects.toMatchObject({
      code: name === 'k6' ? 'K6_FAILED' : 'PLAYER_FAILED',
      exitCode: 4,
      message: expect.stringMatching(new RegExp(`ended before it had played the trace: ${words}.*\\.$`)),
    });
    expect(started().filter(isRunning)).toEqual([]);
  },
);
