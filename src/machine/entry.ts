import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Path of a compiled entry file that runs as a process of its own, such as `service/main`. Under vitest this module
 * is TypeScript, which Node can't start: then the built one in dist/ is meant.
 */
export function entryPath(name: string): string {
  const beside = fileURLToPath(new URL(`../${name}.js`, import.meta.url));
  return existsSync(beside) ? beside : fileURLToPath(new URL(`../../dist/${name}.js`, import.meta.url));
}

/** The package's root folder, which holds scenarios/ and package.json. */
export const packageRoot = fileURLToPath(new URL('../..', import.meta.url));
