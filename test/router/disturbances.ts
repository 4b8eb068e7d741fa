import { setTimeout as sleep } from 'node:timers/promises';
import type { Testbed, TestServer } from './testbed.js';

interface Harm {
  begin: (standby: TestServer) => Promise<void>;
  end: (standby: TestServer) => Promise<void>;
  /** How long it takes until it is asked again, in times of how long it was away. */
  recovery: number;
}

/** What can happen to a standby, and how it ends. */
const harm = {
  delayed: { begin: (s) => s.delayReplay(400), end: (s) => s.delayReplay(0), recovery: 1 },
  paused: { begin: (s) => s.pauseReplay(), end: (s) => s.resumeReplay(), recovery: 1 },
  frozen: { begin: (s) => s.freeze(), end: (s) => s.thaw(), recovery: 1 },
  killed: { begin: (s) => s.kill(), end: (s) => s.start(), recovery: 10 },
} satisfies Record<string, Harm>;

export type Disturbance = 'calm' | keyof typeof harm;

export const disturbances: readonly Disturbance[] = ['calm', 'delayed', 'paused', 'frozen', 'killed'];

/**
 * Until the signal: harms the first standby, then the next, then all of them, each time for `forMs`, and lets them
 * recover. When it returns, all are well and have caught up.
 */
export async function disturb(
  { primary, standbys }: Testbed,
  disturbance: Disturbance,
  { forMs, signal }: { forMs: number; signal: AbortSignal },
): Promise<void> {
  const rest = (times: number) => sleep(times * forMs, undefined, { signal }).catch(() => {});
  const victims = [...standbys.map((standby) => [standby]), standbys];
  for (let round = 0; !signal.aborted; round++) {
    if (disturbance === 'calm') await rest(1);
    else {
      const { begin, end, recovery } = harm[disturbance];
      const harmed = victims[round % victims.length]!;
      await Promise.all(harmed.map(begin));
      await rest(1);
      await Promise.all(harmed.map(end));
      await rest(recovery);
    }
  }
  await Promise.all(standbys.map((standby) => standby.catchUpWith(primary)));
}
