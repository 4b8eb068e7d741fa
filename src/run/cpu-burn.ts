import { type ConnectionConfig, withClient } from '../cluster/index.js';
import { BenchError } from '../machine/pure.js';

/**
 * Keeps one of a server's processes busy, and says how much CPU that took by the server's own account (getrusage of the
 * process, which PostgreSQL logs), so that another account can be held against it.
 * @param admin a superuser's connection
 * @returns CPU seconds
 */
export async function burnCpu(
  admin: ConnectionConfig,
  { wallSeconds }: { wallSeconds: number },
): Promise<number> {
  const cpuSeconds = await withClient(admin, async (client) => {
    let told: number | null = null;
    client.on('notice', ({ message, detail }) => {
      if (message === 'QUERY STATISTICS') told = statementCpuSeconds(detail ?? '') ?? told;
    });
    await client.query('SET client_min_messages = log');
    await client.query('SET log_statement_stats = on');
    await client.query(`DO $$
      DECLARE ends timestamptz := clock_timestamp() + make_interval(secs => ${wallSeconds});
      BEGIN
        WHILE clock_timestamp() < ends LOOP NULL; END LOOP;
      END $$`);
    return told;
  });
  if (cpuSeconds === null) {
    throw new BenchError('BURN_UNKNOWN', 'PostgreSQL did not say how much CPU a statement took.', {
      exitCode: 4,
    });
  }
  return cpuSeconds;
}

/** The first line is of the statement, what follows of the process since its start. */
function statementCpuSeconds(detail: string): number | null {
  const found = /([\d.]+) s user, ([\d.]+) s system/.exec(detail);
  return found && Number(found[1]) + Number(found[2]);
}
