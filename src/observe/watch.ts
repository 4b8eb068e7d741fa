import { explainSilence } from '../cluster/index.js';
import type { Observations } from '../record/pure.js';
import type { RouterStats } from '../router/index.js';
import type { Latest, Observer, Scene, TimeWindow, Watching } from './observer.js';
import { OBSERVERS } from './observers.js';
import { AT_FIRST_MS, PATIENCE_MS } from './patience.js';

/** Everything that watches while load plays. Disposed, it stops. */
export interface Watch extends AsyncDisposable {
  /** Call at the window's start and at the end of each of its blocks. */
  mark(): Promise<void>;
  /** Call with what the load driver's own router counts. */
  onRouterStats(stats: RouterStats): void;
  /** How the run goes, for whoever looks on. */
  latest(): Latest;
  /** Ends the watching. Call after the last answer, while servers and service are up. */
  stop(): Promise<void>;
  /** What was seen in a window. */
  result(window: TimeWindow): Observations;
}

/**
 * Watches: a measured run and the search for a rate before it alike, for watching costs the primary CPU too, and a rate
 * that was found unwatched would load it more than was aimed at.
 * @param options.monitors false: nothing asks the servers, so that what asking costs can be measured. CPU is watched all
 *   the same; what only the servers and the router know stays unknown.
 * @throws BenchError NO_ANSWER (exit code 4) if a server doesn't answer
 */
export async function startWatch(scene: Scene, { monitors = true } = {}): Promise<Watch> {
  const watching = new Map<string, Watching<unknown>>();
  const each = <T>(tell: (one: Watching<unknown>) => T) => [...watching.values()].map(tell);
  const stopAll = async () => {
    const ends = await Promise.allSettled(each((one) => one.stop()));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  };
  let stopped: Promise<void> | undefined;
  const watch: Watch = {
    async mark() {
      await Promise.all(each((one) => one.mark?.()));
    },
    onRouterStats: (stats) => void each((one) => one.onRouterStats?.(stats)),
    latest: () => Object.assign({}, ...each((one) => one.latest?.())),
    stop() {
      stopped ??= stopAll();
      return stopped;
    },
    result: (window) =>
      Object.fromEntries(
        Array.from(watching, ([name, one]) => [name, one.result(window)]),
      ) as unknown as Observations,
    // Whoever leaves early has a reason of its own to tell.
    [Symbol.asyncDispose]: () => watch.stop().catch(() => {}),
  };
  try {
    for (const [name, observer] of Object.entries<Observer<unknown>>(OBSERVERS)) {
      const { ifLeftOut, needs } = observer;
      const refused = needs !== undefined && !scene.cluster.capabilities[needs];
      const leftOut = refused || (!monitors && ifLeftOut !== undefined);
      watching.set(name, leftOut ? idle(ifLeftOut) : await observer.start(scene));
    }
  } catch (error) {
    await watch[Symbol.asyncDispose]();
    throw explainSilence(error, 'A server that was to be watched', [AT_FIRST_MS, PATIENCE_MS]);
  }
  return watch;
}

function idle<Part>(part: Part): Watching<Part> {
  return { stop: async () => {}, result: () => part };
}
