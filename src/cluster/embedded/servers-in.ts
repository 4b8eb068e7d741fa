import { readdirSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { type ProcessIdentity, processStart } from '../../machine/index.js';

/**
 * PostgreSQL's programs at work in a folder: what a server that was killed has left, and one that its bench had no time
 * to note. Needs /proc.
 */
export function serversIn(dir: string): Pick<ProcessIdentity, 'pid' | 'start'>[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const program = basename(readlinkSync(`/proc/${pid}/exe`));
        const folder = readlinkSync(`/proc/${pid}/cwd`);
        return ['postgres', 'initdb'].includes(program) && `${folder}/`.startsWith(`${dir}/`);
      } catch {
        return false;
      }
    })
    .map((pid) => ({ pid: Number(pid), start: processStart(Number(pid)) ?? '' }));
}
