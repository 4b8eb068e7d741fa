import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { openRunDir } from '../../machine/index.js';
import { BenchError, messageOf } from '../../machine/pure.js';
import type { PlannedNode } from '../../record/pure.js';
import { containerUsage } from '../budget/usage.js';
import { withClient } from '../client.js';
import { ALL_ALLOWED, type Cluster, type Node } from '../cluster.js';
import { serverUser } from '../embedded/binaries.js';
import { configLines } from '../embedded/data-directory.js';
import { withFreePorts } from '../free-ports.js';
import { ownNode } from '../own-servers.js';
import { untilStreaming } from '../streaming.js';
import { takeDownOnce } from '../take-down.js';
import { type Content, type Filled, fillServer } from '../template/template.js';
import { Engine } from './engine.js';
import { lastWords, type Project, removeProject, startService } from './project.js';

export interface ComposeClusterOptions {
  content: Content;
  /** The database that will hold it. */
  database: string;
  /** The primary first. */
  nodes: PlannedNode[];
  settings: Readonly<Record<string, string>>;
  runId: string;
  signal: AbortSignal;
  /** Told what the content brought. */
  onFilled?: (filled: Filled) => void;
}

/**
 * Starts the primary's container, loads the data, and starts those of its standbys, which copy it. The CPU budgets hold
 * from then on: loading and copying are not measured. Aborted, then or later, or failed, it leaves nothing behind.
 *
 * @throws BenchError, or the signal's reason
 */
export async function startComposeCluster(options: ComposeClusterOptions): Promise<Cluster> {
  const { nodes, content, database, settings, runId, signal } = options;
  const engine = await Engine.open();
  const run = openRunDir(runId, { forServers: true });
  const password = randomBytes(16).toString('hex');
  const project: Project = {
    name: `splitbench-${runId}`.toLowerCase(),
    env: { POSTGRES_PASSWORD: password },
  };
  run.addProject(project.name);
  let isOver = false;
  const starting: Promise<Node>[] = [];
  const dispose = takeDownOnce(signal, async () => {
    isOver = true;
    // Aborted, they end at once. A container that the engine makes meanwhile would be left.
    if (signal.aborted) await Promise.allSettled(starting);
    await removeProject(project.name);
    await engine[Symbol.asyncDispose]();
    run.remove();
  });

  const bringUp = async (planned: PlannedNode, port: number): Promise<Node> => {
    const { name, cpus, memoryBytes } = planned;
    const own = {
      POSTGRES_SETTINGS: configLines({ ...settings, ...planned.settings }),
      // 0: no limit.
      NODE_MEMORY: String(memoryBytes ?? 0),
    };
    const container = await startService({ ...project, env: { ...project.env, ...own } }, name, signal);
    const read = containerUsage(await engine.pid(container), container);
    const ended = engine.ended(container);
    const node: Node = {
      ...ownNode(planned, { port, password, database }),
      budget: { method: 'container', cpus, memoryBytes },
      pid: null,
      lost: new Promise((resolve) => {
        ended.then(
          (how) => !isOver && resolve(how),
          // The engine went away: whatever needs it next says so.
          () => {},
        );
      }),
      usage: async () => read?.() ?? engine.usage(container),
      enforceBudget: (on) => engine.limitCpu(container, on ? cpus : null),
    };
    await node.enforceBudget(false);
    await untilReady(node, project, { ended, signal });
    return node;
  };
  const startNode = (planned: PlannedNode, port: number) => {
    const node = bringUp(planned, port);
    starting.push(node);
    return node;
  };

  try {
    return await withFreePorts(nodes.length, async (ports) => {
      nodes.forEach(({ name }, i) => {
        project.env[`${name.toUpperCase().replaceAll('-', '_')}_PORT`] = String(ports[i]);
      });
      const [primary, ...planned] = nodes;
      const first = await startNode(primary!, ports[0]!);
      dispose.alsoOnAbort();
      const connect = (name: string) => ({ ...first.admin, database: name });
      const filled = await fillServer(connect, content, { run, runAs: await serverUser(), signal });
      options.onFilled?.(filled);
      signal.throwIfAborted();
      const replicas = await Promise.all(planned.map((node, i) => startNode(node, ports[i + 1]!)));
      await untilStreaming(first.admin, replicas.length, signal);
      for (const node of [first, ...replicas]) await node.enforceBudget(true);
      return {
        capabilities: ALL_ALLOWED,
        primary: first,
        replicas,
        [Symbol.asyncDispose]: dispose,
      };
    });
  } catch (error) {
    await dispose();
    signal.throwIfAborted();
    throw error;
  }
}

const READY_TIMEOUT_MS = 60_000;

/** @throws BenchError SERVER_FAILED (exit code 4) with the container's last words */
async function untilReady(
  { name, admin }: Node,
  project: Project,
  { ended, signal }: { ended: Promise<string>; signal: AbortSignal },
): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  const fail = async (how: string) => {
    const words = await lastWords(project, name);
    throw new BenchError('SERVER_FAILED', `The container of the ${name} ${how}: ${words.trim()}`, {
      exitCode: 4,
    });
  };
  let endedHow: string | undefined;
  void ended.then(
    (how) => {
      endedHow = how;
    },
    () => {},
  );
  for (;;) {
    signal.throwIfAborted();
    if (endedHow !== undefined) await fail(`ended (${endedHow})`);
    try {
      await withClient({ ...admin, database: 'template1' }, (client) => client.query('SELECT 1'), {
        queryTimeoutMs: 5_000,
      });
      return;
    } catch (error) {
      if (performance.now() > deadline)
        await fail(`did not accept connections in time (${messageOf(error)})`);
      await sleep(100, undefined, { signal });
    }
  }
}
