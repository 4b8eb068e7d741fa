import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './entry.js';

/** The bench's own version, from package.json. */
export const benchVersion: string = JSON.parse(
  readFileSync(join(packageRoot, 'package.json'), 'utf8'),
).version;
