import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Argument, type Command } from 'commander';
import { packageRoot } from '../machine/index.js';
import { addExamples } from './examples.js';
import { say } from './output.js';

/** What is written, each in the shape that its schema in schema/ has. */
export const WRITTEN = ['plan', 'run', 'trials', 'compare'] as const;

/** `bench schema`: the JSON Schema of what is written, for programs that read it. */
export function schemaCommand(bench: Command): void {
  const command = bench
    .command('schema')
    .description('print the JSON Schema of plan.json, run.json, trials.json or compare.json')
    .addArgument(new Argument('<name>', 'which of them').choices(WRITTEN))
    .action(async (name: string) => {
      const text = await readFile(join(packageRoot, 'schema', `${name}.json`), 'utf8');
      say(...text.trimEnd().split('\n'));
    });
  addExamples(command, {
    'bench schema run > run.schema.json': 'to check a run.json with',
  });
}
