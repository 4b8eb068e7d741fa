import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { packageRoot } from '../../../src/machine/entry.js';
import { at, csvlogRecord } from './csvlog-text.js';
import { importing } from './importing.js';

const { pathOf, logOf, importFiles } = importing();

it('a log comes in on the standard input, compressed or not, with files beside it', async () => {
  const first = logOf(csvlogRecord({ time: at(0), message: 'statement: SELECT 1' }));
  const second = csvlogRecord({ time: at(1), message: 'statement: SELECT 2' });
  const out = pathOf('trace.jsonl');
  const bench = join(packageRoot, 'bin/bench.js');
  const { stdout, stderr } = spawnSync(process.execPath, [bench, 'import', '-', first, '-o', out, '--json'], {
    input: gzipSync(second),
    encoding: 'utf8',
  });
  expect(JSON.parse(stdout), stderr).toMatchObject({ events: 2, header: { meta: { files: 2 } } });
  const whole = await importFiles([first, logOf(second)]);
  expect(whole.texts).toEqual(['SELECT 1', 'SELECT 2']);
  expect(JSON.parse(stdout)).toMatchObject({ sha256: whole.summary.sha256 });
  expect(readdirSync(dirname(out)).filter((name) => name.startsWith(`.${basename(out)}`))).toEqual([]);
});
