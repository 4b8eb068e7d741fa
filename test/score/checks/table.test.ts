import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../../src/machine/entry.js';
import { CHECKS } from '../../../src/score/checks/index.js';

it('each check is a file of its own, named by its id', () => {
  const shared = ['check.ts', 'index.ts', 'judge.ts'];
  const files = readdirSync(join(packageRoot, 'src/score/checks')).filter((name) => !shared.includes(name));
  expect(files.sort()).toEqual(
    Object.keys(CHECKS)
      .map((id) => `${id}.ts`)
      .sort(),
  );
});

it('the manual tells of each what it is about', () => {
  const manual = readFileSync(join(packageRoot, 'docs/measurement.md'), 'utf8');
  const told = Array.from(
    manual.matchAll(/^\| `(\S+)` \| (bench|machine|load|outcome) \|/gm),
    ([, id, subject]) => [id, subject],
  );
  expect(told).toEqual(Object.entries(CHECKS).map(([id, { subject }]) => [id, subject]));
});
