import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processStart, thisMachine } from '../machine/index.js';
import { BenchError } from '../machine/pure.js';

const HOLD_FILE = 'in-use.json';

interface Holder {
  machine: string;
  pid: number;
  start: string;
}

/**
 * Keeps other benches from writing to a folder until it is disposed of. One that was killed meanwhile holds nothing.
 * @throws BenchError IN_USE if a living one holds it
 */
export function holdFolder(folder: string): Disposable {
  const file = join(folder, HOLD_FILE);
  const self: Holder = {
    machine: thisMachine(),
    pid: process.pid,
    start: processStart(process.pid) ?? '',
  };
  const holder = readHolder(file);
  if (holder && holder.machine === self.machine && processStart(holder.pid) === holder.start) {
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

function readHolder(file: string): Holder | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}
