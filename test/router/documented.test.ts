import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { packageRoot } from '../../src/machine/entry.js';

const folder = mkdtempSync(join(tmpdir(), 'splitbench-documented-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What stands around the code of docs/router.md in an application, block by block. */
const AROUND = [
  `declare const cookie: string | undefined;
declare const reply: { setCookie(name: string, value: string): void };`,
  `import type { IncomingMessage, ServerResponse } from 'node:http';
import { Kysely, PostgresDialect } from 'kysely';
import type { FastifyInstance } from 'fastify';
interface Tables { items: { id: number; price: number } }
type Request = IncomingMessage & { cookies: Record<string, string> };
type Response = ServerResponse & { cookie(name: string, value: string, options: object): void };
declare const app: { use(handler: (req: Request, res: Response, next: () => void) => void): void };
declare const fastify: FastifyInstance;
declare module 'fastify' {
  interface FastifyRequest { cookies: Record<string, string | undefined> }
  interface FastifyReply { setCookie(name: string, value: string, options: object): void }
}`,
  `import { EventEmitter } from 'node:events';
import knex from 'knex';
import pg from 'pg';
import { Sequelize } from 'sequelize';
import { createPool, type Router } from 'splitbench/router';
import { DataSource, type EntitySchema } from 'typeorm';
declare const router: Router;
declare const pool: pg.Pool;
declare const entities: EntitySchema[];
declare const PostgresClient: any;`,
];

test('the code in docs/router.md compiles, strictly', () => {
  const page = readFileSync(join(packageRoot, 'docs', 'router.md'), 'utf8');
  const blocks = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
  expect(blocks).toHaveLength(AROUND.length);
  for (const [i, code] of blocks.entries()) {
    writeFileSync(join(folder, `block-${i + 1}.mts`), `${AROUND[i]}\n${code}`);
  }
  symlinkSync(join(packageRoot, 'node_modules'), join(folder, 'node_modules'));
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2022',
    lib: ['es2023', 'esnext.disposable'],
    types: ['node'],
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    paths: { 'splitbench/router': [join(packageRoot, 'src', 'router', 'index.ts')] },
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
  expect(complaintsOfTsc()).toBe('');
}, 60_000);

function complaintsOfTsc(): string {
  try {
    const tsc = join(packageRoot, 'node_modules', 'typescript', 'bin', 'tsc');
    return execFileSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}
