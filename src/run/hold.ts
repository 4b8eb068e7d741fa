import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, type ProcessIdentity, thisProcess } from '../machine/index.js';
import { BenchError } from '../machine/pure.js';

/**
 * Keeps other benches from writing to a folder until it is disposed of. One that was killed meanwhile holds nothing.
 *
 * Who holds it says so in a note in the folder `in-use`, which gets this name with the note in it, and only where there is
 * none or an empty one: of benches that begin at once one has it, and none leaves half a note. Each note has a name of its
 * own: who takes a dead bench's away can't take that of a bench which has come in its place.
 * @throws BenchError IN_USE if a living one holds it
 */
export function holdFolder(folder: string): Disposable {
  const inUse = join(folder, 'in-use');
  const self = thisProcess();
  for (const name of notesIn(inUse)) {
    const holder = readHolder(join(inUse, name));
    if (holder?.machine === self.machine && isRunning(holder)) {
      throw new BenchError(
        'IN_USE',
        `Another bench (process ${holder.pid}) is at work in ${folder}: wait for it to end, or end it.`,
      );
    }
    rmSync(join(inUse, name), { force: true });
  }
  const note = `${randomUUID()}.json`;
  const draft = join(folder, `.in-use-${randomUUID()}`);
  mkdirSync(draft);
  try {
    writeFileSync(join(draft, note), JSON.stringify(self));
    renameSync(draft, inUse);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    throw new BenchError('IN_USE', `Another bench has just begun to work in ${folder}: wait for it to end.`);
  }
  return {
    [Symbol.dispose]() {
      rmSync(join(inUse, note), { force: true });
      removeEmpty(inUse);
    },
  };
}

function notesIn(inUse: string): string[] {
  try {
    return readdirSync(inUse);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return [];
  }
}

/** Null for a note that a bench lost with its machine: a power cut may leave it empty. */
function readHolder(note: string): ProcessIdentity | null {
  try {
    return JSON.parse(readFileSync(note, 'utf8'));
  } catch {
    return null;
  }
}

function removeEmpty(inUse: string): void {
  try {
    rmdirSync(inUse);
  } catch {
    // It is another bench's by now, or gone with all that was in the folder.
  }
}
