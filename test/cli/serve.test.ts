import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { measuringInWords } from '../../src/cli/serve.js';
import { packageRoot } from '../../src/machine/index.js';

const before = process.cwd();
/** A folder that nothing else is in, wherever this clone stands. */
const elsewhere = mkdtempSync(join(tmpdir(), 'splitbench-elsewhere-'));
afterEach(() => {
  process.chdir(before);
  rmSync(elsewhere, { recursive: true });
});

it('what measures a served application can be typed where it is printed, whatever its servers are called', () => {
  const connection = { host: '::1', port: 6000, user: 'bench', database: 'my "shop"' };
  const served = {
    ...{ url: 'http://127.0.0.1:1', baselineUrl: 'http://127.0.0.1:2', policy: 'balanced' },
    nodes: [{ name: 'primary', connection, monitor: connection }],
  };
  process.chdir(elsewhere);
  const [, line] = measuringInWords(served);
  expect(line).toContain(`--scenario ${join(packageRoot, 'scenarios/menu-browse.ts')} `);
  expect(line).toContain("--primary 'postgres://bench@[::1]:6000/my%20%22shop%22'");
  process.chdir(packageRoot);
  expect(measuringInWords(served)[1]).toContain('--scenario scenarios/menu-browse.ts ');
});
