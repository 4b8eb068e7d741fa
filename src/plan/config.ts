import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import type { BuildFailure } from 'esbuild';
import { atExit, builtPath, explainFullDisk } from '../machine/index.js';
import { BenchError, messageOf } from '../machine/pure.js';
import type { UserOptions } from './options.js';

const NAMES = ['ts', 'mts', 'js', 'mjs', 'cjs', 'json'].map((extension) => `bench.config.${extension}`);
/** What it is compiled to begins so. */
const COMPILED = '.bench-config-';
/** A config may ask somebody for what stands in it, and no more than that. */
const PATIENCE_MS = 30_000;

/**
 * Loads the folder's bench config, if there is one. Whatever it does (throw, exit, wait for ever), this settles.
 * @throws BenchError CONFIG_INVALID if it can't be compiled, doesn't end well in `patienceMs`, or exports no plain object, or
 *   if what it is compiled to can't be written; DISK_FULL
 */
export async function loadConfig(
  folder: string,
  patienceMs = PATIENCE_MS,
): Promise<{ file: string; config: UserOptions } | null> {
  const file = NAMES.map((name) => resolve(folder, name)).find((path) => existsSync(path));
  if (!file) return null;
  // Beside the config, so that its imports resolve from where it stands.
  const compiled = join(dirname(file), `${COMPILED}${randomUUID().slice(0, 8)}.mjs`);
  using _compiled = atExit(() => rmSync(compiled, { force: true }));
  try {
    write(compiled, await compile(file));
    removeLeft(dirname(file));
    const config = await evaluate(compiled, patienceMs);
    if (config === null || typeof config !== 'object') {
      throw new Error(
        file.endsWith('.json')
          ? 'it must hold an object'
          : 'it must have a default export made with defineConfig({ … })',
      );
    }
    return { file, config };
  } catch (cause) {
    if (cause instanceof BenchError) throw cause;
    const [why = ''] = messageOf(cause).replaceAll(compiled, file).split('\n');
    throw new BenchError(
      'CONFIG_INVALID',
      `${file} can't be loaded: ${why.replace(/\.$/, '') || 'it throws an error that says nothing'}.`,
      {
        cause,
      },
    );
  }
}

/** @throws BenchError DISK_FULL, or Error that says in one line where nothing can be written */
function write(compiled: string, text: string): void {
  try {
    writeFileSync(compiled, text, { flag: 'wx' });
  } catch (error) {
    // A write to an open file doesn't say where it was to go.
    const cause = explainFullDisk(Object.assign(error as NodeJS.ErrnoException, { path: compiled }));
    if (cause instanceof BenchError) throw cause;
    const [why] = messageOf(cause).split(',');
    throw new Error(
      `what it is compiled to has to be written beside it for a moment, and the folder ${dirname(compiled)} can't be written (${why})`,
      { cause },
    );
  }
}

/** What benches that were killed while they loaded theirs left here: no living one takes that long. */
function removeLeft(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(COMPILED)) continue;
    const path = join(folder, name);
    const ageMs = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (ageMs > 2 * PATIENCE_MS) rmSync(path, { recursive: true, force: true });
  }
}

/** @throws Error that says in one line what is wrong and where */
async function compile(file: string): Promise<string> {
  const { build } = await import('esbuild');
  try {
    const { outputFiles } = await build({
      entryPoints: [file],
      bundle: true,
      write: false,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      logLevel: 'silent',
    });
    return outputFiles[0]!.text;
  } catch (cause) {
    const [first] = (cause as BuildFailure).errors ?? [];
    if (!first) throw cause;
    const { location, text } = first;
    const where = location ? `${location.file}:${location.line}:${location.column + 1}: ` : '';
    throw new Error(`${where}${text}`, { cause });
  }
}

/** What the thread says of a config. */
export type Evaluated = { config: UserOptions } | { wrong: string };

/** @returns the module's default export */
async function evaluate(compiled: string, patienceMs: number): Promise<UserOptions> {
  const thread = new Worker(builtPath('plan/config-thread.js'), {
    workerData: pathToFileURL(compiled).href,
    // Its imports may set variables that the bench reads.
    env: SHARE_ENV,
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((done, reject) => {
      const fail = (words: string) => reject(new Error(words));
      thread.once('message', (said: Evaluated) => ('config' in said ? done(said.config) : fail(said.wrong)));
      thread.once('error', reject);
      thread.once('exit', () =>
        fail('it ends before it has exported anything: it exits, or awaits what can never come.'),
      );
      timer = setTimeout(
        () => fail(`it has not exported anything after ${patienceMs / 1000} s: look for what it waits for.`),
        patienceMs,
      );
    });
  } finally {
    clearTimeout(timer);
    await thread.terminate();
  }
}
