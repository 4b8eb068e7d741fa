import { join } from 'node:path';
import { packageRoot } from '../../machine/index.js';
import { askCompose } from './docker.js';

/** What docker-compose.yml calls the image of its servers. */
export const IMAGE = process.env.SPLITBENCH_POSTGRES ?? 'splitbench-postgres';

const FILE = join(packageRoot, 'docker-compose.yml');

/** Makes the image, or finds it made. @throws BenchError CONTAINERS_UNAVAILABLE with the builder's words */
export async function buildImage(): Promise<void> {
  await askProject('splitbench', ['build', 'primary'], { env: NO_SECRET });
}

/** Containers that belong together: one start of docker-compose.yml. */
export interface Project {
  name: string;
  /** The variables of docker-compose.yml. */
  env: Record<string, string>;
}

/** Starts one of its services, and gives the container's id. @throws BenchError CONTAINERS_UNAVAILABLE */
export async function startService(
  { name, env }: Project,
  service: string,
  signal: AbortSignal,
): Promise<string> {
  // Others that it depends on are there already.
  await askProject(name, ['up', '--detach', '--no-deps', '--no-build', service], { env, signal });
  return (await askProject(name, ['ps', '--quiet', service], { env, signal })).trim();
}

/** The last that a service said. */
export async function lastWords({ name, env }: Project, service: string): Promise<string> {
  return askProject(name, ['logs', '--no-color', '--tail', '3', service], { env });
}

/** Removes a project's containers, their data and their network, whatever state they are in. */
export async function removeProject(name: string): Promise<void> {
  await askProject(name, ['down', '--volumes', '--timeout', '4'], { env: NO_SECRET });
}

/** Nothing is started with it. */
const NO_SECRET = { POSTGRES_PASSWORD: 'none' };

function askProject(
  name: string,
  args: string[],
  { env, signal }: { env: Record<string, string>; signal?: AbortSignal },
): Promise<string> {
  // All profiles of servers: what is taken down may have any of them.
  const profiles = ['--profile', 'analytics', '--profile', 'replicas'];
  return askCompose(['--file', FILE, '--project-name', name, ...profiles, ...args], {
    env,
    signal,
  });
}
