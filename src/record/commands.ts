import { shellWord } from '../machine/pure.js';
import { nodeOf, type Plan } from './pure.js';

/** The command that follows a plan, as a shell takes it. */
export function followCommand(
  command: 'trials' | `run ${'baseline' | 'split' | 'control'}`,
  { file, plan }: { file: string; plan: Plan },
): string {
  return `bench ${command} --plan ${shellWord(file)}${permission(plan)}`;
}

/** The command that goes on with trials. */
export function resumeCommand({ folder, trials }: { folder: string; trials: { plan: Plan } }): string {
  return `bench trials --resume ${shellWord(folder)}${permission(trials.plan)}`;
}

/**
 * What no plan holds and a captured trace that writes can't be played without on servers of its user's: that they allow it. Whoever
 * has made the plan has.
 */
function permission({ workload, load, topology }: Plan): string {
  const { url } = nodeOf(topology, 'primary')?.server ?? {};
  const writes = workload.kind === 'captured' && !load.shape?.readOnly;
  // One that is made anew from a template is the bench's own.
  if (!writes || url === undefined || topology.reset === 'template') return '';
  return ` --allow-writes-to ${shellWord(databaseAt(url))}`;
}

/** `host/database`, as --allow-writes-to takes it, of a server's URL in full. */
function databaseAt(text: string): string {
  const { hostname, port, pathname, searchParams } = new URL(text);
  const host = searchParams.get('host') ?? decodeURIComponent(hostname);
  return `${host}${port === '' || port === '5432' ? '' : `:${port}`}${decodeURIComponent(pathname)}`;
}
