import { BenchError } from '../machine/pure.js';

/** What may be asked of a cluster's servers. Of servers that aren't the bench's own: nothing that their owner doesn't allow. */
export interface Capabilities {
  /** What pg_stat_statements has counted may be thrown away. */
  resettable: boolean;
  /** `admin` is a superuser: it may create what others see, and change the servers' settings. */
  superuser: boolean;
  /** `usage()` is never null. */
  cpu: boolean;
}

const SERVERS: Record<keyof Capabilities, string> = {
  resettable: 'servers whose statistics it may reset',
  superuser: 'servers on which it is a superuser',
  cpu: 'servers whose CPU use it can read',
};

/**
 * @param what begins the sentence: `The self-check`
 * @throws BenchError CLUSTER_REFUSES if the servers don't give what it needs
 */
export function requireCapability(
  { capabilities }: { capabilities: Capabilities },
  capability: keyof Capabilities,
  what: string,
): void {
  if (capabilities[capability]) return;
  throw new BenchError(
    'CLUSTER_REFUSES',
    `${what} needs ${SERVERS[capability]}: choose such with --cluster.`,
  );
}
