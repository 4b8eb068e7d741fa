import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The memory of the children of this process that have that title, in MB (RSS). */
async function childRssMb(title: string): Promise<number> {
  const { stdout } = await run('ps', ['-A', '-o', 'ppid=,rss=,args=']);
  const own = stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([ppid, , command]) => Number(ppid) === process.pid && command === title);
  return own.reduce((sum, [, kilobytes]) => sum + Number(kilobytes) / 1024, 0);
}

/** The most memory that a child process of that title takes while the work goes on, in MB (RSS), looked at twice a second. */
export async function peakRssMb(title: string, work: () => Promise<unknown>): Promise<number> {
  let peak = 0;
  const timer = setInterval(async () => {
    peak = Math.max(peak, await childRssMb(title));
  }, 500);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return peak;
}
