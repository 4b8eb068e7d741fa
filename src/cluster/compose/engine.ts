import { Pool } from 'undici';
import { BenchError, messageOf } from '../../machine/pure.js';
import { PERIOD_US } from '../budget/limiter.js';
import type { NodeUsage } from '../cluster.js';
import { askDocker } from './docker.js';

/** A request to the engine is given up after this long: it answers in milliseconds, and usage is asked for at 10 Hz. */
const PATIENCE_MS = 10_000;

/** The container engine of this machine, by its API (docs.docker.com/reference/api/engine, 1.41: Docker 20.10). */
export class Engine implements AsyncDisposable {
  readonly #pool: Pool;

  private constructor(socketPath: string) {
    // `ended` holds a connection for as long as a container runs.
    this.#pool = new Pool('http://localhost', { socketPath, connections: 16, bodyTimeout: 0 });
  }

  /** @throws BenchError CONTAINERS_UNAVAILABLE if there is none here */
  static async open(): Promise<Engine> {
    // As Docker's client has it, which need not be here (in a container).
    const endpoint =
      process.env.DOCKER_HOST ||
      (await askDocker(['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'])).trim();
    if (!endpoint.startsWith('unix://')) {
      throw new BenchError(
        'CONTAINERS_UNAVAILABLE',
        `Docker's engine has to be on this machine, and is elsewhere (${endpoint}): run the bench there, or choose a context with a local engine.`,
      );
    }
    return new Engine(endpoint.slice('unix://'.length));
  }

  /**
   * The id of a running container, by its name or id, or by the Compose service that it alone is of.
   * @throws Error in words if there is none, or are several
   */
  async find(name: string): Promise<string> {
    const all = await this.#ask<Listed[]>('GET', '/containers/json');
    const itself = all.filter(({ Id, Names }) => Id.startsWith(name) || Names.includes(`/${name}`));
    const ofService = all.filter(({ Labels }) => Labels['com.docker.compose.service'] === name);
    const [found, another] = itself.length > 0 ? itself : ofService;
    if (!found)
      throw new Error(`no container that runs is called "${name}", nor is one of a service of that name`);
    if (!another) return found.Id;
    const names = [found, another].map(({ Names }) => Names[0]?.slice(1)).join(' and ');
    throw new Error(`${names} both go by "${name}": give the name of one`);
  }

  /** The id of a container's first process, on the engine's machine. */
  async pid(container: string): Promise<number> {
    return (await this.#ask<{ State: { Pid: number } }>('GET', `/containers/${container}/json`)).State.Pid;
  }

  /** What a container has used so far. The engine looks once a second, and an answer may wait for the next look. */
  async usage(container: string): Promise<NodeUsage> {
    const stats = await this.#ask<Stats>('GET', `/containers/${container}/stats?stream=false&one-shot=true`);
    const { cpu_usage: cpu, throttling_data: throttling } = stats.cpu_stats;
    const { rss, anon, shmem, mapped_file } = stats.memory_stats.stats ?? {};
    // Version 1 of control groups and version 2 name it differently; shared buffers are shared memory.
    const own = rss ?? anon;
    return {
      cpuSeconds: cpu.total_usage / 1e9,
      memoryBytes: own === undefined ? null : own + (shmem ?? mapped_file ?? 0),
      throttledSeconds: throttling.throttled_time / 1e9,
      periods: throttling.periods,
      throttledPeriods: throttling.throttled_periods,
    };
  }

  /** Sets the CPU budget of a container, in cores; null lifts it. */
  async limitCpu(container: string, cpus: number | null): Promise<void> {
    await this.#ask('POST', `/containers/${container}/update`, {
      CpuPeriod: PERIOD_US,
      CpuQuota: cpus === null ? -1 : Math.round(cpus * PERIOD_US),
    });
  }

  /** Settles when a container ends by itself or is stopped, with how, in words. */
  async ended(container: string): Promise<string> {
    const { StatusCode } = await this.#ask<{ StatusCode: number }>(
      'POST',
      `/containers/${container}/wait`,
      undefined,
      0,
    );
    return StatusCode > 128 ? `killed by signal ${StatusCode - 128}` : `exit code ${StatusCode}`;
  }

  async #ask<T>(
    method: 'GET' | 'POST',
    path: string,
    body?: object,
    headersTimeout = PATIENCE_MS,
  ): Promise<T> {
    const response = await this.#pool
      .request({
        method,
        path: `/v1.41${path}`,
        headersTimeout,
        ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      })
      .catch((cause) => {
        throw new BenchError(
          'CONTAINERS_UNAVAILABLE',
          `Docker's engine does not answer: ${messageOf(cause)}.`,
          {
            cause,
            exitCode: 4,
          },
        );
      });
    const text = await response.body.text();
    if (response.statusCode < 300) return JSON.parse(text) as T;
    throw new BenchError(
      'CONTAINERS_UNAVAILABLE',
      `Docker's engine refuses ${method} ${path}: ${text.trim()}`,
      {
        exitCode: 4,
      },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.destroy();
  }
}

/** What is read of `GET /containers/json`. */
interface Listed {
  Id: string;
  Names: string[];
  Labels: Record<string, string>;
}

/** What is read of `GET /containers/…/stats`; times in ns, memory in bytes. */
interface Stats {
  cpu_stats: {
    cpu_usage: { total_usage: number };
    throttling_data: { periods: number; throttled_periods: number; throttled_time: number };
  };
  memory_stats: { stats?: { rss?: number; mapped_file?: number; anon?: number; shmem?: number } };
}
