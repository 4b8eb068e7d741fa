import { formatCount, formatPercent, formatSeconds } from '../../machine/pure.js';
import type { ImportSummary } from './import.js';

/** The summary of an import in words, for the terminal. */
export function formatImportSummary(summary: ImportSummary): string {
  const { reads, inReadWrite, share } = summary.readsInReadWriteTransactions;
  const lines = [
    `${formatCount(summary.events)} statements of ${formatCount(summary.sessions)} sessions (at most ` +
      `${formatCount(summary.peak)} at a time) in ${formatSeconds(summary.durationS)}, database "${summary.database}".`,
    `By kind: ${counts(Object.entries(summary.statementsByKind))}.`,
    `By category: ${counts(Object.entries(summary.eventsByCategory).filter(([, n]) => n > 0))}.`,
    `By user: ${counts(summary.users.map((user) => [user.name, user.statements]))}.`,
  ];
  if (reads > 0) {
    lines.push(
      `${formatCount(inReadWrite)} of ${formatCount(reads)} reads (${formatPercent(share * 100)}) are inside a ` +
        'read-write transaction, which keeps them on the primary.',
    );
  }
  if (summary.failedInLog > 0)
    lines.push(`${formatCount(summary.failedInLog)} statements failed when logged.`);
  for (const { reason, statements } of summary.skipped)
    lines.push(`Left out: ${formatCount(statements)}, ${reason}.`);
  for (const { file, line, reason } of summary.tornRecords.first) {
    lines.push(`Damaged: ${file}, line ${line} (${reason}).`);
  }
  for (const warning of summary.warnings) lines.push(`Note: ${warning}`);
  return lines.join('\n');
}

function counts(entries: [string, number][]): string {
  const shown = entries.slice(0, 8).map(([name, n]) => `${name} ${formatCount(n)}`);
  if (entries.length > shown.length) shown.push(`and ${entries.length - shown.length} more`);
  return shown.join(', ');
}
