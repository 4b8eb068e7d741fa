import type { Command } from 'commander';
import { getK6, resolveK6 } from '../load/index.js';
import { BenchError } from '../machine/pure.js';
import type { CommandContext } from './context.js';
import { addExamples } from './examples.js';
import { say } from './output.js';

export function k6Command(bench: Command, context: CommandContext): void {
  const k6 = bench.command('k6').description('install or locate the k6 that the bench uses');
  k6.command('install')
    .description('build or download k6 into the cache, unless one is there')
    .action(async () => {
      const found = await context.withProgress(({ signal, onProgress }) =>
        getK6({ signal, onProgress: (detail) => onProgress({ phase: 'getting k6', etaS: null, detail }) }),
      );
      if ('lacking' in found)
        throw new BenchError('K6_UNAVAILABLE', `k6 is not available here: ${found.lacking}.`);
      say(`k6 ${found.version}: ${found.path} (${found.source})`);
    });
  addExamples(k6, {
    'bench k6 install': 'once, before the first run',
    'BENCH_K6=/opt/k6 bench run baseline': 'use a k6 of your own',
  });
  for (const fact of ['path', 'version'] as const) {
    k6.command(fact)
      .description(`print the ${fact} of the k6 in use`)
      .action(async () => {
        const found = await resolveK6();
        if (found) return say(found[fact]);
        throw new BenchError(
          'K6_UNAVAILABLE',
          'There is no k6 here yet: run "bench k6 install", or set BENCH_K6.',
        );
      });
  }
}
