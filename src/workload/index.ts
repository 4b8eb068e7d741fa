export type { HttpEvent, SqlEvent, TraceEvent, TraceHeader } from './trace.js';
export {
  cutTrace,
  type PlacedEvent,
  readSessions,
  readTrace,
  summarizeTrace,
  type TraceSummary,
  writeTrace,
} from './trace-file.js';
