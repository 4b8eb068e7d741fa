import { join, resolve } from 'node:path';
import { BenchError, formatSpan, sumOf } from '../machine/pure.js';
import { LONGEST_RUN_S } from '../record/pure.js';
import { durationWithoutPauses, shapeTrace } from '../workload/capture/index.js';
import { cutTrace, summarizeTrace, type TraceSummary } from '../workload/index.js';
import { DEFAULT_POOL_SIZE, type Workload } from './workload.js';

/** A captured session may hold a connection from its first statement to its last. More than this no machine serves well. */
const MAX_POOL_SIZE = 500;
/** More than sessions were open at a time: in a replay they end later, and what one has left takes a moment to be cleared. */
const ROOM = 1.25;

/** A captured trace: played whole at its own pace, on the data of its snapshot. */
export const captured: Workload = {
  takes: () => true,
  async open({ workload: file, rate, snapshot, globals, database, speed = 1, shape, warmupS = 0, ...spec }) {
    const { pooled } = spec;
    if (rate !== 'auto') {
      throw new BenchError(
        'OPTION_CONFLICT',
        'A captured trace has its own pace: leave --rate out, or play it faster or slower with --speed.',
      );
    }
    const whole = await summarizeTrace(file);
    if (whole.header.kind !== 'sql') {
      throw new BenchError(
        'TRACE_KIND',
        `${file} holds requests for a service; --workload takes a trace of SQL statements, made by "bench import".`,
      );
    }
    if (whole.events === 0) {
      throw new BenchError('TRACE_EMPTY', `${file} holds no event: import a log that has statements in it.`);
    }
    const { database: captured } = whole.header.meta;
    const sessions = Array.from(whole.users.values(), ({ peakSessions }) => peakSessions);
    const durationUs =
      shape?.skipIdleS === undefined ? whole.durationUs : await durationWithoutPauses(file, shape.skipIdleS);
    const wholeS = Math.max(1, Math.ceil((durationUs + 1) / 1e6 / speed));
    const durationS = spec.durationS ?? Math.max(1, wholeS - warmupS);
    if (durationS > LONGEST_RUN_S) throw tooLong(file, durationS, whole.longestPause);
    return {
      kind: 'captured',
      traceKind: 'sql',
      dataset: snapshot
        ? {
            kind: 'snapshot',
            path: resolve(snapshot),
            globals: globals && resolve(globals),
            database,
            capturedDatabase: typeof captured === 'string' ? captured : undefined,
          }
        : { kind: 'present', readOnly: shape?.readOnly ?? false },
      capture: { file: resolve(file), sha256: whole.sha256, users: whole.users },
      source: { seed: null, scale: null, traceFile: resolve(file) },
      rate: null,
      speed,
      shape,
      pooled,
      warmupS,
      durationS,
      poolSize: pooled ? pooled * sessions.length : poolSizeFor(sessions),
      async trace({ folder, seconds, catalog }) {
        if (seconds >= wholeS && !shape) return { file, summary: whole };
        const cut = join(folder, 'trace.ndjson');
        const endUs = seconds * 1e6 * speed;
        await (shape ? shapeTrace(file, cut, { shape, endUs, catalog }) : cutTrace(file, cut, endUs));
        return { file: cut };
      },
    };
  },
};

/** What a log with a damaged time, or of many days, becomes: found before anything is started. */
function tooLong(file: string, durationS: number, { us, line }: TraceSummary['longestPause']): BenchError {
  return new BenchError(
    'TRACE_TOO_LONG',
    `${file} would play for ${formatSpan(durationS)}, and a run lasts ${formatSpan(LONGEST_RUN_S)} at most: its longest pause lasts ${formatSpan(us / 1e6)}, before line ${line}. Cut its pauses with --skip-idle, play it faster with --speed, or a part of it with --duration.`,
  );
}

/** @param sessions of each user, open at a time; whatever there is for all of them, each has to have one */
function poolSizeFor(sessions: readonly number[]): number {
  const wanted = Math.ceil(ROOM * sumOf(sessions));
  return Math.max(DEFAULT_POOL_SIZE, sessions.length, Math.min(MAX_POOL_SIZE, wanted));
}
