import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Cluster, Node } from '../../src/cluster/cluster.js';
import type { Prepared } from '../../src/run/prepare.js';
import { onStage, type Stage } from '../../src/run/stage.js';

/** Servers that end when they are told to, and what was prepared for them. */
function servers() {
  const ends: Record<string, (how: string) => void> = {};
  const node = (name: 'primary' | 'replica') => {
    const lost = new Promise<string>((resolve) => (ends[name] = resolve));
    return { name, role: name, app: {}, monitor: {}, lost } as unknown as Node;
  };
  const seen = { disposed: 0, signal: undefined as AbortSignal | undefined };
  const cluster = {
    capabilities: { resettable: true },
    primary: node('primary'),
    replicas: [node('replica')],
    [Symbol.asyncDispose]: async () => void seen.disposed++,
  } as unknown as Cluster;
  const start = async ({ signal }: { signal: AbortSignal }) => {
    seen.signal = signal;
    return cluster;
  };
  const prepared = {
    spec: {},
    work: {},
    topology: { poolSize: 1 },
    data: { start },
    cast: null,
    parameterTypes: null,
  } as unknown as Prepared;
  return { prepared, ends, seen };
}

/** Does something on a stage; what the user is told goes to `told`. */
function doOn<T>(
  prepared: Prepared,
  use: (stage: Stage) => Promise<T>,
  { signal = new AbortController().signal, told = [] as string[] } = {},
): Promise<T> {
  const request = {
    id: 'test',
    side: 'split',
    signal,
    onProgress: () => {},
    onWarning: (sentence: string) => void told.push(sentence),
  };
  return onStage(prepared, { ...request, side: 'split' }, use);
}

test('the end of the primary ends all that is done on the stage, whatever came of it first', async () => {
  const { prepared, ends, seen } = servers();
  const refused = doOn(prepared, async () => {
    setTimeout(() => ends.primary!('it was killed by SIGKILL'), 50);
    throw new Error('connect ECONNREFUSED 127.0.0.1:5432');
  });
  await expect(refused).rejects.toMatchObject({
    code: 'PROCESS_LOST',
    exitCode: 4,
    message: expect.stringMatching(/^The primary's server ended unexpectedly.*: it was killed by SIGKILL\./),
  });
  expect(seen).toMatchObject({ disposed: 1, signal: { aborted: true } });
});

test('nothing that was done on a stage counts if the primary had ended by then', async () => {
  const { prepared, ends } = servers();
  const done = doOn(prepared, async () => {
    ends.primary!('it ended with exit code 0');
    await sleep(1);
    return 'measured';
  });
  await expect(done).rejects.toMatchObject({ code: 'PROCESS_LOST' });
});

test('the end of a replica is told at once and kept, and the rest goes on without it', async () => {
  const { prepared, ends } = servers();
  const told: string[] = [];
  const mishaps = await doOn(
    prepared,
    async (stage) => {
      ends.replica!('it ended with exit code 1');
      await sleep(1);
      expect([stage.signal.aborted, ...[...stage.gone].map(({ name }) => name)]).toEqual([false, 'replica']);
      stage.onMishap('It rained.');
      stage.onMishap('It rained.');
      return stage.mishaps;
    },
    { told },
  );
  expect(mishaps).toEqual([expect.stringMatching(/^The server of the replica ended/), 'It rained.']);
  expect(told).toEqual(mishaps);
});

test('a disk that is full, whoever tells of it, ends what was done on the stage with its sentence and exit code 4', async () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  const ended = { code: 'DISK_FULL', exitCode: 4 };
  await expect(doOn(servers().prepared, () => Promise.reject(full))).rejects.toMatchObject(ended);
  const { prepared, ends } = servers();
  const died = doOn(prepared, async () => {
    ends.primary!('it was killed by SIGABRT (the last it said: "could not write: No space left on device")');
    await sleep(1);
  });
  await expect(died).rejects.toMatchObject(ended);
});

test('an interrupt is passed on with its reason, and another error stays what it is', async () => {
  const { prepared, seen } = servers();
  const interrupt = new AbortController();
  const reason = new Error('interrupted');
  const interrupted = doOn(
    prepared,
    async (stage) => {
      interrupt.abort(reason);
      expect(stage.signal.reason).toBe(reason);
      // Of connections that break as all is ended.
      stage.onMishap('The replica is lost.');
      expect(stage.mishaps).toEqual([]);
      throw new Error('terminated');
    },
    { signal: interrupt.signal },
  );
  await expect(interrupted).rejects.toBe(reason);
  const wrong = new Error('a bug');
  await expect(doOn(servers().prepared, () => Promise.reject(wrong))).rejects.toBe(wrong);
  expect(seen.disposed).toBe(1);
});
