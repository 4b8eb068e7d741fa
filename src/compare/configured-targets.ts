import { loadConfig, parseOptions, type TargetGoal } from '../plan/index.js';

/**
 * The targets of the folder's bench.config.ts; undefined where it sets none.
 * @throws BenchError as loadConfig and parseOptions do
 */
export async function configuredTargets(): Promise<readonly TargetGoal[] | undefined> {
  const loaded = await loadConfig(process.cwd());
  return loaded ? parseOptions(loaded.config, (option) => `${loaded.file}: "${option}"`).targets : undefined;
}
