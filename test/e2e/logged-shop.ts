import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import type { RunRecord } from '../../src/record/run.js';
import { type LoggingServer, startLoggingServer } from '../workload/capture/logging-server.js';
import { type Outcome, recordOfRun, runBench } from './bench.js';

/** An application's database on a server that logs, and a folder in which what it logged is replayed. */
export interface LoggedShop {
  folder: string;
  server: LoggingServer;
  bench(...args: string[]): Promise<Outcome>;
  /** Imports a log; it has to succeed. @returns the summary */
  importLog(logs: string[], trace: string): Promise<unknown>;
  /** The record of a run, which has to succeed. */
  run(side: string, ...args: string[]): Promise<RunRecord>;
  /** The same of a trace, on the data of the stopped server's database of this name: by default, the shop's. */
  replay(side: string, trace: string, database?: string, ...args: string[]): Promise<RunRecord>;
}

const DATABASE = 'shop';

/**
 * There for all tests of a file.
 * @param schema SQL that fills its database
 * @param work what is logged, and the end of the server
 */
export function withLoggedShop(schema: string, work: (shop: LoggedShop) => Promise<void>): LoggedShop {
  const shop = {
    bench: (...args) => runBench(shop.folder, args),
    async importLog(logs, trace) {
      const outcome = await shop.bench('import', ...logs, '-o', trace, '--database', DATABASE, '--json');
      expect(outcome, outcome.stderr).toMatchObject({ code: 0 });
      return JSON.parse(outcome.stdout);
    },
    run: (side, ...args) => recordOfRun(shop.folder, side, ...args),
    replay(side, trace, database = DATABASE, ...args) {
      const snapshot = ['--snapshot', shop.server.dataDir, '--database', database];
      return shop.run(side, '--workload', trace, ...snapshot, ...args);
    },
  } as LoggedShop;
  beforeAll(async () => {
    shop.folder = await mkdtemp(join(os.tmpdir(), 'splitbench-e2e-'));
    shop.server = await startLoggingServer();
    await shop.server.createDatabase(DATABASE, {});
    const setUp = await shop.server.connect(DATABASE);
    await setUp.query(schema);
    await setUp.end();
    await work(shop);
  }, 60_000);
  afterAll(async () => {
    await shop.server?.remove();
    if (shop.folder) await rm(shop.folder, { recursive: true, force: true });
  });
  return shop;
}
