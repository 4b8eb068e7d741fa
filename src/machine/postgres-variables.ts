let taken: Readonly<Record<string, string>> = {};

/**
 * Takes `PGOPTIONS` and the like out of the environment: they are meant for clients of other servers, and would change what
 * is measured on the bench's own, or stop it. What they were is told to whom it concerns. `PGPASSFILE` stays, which only
 * matters to connections that were given no password.
 */
export function takePostgresVariables(): void {
  const found = Object.entries(process.env).filter(([name]) => name.startsWith('PG'));
  taken = Object.fromEntries(found) as Record<string, string>;
  for (const [name] of found) if (name !== 'PGPASSFILE') delete process.env[name];
}

/** What was taken: for connections to servers that others run. */
export function postgresVariables(): Readonly<Record<string, string | undefined>> {
  return taken;
}
