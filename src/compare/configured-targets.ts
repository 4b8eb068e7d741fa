import { loadConfig, parseOptions } from '../plan/index.js';
import { type Goal, TARGET_RULES } from '../score/index.js';

/** Targets that a folder sets, and what its user should hear of them, in sentences. */
export interface ConfiguredTargets {
  /** Undefined where it sets none. */
  targets: readonly Goal[] | undefined;
  notes: string[];
}

/**
 * The targets of a folder's bench.config.ts.
 * @throws BenchError as loadConfig and parseOptions do
 */
export async function configuredTargets(folder = process.cwd()): Promise<ConfiguredTargets> {
  const loaded = await loadConfig(folder);
  if (!loaded) return { targets: undefined, notes: [] };
  const { file, config } = loaded;
  const { targets } = parseOptions(config, (option) => `${file}: "${option}"`, { targets: TARGET_RULES });
  const directed = config.targets?.some(({ direction }) => direction !== undefined);
  return {
    targets: targets as readonly Goal[] | undefined,
    notes: directed
      ? [`${file}: each metric has its direction, so "direction" can be left out of "targets".`]
      : [],
  };
}
