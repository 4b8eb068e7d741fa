import { Readable } from 'node:stream';
import { BenchError, whyNotRead } from '../../machine/pure.js';
import { ADMIN_ROLE } from '../embedded/data-directory.js';
import { APP_ROLE, MONITOR_ROLE } from '../template/prepare-database.js';
import type { Connect, Filling } from '../template/template.js';
import { requireTool, restoreWith } from './client-tools.js';
import { knowsRestrict, wholeLines, withoutRestrict } from './plain-dump.js';

/** What `pg_dumpall -g` writes: the roles of a server, their memberships and settings, and its tablespaces. */

/** @throws BenchError NOT_GLOBALS if a file holds no role */
export async function requireGlobals(path: string): Promise<void> {
  const refuse = (why: string): never => {
    throw new BenchError('NOT_GLOBALS', `${path} ${why}: give --globals what "pg_dumpall -g" wrote.`);
  };
  try {
    for await (const block of wholeLines(path)) if (/^CREATE ROLE /m.test(block.toString('latin1'))) return;
  } catch (error) {
    refuse(`can't be read (${whyNotRead(error)})`);
  }
  refuse('creates no role');
}

/**
 * Creates the roles of a file of globals in a new server.
 * @returns what could not be had, as sentences
 */
export async function restoreGlobals(
  path: string,
  connect: Connect,
  { runAs, run, signal }: Filling,
): Promise<string[]> {
  const tool = await requireTool('psql');
  const lines = knowsRestrict(tool.version) ? wholeLines(path) : withoutRestrict(wholeLines(path));
  const tablespaces = new Set<string>();
  const warnings = await restoreWith(tool, ['-X', '-q', '-f', '-'], {
    target: connect('template1'),
    env: { PGCLIENTENCODING: 'UTF8', PGOPTIONS: '-c client_min_messages=warning' },
    input: Readable.from(forCopy(lines, tablespaces)),
    // psql runs shell commands that are in its input: never as root.
    runAs,
    cwd: run.path,
    signal,
    runId: run.id,
  });
  if (tablespaces.size > 0) {
    warnings.push(
      `The globals name tablespaces (${[...tablespaces].join(', ')}), which are left out: their tables are kept with all others.`,
    );
  }
  return warnings;
}

const OWN_ROLES = [ADMIN_ROLE, APP_ROLE, MONITOR_ROLE].join('|');
const OF_OWN_ROLE = new RegExp(`^(?:CREATE|ALTER) ROLE "?(?:${OWN_ROLES})"?[ ;]`);
const TABLESPACE =
  /^(?:CREATE|ALTER|COMMENT ON) TABLESPACE ("(?:[^"]|"")+"|[^\s;]+)|^(?:GRANT|REVOKE) .* ON TABLESPACE /;
/** Of a membership. In a new server only the role that it was made with may be named there. */
const GRANTOR = /^(GRANT .+ TO .+) GRANTED BY (?:"(?:[^"]|"")+"|[^\s;]+);$/;

/**
 * The lines without what must not be done on the machine of a copy: tablespaces are folders, which may well be there;
 * and the bench's own roles keep their passwords.
 * @param tablespaces takes the names of those that were left out
 */
async function* forCopy(blocks: AsyncIterable<Buffer>, tablespaces: Set<string>): AsyncGenerator<Buffer> {
  for await (const block of blocks) {
    const kept = block
      .toString('latin1')
      .split('\n')
      .filter((line) => {
        const ofTablespace = TABLESPACE.exec(line);
        if (ofTablespace?.[1]) tablespaces.add(Buffer.from(ofTablespace[1], 'latin1').toString('utf8'));
        return !ofTablespace && !OF_OWN_ROLE.test(line);
      })
      .map((line) => line.replace(GRANTOR, '$1;'));
    yield Buffer.from(kept.join('\n'), 'latin1');
  }
}
