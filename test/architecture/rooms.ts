/**
 * The rooms of src/ from top to bottom: a room may import what stands below it, never what stands above.
 * docs/architecture.md says what each is for.
 */
export const ROOMS = [
  'cli',
  'compare',
  'report',
  'score',
  'run',
  'inspect',
  'observe',
  'service',
  'load',
  'workload',
  'cluster',
  'plan',
  'record',
  'machine',
  'router',
] as const;
export type Room = (typeof ROOMS)[number];

/**
 * The doors of a room besides its index.ts, each for those who can't load all of it.
 * - `pure.ts`, `reasons.ts`: loads no module of Node's and no package, so that it can be had anywhere.
 * - `histogram.ts`: the latency histograms of a record, with the library that encodes them. No file, no process.
 * - `policy/policy.ts`: the shape of a routing policy, which plans hold too; `policy/rules.ts`: what it says of a request.
 * - a folder's index.ts: a part that is of use by itself.
 */
export const DOORS: Partial<Record<Room, readonly string[]>> = {
  load: ['in-k6.ts'],
  workload: ['smartmenu/index.ts', 'capture/index.ts', 'parameter-types/index.ts', 'generated-keys/index.ts'],
  record: ['pure.ts', 'histogram.ts'],
  machine: ['pure.ts'],
  router: ['sql/index.ts', 'nodes/index.ts', 'reasons.ts', 'policy/policy.ts', 'policy/rules.ts'],
};

/** What is started as a process or thread of its own, or bundled for another runtime, the rooms that it may load, and the modules (with `node`: Node's own besides). */
export const ENTRIES: Record<string, { rooms: readonly Room[]; modules?: readonly string[]; node?: true }> = {
  'src/record/pure.ts': { rooms: ['record'], modules: [] },
  'src/machine/pure.ts': { rooms: ['machine'], modules: [] },
  'src/router/reasons.ts': { rooms: ['router'], modules: [] },
  'src/load/in-k6.ts': { rooms: ['load'], modules: [] },
  'src/load/player/main.ts': { rooms: ['load', 'workload', 'record', 'machine', 'router'] },
  'src/load/player/part-thread.ts': { rooms: ['load', 'workload', 'record', 'machine', 'router'] },
  'src/load/player/alarm-thread.ts': { rooms: ['load', 'machine'] },
  'src/load/probe/main.ts': { rooms: ['load', 'workload', 'record', 'machine'] },
  'src/observe/gauge/thread.ts': { rooms: ['observe', 'record', 'machine'] },
  'src/plan/config-thread.ts': { rooms: ['plan', 'machine'], modules: ['node:worker_threads'] },
  'src/workload/capture/part-thread.ts': { rooms: ['workload', 'record', 'machine', 'router'] },
  'src/service/main.ts': { rooms: ['service', 'workload', 'record', 'machine', 'router'] },
  // What an application gets with it: docs/router.md names these, too.
  'src/router/index.ts': {
    rooms: ['router'],
    modules: ['pg', 'libpg-query', 'lru-cache', 'zod'],
    node: true,
  },
};
