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
 * Until the signal: harms the first standby, then the next, then all of them, each time for `forMs`, and lets them
 * recover for as long. When it returns, all are well and have caught up.
 */
export async function disturb(
  { primary, standbys }: Testbed,
  disturbance: Disturbance,
  { forMs, signal }: { forMs: number; signal: AbortSignal },
): Promise<void> {
  const rest = () => sleep(forMs, undefined, { signal }).catch(() => {});
  const victims = [...standbys.map((standby) => [standby]), standbys];
  for (let round = 0; !signal.aborted; round++) {
    if (disturbance !== 'calm') {
      const harmed = victims[round % victims.length]!;
      await Promise.all(harmed.map(harm[disturbance].begin));
      await rest();
      await Promise.all(harmed.map(harm[disturbance].end));
    }
    await rest();
  }
  await Promise.all(standbys.map((standby) => standby.catchUpWith(primary)));
}
