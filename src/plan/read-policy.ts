import { readFile } from 'node:fs/promises';
import { BenchError, messageOf } from '../machine/pure.js';
import { policies, type RoutingPolicy, validatePolicy } from '../router/index.js';

/**
 * A routing policy by its shipped name, from a JSON file, or as an object of bench.config.ts.
 * @throws BenchError POLICY_INVALID naming the shipped ones, or what is wrong in the file
 */
export async function readPolicy(nameOrFile: string | Record<string, unknown>): Promise<RoutingPolicy> {
  const shipped =
    typeof nameOrFile === 'string' ? (policies as Record<string, RoutingPolicy>)[nameOrFile] : undefined;
  if (shipped) return shipped;
  const names = Object.keys(policies).join(', ');
  try {
    return validatePolicy(
      typeof nameOrFile === 'string' ? JSON.parse(await readFile(nameOrFile, 'utf8')) : nameOrFile,
    );
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const why = missing ? 'there is no such file' : messageOf(cause);
    throw new BenchError(
      'POLICY_INVALID',
      `The policy ${typeof nameOrFile === 'string' ? `"${nameOrFile}" ` : ''}can't be used: ${why}. Shipped policies: ${names}; or give a JSON file.`,
      { cause },
    );
  }
}
