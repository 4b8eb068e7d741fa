import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { messageOf } from '../../machine/pure.js';

/** A k6 that can be run. */
export interface K6 {
  path: string;
  /** Such as `2.2.0`. */
  version: string;
  /** Where it comes from, in words. */
  source: string;
}

/** The oldest version that the scenarios are known to run on. */
export const MINIMUM_K6_VERSION = '2.0.0';

/** Asks a binary for its version; says in words why it won't do. */
export async function tryK6({ path, source }: Omit<K6, 'version'>): Promise<K6 | { problem: string }> {
  let output: string;
  try {
    const env = { K6_AUTO_EXTENSION_RESOLUTION: 'false', PATH: process.env.PATH, HOME: process.env.HOME };
    output = (await promisify(execFile)(path, ['version'], { timeout: 10_000, env })).stdout;
  } catch (error) {
    return { problem: `it can't be run (${messageOf(error).split('\n')[0]})` };
  }
  const version = /\bk6(?:\.exe)? v(\d+\.\d+\.\d+)/.exec(output)?.[1];
  if (!version) return { problem: 'it does not answer as k6 does' };
  if (version.localeCompare(MINIMUM_K6_VERSION, 'en', { numeric: true }) < 0)
    return { problem: `its version ${version} is too old` };
  return { path, version, source };
}
