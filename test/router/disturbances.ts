import { setTimeout as sleep } from 'node:timers/promises';
import type { Testbed, TestServer } from './testbed.js';

/** What can happen to a standby, and how it ends. */
const harm = {
  delayed: { begin: (s) => s.delayReplay(400), end: (s) => s.delayReplay(0) },
  paused: { begin: (s) => s.pauseReplay(), end: (s) => s.resumeReplay() },
  frozen: { begin: (s) => s.freeze(), end: (s) => s.thaw() },
  killed: { begin: (s) => s.kill(), end: (s) => s.start() },
} satisfies Record<string, Record<'begin' | 'end', (standby: TestServer) => Promise<void>>>;

export type Disturbance = 'calm' | keyof typeof harm;

export const disturbances: readonly Disturbance[] = ['calm', 'delayed', 'paused', 'frozen', 'killed'];

/**
 * Until the signal: harms one standby after the other, each for `forMs`, and lets it recover for as long.
 * When it returns, all are well and have caught up.
 */
export async function disturb(
  testbed: Testbed,
  disturbance: Disturbance,
  { forMs, signal }: { forMs: number; signal: AbortSignal },
): Promise<void> {
  const rest = () => sleep(forMs, undefined, { signal }).catch(() => {});
  while (!signal.aborted) {
    if (disturbance === 'calm') await rest();
    else
      for (const standby of testbed.standbys) {
        if (signal.aborted) break;
        await harm[disturbance].begin(standby);
        await rest();
        await harm[disturbance].end(standby);
        await rest();
      }
  }
  await Promise.all(testbed.standbys.map((standby) => standby.catchUpWith(testbed.primary)));
}
