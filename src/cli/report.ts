import { dirname } from 'node:path';
import type { Command } from 'commander';
import { readRun } from '../record/index.js';
import { writeRunReport } from '../report/index.js';
import { addExamples } from './examples.js';
import { say } from './output.js';

/** `bench report`: the page of a single run. */
export function reportCommand(bench: Command): void {
  const command = bench
    .command('report')
    .description('write what one run measured as a page, run.html')
    .argument('<run>', 'run.json of a run, or its folder')
    .option('--out <dir>', 'folder for the page (default: that of the run)')
    .action(async (path: string, { out }: { out?: string }) => {
      const { file, record } = await readRun(path);
      say(`Report: ${await writeRunReport(record, out ?? dirname(file))}`);
    });
  addExamples(command, { 'bench report reports/<time>-baseline': 'the page of that run' });
}
