import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../src/machine/entry.js';
import { ERROR_CODES } from '../../src/machine/error-codes.js';
import { sourceFiles } from '../architecture/imports.js';

const read = (path: string) => readFileSync(join(packageRoot, path), 'utf8');

it('docs/errors.md lists each code, in order', () => {
  expect([...read('docs/errors.md').matchAll(/^\| `(\w+)` \|/gm)].map(([, code]) => code)).toEqual(
    ERROR_CODES,
  );
  expect(ERROR_CODES).toEqual([...ERROR_CODES].sort());
});

it('each code is that of some error', () => {
  const sources = sourceFiles('src').filter((file) => file !== 'src/machine/error-codes.ts');
  const quoted = new Set(sources.flatMap((file) => read(file).match(/(?<=')[A-Z][A-Z\d_]+(?=')/g) ?? []));
  // Made of a format's own code.
  const formats = ['PLAN', 'RUN', 'TRIALS', 'COMPARISON'].flatMap((format) => [
    `${format}_UNREADABLE`,
    `${format}_INVALID`,
  ]);
  expect(ERROR_CODES.filter((code) => !quoted.has(code) && !formats.includes(code))).toEqual([]);
});
