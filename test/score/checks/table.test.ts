import { readdirSync } from 'node:fs';
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

it('only runs spoil a pair, and no side that a check is not about', () => {
  for (const check of Object.values(CHECKS)) {
    if (check.of === 'pair') expect(check).not.toHaveProperty('spoils');
    else if (check.spoils === 'baseline') expect(check.sides ?? ['baseline']).toContain('baseline');
  }
});
