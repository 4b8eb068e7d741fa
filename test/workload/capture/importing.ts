import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { type ImportOptions, importLog } from '../../../src/workload/capture/import.js';
import type { SqlEvent } from '../../../src/workload/trace.js';
import { readTrace, summarizeTrace } from '../../../src/workload/trace-file.js';
import { csvlogRecord, type LogLine } from './csvlog-text.js';

/** Imports logs that a test makes up, within a folder of its own. */
export function importing() {
  let folder: string;
  let files = 0;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'splitbench-import-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const pathOf = (name: string) => join(folder, name);
  function logOf(content: string | Buffer, extension = 'csv'): string {
    const path = pathOf(`log-${++files}.${extension}`);
    writeFileSync(path, content);
    return path;
  }
  async function importFiles(logFiles: string[], options: Partial<ImportOptions> = {}) {
    const out = pathOf(`trace-${++files}.jsonl`);
    const summary = await importLog({ logFiles, out, ...options });
    const events: SqlEvent[] = [];
    for await (const event of (await readTrace(out)).events) events.push(event as SqlEvent);
    expect(await summarizeTrace(out)).toMatchObject({
      sha256: summary.sha256,
      events: summary.events,
      sessions: summary.sessions,
      peakSessions: summary.peak,
      eventsByCategory: summary.eventsByCategory,
    });
    return { summary, events, texts: events.map((event) => event.sql.text), out };
  }
  return {
    pathOf,
    logOf,
    importFiles,
    importLines: (lines: LogLine[], options: Partial<ImportOptions> = {}) =>
      importFiles([logOf(lines.map((line) => csvlogRecord(line)).join(''))], options),
  };
}
