import { dirname, resolve } from 'node:path';
import type { BuildFailure } from 'esbuild';
import { builtPath } from '../../machine/index.js';
import { BenchError, messageOf } from '../../machine/pure.js';

/** A k6 scenario of the user's own with all that it imports, framed by what hands the bench its figures. */
export interface CompiledScenario {
  /** Where it was written: files that it opens are found from there. */
  file: string;
  code: string;
}

/** What the frame imports the scenario as, and what the scenario imports as k6's HTTP. */
const SCENARIO = 'splitbench:scenario';
const HTTP = 'k6/http';

/**
 * Compiles a scenario, TypeScript or JavaScript, packages and all.
 * @throws BenchError SCENARIO_INVALID with the place of the mistake
 */
export async function compileScenario(file: string): Promise<CompiledScenario> {
  const [scenario, frame, http] = [resolve(file), inK6('frame'), inK6('http')];
  const { build } = await import('esbuild');
  try {
    const { outputFiles } = await build({
      entryPoints: [frame],
      // Where it lies is no part of what it is.
      absWorkingDir: dirname(scenario),
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'neutral',
      mainFields: ['module', 'main'],
      target: 'es2020',
      external: ['k6', 'k6/*', 'http://*', 'https://*'],
      minifyWhitespace: true,
      logLevel: 'silent',
      plugins: [
        {
          name: 'frame',
          setup({ onResolve }) {
            onResolve({ filter: new RegExp(`^${SCENARIO}$`) }, () => ({ path: scenario }));
            onResolve({ filter: new RegExp(`^${HTTP}$`) }, ({ importer }) =>
              importer === http ? { path: HTTP, external: true } : { path: http },
            );
          },
        },
      ],
    });
    return { file: scenario, code: outputFiles[0]!.text };
  } catch (cause) {
    throw scenarioInvalid(file, firstMistake(cause as BuildFailure), cause);
  }
}

export function scenarioInvalid(file: string, why: string, cause?: unknown): BenchError {
  return new BenchError('SCENARIO_INVALID', `The scenario ${file} can't be run: ${why}.`, { cause });
}

function firstMistake(failure: Partial<BuildFailure>): string {
  const [first] = failure.errors ?? [];
  if (!first) return messageOf(failure);
  const { location, text } = first;
  const where = location ? `${location.file}:${location.line}:${location.column + 1}: ` : '';
  return where + text.replace(/\.$/, '');
}

function inK6(name: string): string {
  return builtPath(`load/scenario/in-k6/${name}.js`);
}
