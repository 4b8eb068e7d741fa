import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BenchError, messageOf } from '../machine/pure.js';
import type { UserOptions } from './options.js';

const NAMES = ['bench.config.ts', 'bench.config.js', 'bench.config.mjs'];

/**
 * Loads the folder's bench config, if there is one.
 * @throws BenchError CONFIG_INVALID if it can't be compiled or exports no object
 */
export async function loadConfig(folder: string): Promise<{ file: string; config: UserOptions } | null> {
  const file = NAMES.map((name) => resolve(folder, name)).find((path) => existsSync(path));
  if (!file) return null;
  const esbuild = await import('esbuild');
  // Beside the config, so that its imports resolve from where it stands.
  const temporary = await mkdtemp(join(dirname(file), '.bench-config-'));
  try {
    const outfile = join(temporary, 'config.mjs');
    await esbuild.build({
      entryPoints: [file],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      logLevel: 'silent',
    });
    const { default: config } = await import(pathToFileURL(outfile).href);
    if (config === null || typeof config !== 'object') {
      throw new Error('it must have a default export made with defineConfig({ … })');
    }
    return { file, config };
  } catch (cause) {
    throw new BenchError('CONFIG_INVALID', `${file} can't be loaded: ${messageOf(cause).split('\n')[0]}`, {
      cause,
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
