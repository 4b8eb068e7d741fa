import { mkdir, statfs } from 'node:fs/promises';
import { cacheDir } from '../machine/index.js';
import { BenchError, formatBytes } from '../machine/pure.js';

/** The template, and a copy of it for each node, with room for what a run writes. */
export const DISK_BYTES = 2e9;

/** The folder where templates and running servers have their data, and the room that is left there. */
export async function freeDisk(): Promise<{ folder: string; bytes: number }> {
  const folder = cacheDir();
  await mkdir(folder, { recursive: true });
  const { bavail, bsize } = await statfs(folder);
  return { folder, bytes: bavail * bsize };
}

/** @throws BenchError DISK_FULL if a run may not have room enough */
export async function requireDisk(): Promise<void> {
  const { folder, bytes } = await freeDisk();
  if (bytes >= DISK_BYTES) return;
  throw new BenchError(
    'DISK_FULL',
    `${folder} has ${formatBytes(bytes)} free, but a run needs up to ${formatBytes(DISK_BYTES)}: free some, or set BENCH_CACHE to another disk.`,
  );
}
