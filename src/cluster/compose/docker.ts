import { runTool, type ToolOptions } from '../../machine/index.js';
import { BenchError, messageOf } from '../../machine/pure.js';

/**
 * Asks Docker's client, and gives what it says.
 * @throws BenchError CONTAINERS_UNAVAILABLE if it isn't here or can't do it
 */
export async function askDocker(args: string[], options?: ToolOptions): Promise<string> {
  return ask(['docker'], args, options);
}

/** Has Compose do something, as Docker's plugin or, where that isn't there, as the program of its own. */
export async function askCompose(args: string[], options?: ToolOptions): Promise<string> {
  compose ??= findCompose();
  return ask(await compose, args, options);
}

let compose: Promise<string[]> | undefined;

async function findCompose(): Promise<string[]> {
  for (const command of [['docker', 'compose'], ['docker-compose']]) {
    try {
      await ask(command, ['version']);
      return command;
    } catch {
      // The other may be there.
    }
  }
  compose = undefined;
  throw new BenchError(
    'CONTAINERS_UNAVAILABLE',
    'Neither "docker compose" nor docker-compose is here: install Docker with its Compose plugin, or choose another --cluster.',
  );
}

async function ask(
  [program = '', ...first]: string[],
  args: string[],
  options?: ToolOptions,
): Promise<string> {
  const { code, stdout, stderr } = await runTool(program, [...first, ...args], options).catch((cause) => {
    options?.signal?.throwIfAborted();
    const why = cause.code === 'ENOENT' ? 'there is no such program' : messageOf(cause);
    throw new BenchError(
      'CONTAINERS_UNAVAILABLE',
      `${program} can't be run (${why}): install Docker, or do without its containers.`,
      { cause },
    );
  });
  if (code === 0) return stdout;
  // The last line of a failed build says that it failed, and those before it why.
  const why = (stderr.trim() || stdout.trim()).split('\n').slice(-3).join(' ');
  throw new BenchError(
    'CONTAINERS_UNAVAILABLE',
    `${[program, ...first].join(' ')} failed: ${why || `exit code ${code}`}`,
  );
}
