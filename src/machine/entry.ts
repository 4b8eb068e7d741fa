import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Path of a file or folder that the build puts beside the compiled modules: what is read, such as
 * `report/page/page.css`, or what runs as a process of its own, such as `service/main.js`. Under vitest this module is
 * TypeScript in src/: what isn't there as it has to be, for it must be compiled or bundled, is the one in dist/.
 */
export function builtPath(path: string): string {
  const beside = fileURLToPath(new URL(`../${path}`, import.meta.url));
  return existsSync(beside) ? beside : fileURLToPath(new URL(`../../dist/${path}`, import.meta.url));
}

/** The package's root folder, which holds package.json. */
export const packageRoot = fileURLToPath(new URL('../..', import.meta.url));

/** The bench's own version, from package.json. */
export const benchVersion: string = JSON.parse(
  readFileSync(join(packageRoot, 'package.json'), 'utf8'),
).version;
