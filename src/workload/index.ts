export type { HttpEvent, SqlEvent, TraceEvent, TraceHeader } from './trace.js';
export {
  cutTrace,
  type PlacedEvent,
  readBatches,
  readSessions,
  readTrace,
  summarizeTrace,
  type TraceSummary,
  type UserSummary,
  writeTrace,
} from './trace-file.js';
