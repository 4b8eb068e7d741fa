import { readFile, writeFile } from 'node:fs/promises';
import type { CompiledScenario } from './compile.js';

/** A compiled scenario and how it is started, in a file: what is played in place of a trace. */
export interface ScenarioFile extends CompiledScenario {
  /** Iterations per second; null: its own executors start them. */
  ratePerSecond: number | null;
  seconds: number;
}

export async function writeScenario(path: string, content: ScenarioFile): Promise<void> {
  await writeFile(path, JSON.stringify(content));
}

export async function readScenario(path: string): Promise<ScenarioFile> {
  return JSON.parse(await readFile(path, 'utf8')) as ScenarioFile;
}
