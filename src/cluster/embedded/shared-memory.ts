import { join } from 'node:path';
import { runTool, writeOwned } from '../../machine/index.js';
import type { PgBinaries } from './binaries.js';

const PATIENCE_MS = 5_000;

/**
 * Gives back the shared memory of a server that was killed, which outlives all of its processes. PostgreSQL does so
 * itself when it starts on the same data: here as what can't be, a standby in single-user mode, so that it ends right
 * after that, without a recovery.
 * @param data.dataDir no server can be started on it again
 */
export async function giveBackMemory(data: { binaries: PgBinaries; dataDir: string }): Promise<void> {
  const {
    binaries: { binDir, runAs },
    dataDir,
  } = data;
  try {
    await writeOwned(join(dataDir, 'standby.signal'), '', runAs);
    const signal = AbortSignal.timeout(PATIENCE_MS);
    await runTool(join(binDir, 'postgres'), ['--single', '-D', dataDir, 'template1'], {
      runAs,
      cwd: dataDir,
      signal,
    });
  } catch {
    // It is a few hundred bytes and a megabyte, until the machine is started again: nothing to fail for.
  }
}
