import { join } from 'node:path';
import type { Command } from 'commander';
import { fromHere, packageRoot } from '../machine/index.js';
import { BenchError, shellWord } from '../machine/pure.js';
import { SIDES, type Side } from '../record/pure.js';
import { type Served, type ServedNode, serve } from '../run/index.js';
import type { CommandContext } from './context.js';
import { addExamples } from './examples.js';
import { say, sayJson } from './output.js';
import { addServerOptions, RESULTS, readFlags } from './run-options.js';

const SAMPLE = join(packageRoot, 'scenarios/menu-browse.ts');
/** Where that looks for the service. */
const DEFAULT_PORT = 4000;

export function serveCommand(bench: Command, context: CommandContext): void {
  const command = bench
    .command('serve')
    .description(
      'start the SmartMenu service, on servers of its own or on yours, for a k6 scenario or to try the router by hand',
    )
    .option('--side <side>', `what it runs on: ${SIDES.join(', ')} (default: split)`)
    .option('--port <n>', `port for the service; 0: any that is free (default: ${DEFAULT_PORT})`)
    .option('--baseline-port <n>', 'port for a second service, on the primary alone (default: there is none)')
    .option('--host <address>', 'address to listen on; 0.0.0.0 lets other machines in (default: 127.0.0.1)')
    .option('--seed <n>', 'seed of the data (default: 1)')
    .option('--scale <n>', 'size of the data set (default: 1)');
  addServerOptions(command)
    .optionsGroup(RESULTS)
    .option('--json', 'print the addresses as JSON')
    .action(
      async ({ side = 'split', host, port = DEFAULT_PORT, json, ...flags }: Record<string, unknown>) => {
        const where = {
          side: readSide(String(side)),
          ...(host !== undefined && { host: String(host) }),
          port: readPort('--port', String(port)),
          ...(flags.baselinePort !== undefined && {
            baselinePort: readPort('--baseline-port', String(flags.baselinePort)),
          }),
        };
        const { work } = await readFlags(flags, context);
        await context.withProgress((following) =>
          serve({
            work,
            ...where,
            ...following,
            onReady: (served) => (json ? sayJson(inJson(served)) : say(...inWords(served))),
          }),
        );
      },
    );
  addExamples(command, {
    'bench serve': 'the service on a primary and a replica',
    'bench serve --side baseline --port 0': 'on a primary alone, at any free port',
    'bench serve --cluster external --primary URL --replica URL': 'on servers of yours (docs/external.md)',
  });
}

function readSide(text: string): Side {
  const side = SIDES.find((each) => each === text);
  if (side) return side;
  throw new BenchError(
    'OPTION_INVALID',
    `--side must be one of ${SIDES.join(', ')} (given: ${JSON.stringify(text)}).`,
  );
}

function readPort(option: string, text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port < 65536) return port;
  throw new BenchError(
    'OPTION_INVALID',
    `${option} must be a number from 0 to 65535 (given: ${JSON.stringify(text)}).`,
  );
}

function inJson({ nodes, ...served }: Served) {
  const urls = nodes.map(({ name, connection, monitor }) => ({
    name,
    url: urlOf(connection),
    monitorUrl: urlOf(monitor),
  }));
  return { ...served, nodes: urls };
}

function inWords(served: Served): string[] {
  const { url, baselineUrl, policy, nodes } = served;
  return [
    `SmartMenu: ${url} (policy ${nodes.length > 1 ? policy : 'none needed: there is no replica'})`,
    ...(baselineUrl ? [`The same on the primary alone: ${baselineUrl}`] : []),
    ...nodes.map(({ name, connection }) => `${name}: ${urlOf(connection)}`),
    `Statistics of the router: ${url}/-/stats, for Prometheus ${url}/metrics`,
    ...measuringInWords(served),
  ];
}

/** How a scenario of one's own is measured on it, as for any application: lines that a shell takes, wherever this is. */
export function measuringInWords({ url, baselineUrl, nodes: [primary, ...replicas] }: Served): string[] {
  if (!baselineUrl) return [];
  const { password, ...monitor } = primary!.monitor;
  const observed = [
    `--primary ${shellWord(urlOf(monitor))}`,
    ...replicas.map(
      (replica) => `--replica ${shellWord(urlOf({ ...replica.monitor, password: undefined }))}`,
    ),
  ];
  return [
    'Measure both, in another terminal:',
    ...(password === undefined ? [] : [`  export PGPASSWORD=${password}`]),
    `  bench run baseline --scenario ${shellWord(fromHere(SAMPLE))} --target baseline=${baselineUrl},split=${url} ${observed.join(' ')}`,
    '  bench run split',
  ];
}

function urlOf({ user, password, host, port, database }: ServedNode['connection']): string {
  const secret = password === undefined ? '' : `:${encodeURIComponent(password)}`;
  const at = host.includes(':') ? `[${host}]` : encodeURIComponent(host);
  return `postgres://${encodeURIComponent(user)}${secret}@${at}:${port}/${encodeURIComponent(database)}`;
}
