import { loadConfig, parseOptions } from '../plan/index.js';
import { type Goal, TARGET_RULES } from '../score/index.js';

/**
 * The targets of a folder's bench.config.ts; undefined where it sets none. Says on standard error what no longer has a
 * meaning in them.
 * @throws BenchError as loadConfig and parseOptions do
 */
export async function configuredTargets(folder = process.cwd()): Promise<readonly Goal[] | undefined> {
  const loaded = await loadConfig(folder);
  if (!loaded) return undefined;
  const { file, config } = loaded;
  const { targets } = parseOptions(config, (option) => `${file}: "${option}"`, { targets: TARGET_RULES });
  if (config.targets?.some(({ direction }) => direction !== undefined)) {
    process.stderr.write(
      `${file}: each metric has its direction, so "direction" can be left out of "targets".\n`,
    );
  }
  return targets as readonly Goal[] | undefined;
}
