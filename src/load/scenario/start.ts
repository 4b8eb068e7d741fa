import { dirname } from 'node:path';
import { type Child, startChild } from '../../machine/index.js';
import type { K6 } from '../k6/version.js';
import type { CompiledScenario } from './compile.js';
import type { FrameJob } from './in-k6/job.js';

/** As in-k6/job.ts, which runs in k6 alone, names it. */
const JOB_VARIABLE = 'SPLITBENCH_FRAME';

/** A k6 with a scenario as its input, so that it finds files from where the scenario lies. */
export function startK6(
  { path }: K6,
  command: readonly string[],
  { file, code }: CompiledScenario,
  job: FrameJob & { target?: string },
  { signal, runId }: { signal: AbortSignal; runId?: string },
): Child {
  const { target, ...frame } = job;
  const child = startChild(
    path,
    [...command, '--include-system-env-vars', '--log-format', 'json', '--no-color', '-'],
    {
      ...{ signal, runId, input: 'pipe', output: 'pipe' },
      cwd: dirname(file),
      env: {
        ...withoutK6(process.env),
        K6_AUTO_EXTENSION_RESOLUTION: 'false',
        [JOB_VARIABLE]: JSON.stringify(frame),
        ...(target !== undefined && { BASE_URL: target }),
      },
    },
  );
  child.process.stdin!.end(code);
  return child;
}

/** The scenario may ask for variables of its user's; those of k6 would change the run. */
function withoutK6(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('K6_')));
}

/** A line of k6's log. */
export interface LogLine {
  level: string;
  msg: string;
  source?: string;
}

/** Null for what is none. */
export function readLogLine(text: string): LogLine | null {
  try {
    const line = JSON.parse(text) as Partial<LogLine> | null;
    return typeof line?.msg === 'string' && typeof line.level === 'string' ? (line as LogLine) : null;
  } catch {
    return null;
  }
}

/** The first line of what k6 says is wrong, without its own places in the compiled code. */
export function complaintIn({ msg }: Pick<LogLine, 'msg'>): string {
  const [first = '', ...others] = msg.split('\n').map((line) => line.trim());
  const said = first.endsWith(':') ? `${first} ${others.find((line) => line !== '') ?? ''}` : first;
  return said.replace(/^could not initialize '-': /, '').replace(/\.$/, '');
}
