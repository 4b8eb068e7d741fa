import { errorText, RouterError } from '../errors.js';
import type { Settings } from '../settings.js';
import { CATALOG_SQL, type Catalog, catalogFrom } from '../sql/catalog.js';
import type { NodeConfig, ReplicaConfig } from '../types.js';
import type { RouterWarning, Warnings } from '../warnings.js';
import { sqlState } from './failures.js';
import { Health } from './health.js';
import { ServerNode } from './node.js';
import { splitBrainOf } from './primary.js';
import { NODE_CHECK } from './questions.js';

/** Loading the catalog of a large database takes longer than a health check may. */
const START_TIMEOUT_MS = 10_000;
/** What a server answers that lacks a column or a function that it is asked for. */
const UNKNOWN_TO_OLD_SERVERS = /^(42703|42883)$/;

/** All servers of a router, and what looks after them. */
export class Servers {
  /** In the order they were given, the primary first. */
  readonly nodes: readonly ServerNode[];
  /** Those that were given as replicas. */
  readonly replicas: readonly ServerNode[];
  readonly health: Health;
  readonly #givenPrimary: ServerNode;

  /** @param tracksPositions whether it must be known what sessions have seen, and what replicas have replayed */
  constructor(
    readonly settings: Settings,
    readonly warnings: Warnings,
    readonly tracksPositions: boolean,
  ) {
    const { primary, replicas, monitors, health } = settings;
    this.#givenPrimary = this.#node('primary', { connection: primary }, monitors?.primary);
    this.replicas = replicas.map((replica, index) =>
      this.#node(index === 0 ? 'replica' : `replica-${index + 1}`, replica, monitors?.replicas[index]),
    );
    this.nodes = [this.#givenPrimary, ...this.replicas];
    this.health = new Health(this.nodes, health, warnings);
  }

  #node(name: string, replica: ReplicaConfig, monitor: NodeConfig = replica.connection): ServerNode {
    const warn = (code: RouterWarning['code'], message: string) =>
      this.warnings.say({ code, node: name, message });
    const node: ServerNode = new ServerNode({
      ...replica,
      name,
      monitor,
      settings: this.settings,
      tracksPositions: this.tracksPositions,
      onRoleChange: () => void this.health.checkNow(),
      onConnectionLost: ({ message }) => {
        warn('connection-lost', `An idle connection to ${name} broke: ${message}.`);
        void this.health.checkNow();
      },
      onBreaker: (state) => {
        if (node.role !== 'replica') return;
        if (state === 'open')
          warn('breaker-open', `${name} is left alone for a while, as it failed too often.`);
        else warn('breaker-closed', `${name} answers again and gets more and more of its reads.`);
      },
    });
    return node;
  }

  /**
   * Finds out who is who, and looks after all of them from then on. One message to each node: what it is, and of the
   * primary the catalog. A replica that is down is a warning.
   * @throws RouterError `PRIMARY_DOWN`, `PRIMARY_IS_STANDBY`, `SPLIT_BRAIN`, `SERVER_TOO_OLD`
   */
  async start(): Promise<Catalog> {
    const [asked] = await Promise.allSettled([
      readCatalog(this.#givenPrimary),
      ...this.replicas.map((node) => node.check(START_TIMEOUT_MS)),
    ]);
    await this.health.start();
    const { primary, splitBrain } = this.health;
    if (splitBrain !== undefined) throw splitBrainOf(splitBrain);
    if (primary === undefined)
      throw whyNoPrimary(this.#givenPrimary, asked.status === 'rejected' ? asked.reason : undefined);
    return asked.status === 'fulfilled' ? asked.value : readCatalog(primary);
  }

  /** Closes every connection and timer: those in use once they are given back, or by force after so many ms. */
  async end(graceMs: number): Promise<void> {
    await Promise.all([this.health.stop(), ...this.nodes.map(({ pool }) => pool.end(graceMs))]);
  }
}

async function readCatalog(node: ServerNode): Promise<Catalog> {
  const questions = `${NODE_CHECK};\n${CATALOG_SQL}`;
  const askedMs = performance.now();
  const [check, ...catalog] = await node.ask(questions, START_TIMEOUT_MS);
  node.noteState(check!.rows[0], askedMs);
  return catalogFrom(catalog);
}

function whyNoPrimary({ state }: ServerNode, failure: unknown): RouterError {
  if (UNKNOWN_TO_OLD_SERVERS.test(sqlState(failure) ?? '')) {
    return new RouterError('SERVER_TOO_OLD', 'The router needs PostgreSQL 14 or newer.', failure);
  }
  if (state?.standby) {
    return new RouterError(
      'PRIMARY_IS_STANDBY',
      'The server given as the primary is a standby, and none of the others takes writes: name the one that does.',
    );
  }
  return new RouterError('PRIMARY_DOWN', `The primary can't be used: ${errorText(failure)}.`, failure);
}
