import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of a test's own, in memory: small, or mounted so that something can't be done on it. */
export interface Tmpfs extends Disposable {
  readonly dir: string;
  /** Such as `ro`. */
  remount(options: string): void;
}

/** @returns null where none can be mounted (elsewhere than on Linux, and for whoever isn't root) */
export function mountTmpfs(options: string): Tmpfs | null {
  const dir = mkdtempSync(join(tmpdir(), 'splitbench-tmpfs-'));
  const mount = (given: string) =>
    execFileSync('mount', ['-t', 'tmpfs', '-o', `mode=755,${given}`, 'tmpfs', dir], { stdio: 'ignore' });
  const remove = () => rmSync(dir, { recursive: true, force: true });
  try {
    mount(options);
  } catch {
    remove();
    return null;
  }
  return {
    dir,
    remount: (given) => mount(`remount,${given}`),
    [Symbol.dispose]() {
      // Lazily: what still runs there must not keep it mounted.
      execFileSync('umount', ['-l', dir]);
      remove();
    },
  };
}

/** Whether tmpfs can be mounted here. */
export const canMount = (() => {
  const tried = mountTmpfs('size=1m');
  tried?.[Symbol.dispose]();
  return tried !== null;
})();
