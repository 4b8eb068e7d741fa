import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { restoreWith } from '../../../src/cluster/restore/client-tools.js';

const folder = mkdtempSync(join(tmpdir(), 'splitbench-tools-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const target = { host: '127.0.0.1', port: 1, user: 'nobody', password: '', database: 'none' };

/** A client program that complains and goes on, as psql and pg_restore do. */
function restoreThatSays(complaint: string, exitCode: number): Promise<string[]> {
  const path = join(folder, 'psql');
  writeFileSync(path, `#!/bin/sh\necho '${complaint}' >&2\nexit ${exitCode}\n`);
  chmodSync(path, 0o755);
  return restoreWith({ path, version: '18.0' }, [], { target });
}

it('what a restore went past is a warning, but never that there was no room for it', async () => {
  expect(await restoreThatSays('ERROR:  extension "postgis" is not available', 0)).toEqual([
    'Restoring the snapshot: extension "postgis" is not available.',
  ]);
  for (const exitCode of [0, 1]) {
    const complaint = 'ERROR:  could not extend file "base/5/1": No space left on device';
    await expect(restoreThatSays(complaint, exitCode)).rejects.toMatchObject({ code: 'DISK_FULL' });
  }
});
