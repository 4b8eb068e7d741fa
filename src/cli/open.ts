import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Command } from 'commander';
import openInBrowser from 'open';
import { findReport } from '../compare/index.js';
import type { CommandContext } from './context.js';
import { addExamples } from './examples.js';
import { say, sayAside } from './output.js';
import { readFlags } from './run-options.js';

/** What opens pages hands them on within a moment; a browser that it becomes itself stays. */
const HANDED_ON_MS = 1000;

/** `bench open`: a report in the browser, and its path for whoever has none here. */
export function openCommand(bench: Command, context: CommandContext): void {
  const command = bench
    .command('open')
    .description('open a report in the browser and print its path')
    .argument('[comparison]', 'a page, or its folder (default: the newest of a comparison or a run)')
    .action(async (comparison: string | undefined) => {
      // What is wrong in the config, those commands say that follow it.
      const { out } = await readFlags({}, context).catch(() => ({ out: 'reports' }));
      const page = await findReport(comparison, out);
      say(`Report: ${page}`);
      if (!(await opens(page)))
        sayAside('No browser could be started here: open the file with one of yours.');
    });
  addExamples(command, {
    'bench open': 'the newest report',
    'bench open reports/<time>-compare': 'another one',
  });
}

async function opens(page: string): Promise<boolean> {
  try {
    const child = await openInBrowser(resolve(page));
    const ended = once(child, 'exit').then(([code]) => code === 0);
    return await Promise.race([ended, setTimeout(HANDED_ON_MS, true)]);
  } catch {
    return false;
  }
}
