import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, type ProcessIdentity, thisProcess } from '../machine/index.js';
import { BenchError } from '../machine/pure.js';

/**
 * Keeps other benches from writing to a folder until it is disposed of. One that was killed meanwhile holds nothing.
 * @throws BenchError IN_USE if a living one holds it
 */
export function holdFolder(folder: string): Disposable {
  const file = join(folder, 'in-use.json');
  const self = thisProcess();
  const holder = readHolder(file);
  if (holder?.machine === self.machine && isRunning(holder)) {
    throw new BenchError(
      'IN_USE',
      `Another bench (process ${holder.pid}) is at work in ${folder}: wait for it to end, or end it.`,
    );
  }
  if (holder) rmSync(file, { force: true });
  try {
    writeFileSync(file, JSON.stringify(self), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new BenchError('IN_USE', `Another bench has just begun to work in ${folder}: wait for it to end.`);
  }
  return { [Symbol.dispose]: () => rmSync(file, { force: true }) };
}

function readHolder(file: string): ProcessIdentity | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}
