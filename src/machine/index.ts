export { asCalled, asCalledAnywhere, fromHere } from './as-called.js';
export { atExit } from './at-exit.js';
export { cacheDir, cacheFolder } from './cache.js';
export { type Child, endingInWords, NOTICE_MS, processLost, type RunAs, startChild } from './child.js';
export {
  copyTree,
  lastLine,
  makeOnce,
  makeOwnedDir,
  writeOwned,
} from './disk.js';
export { removeLeftResults } from './drafts.js';
export { endProcesses } from './end-processes.js';
export { benchVersion, builtPath, packageRoot } from './entry.js';
export { makeFolder } from './folder.js';
export { leadsInto } from './leads-into.js';
export { epochOf, monotonicMs } from './monotonic.js';
export { postgresVariables, takePostgresVariables } from './postgres-variables.js';
export {
  familyOf,
  isRunning,
  type ProcessIdentity,
  parentOf,
  processStart,
  processTree,
  thisMachine,
  thisProcess,
  titleOf,
  treeCpuSeconds,
  treeMemoryBytes,
} from './processes.js';
export { type Owner, openRunDir, type RunDir, readOwner, runsDir } from './run-dir.js';
export { SILENCE_S, STOOD_STILL, watchForSilence } from './silence.js';
export {
  copiesShareBlocks,
  explainFullDisk,
  freeBytes,
  requireSpace,
  tellsOfFullDisk,
  treeBytes,
  tryWriting,
} from './space.js';
export { explainSystemError } from './system-errors.js';
export { threadCpuClock } from './thread-cpu.js';
export { runTool, type ToolOptions, type ToolResult, toolEnv } from './tool.js';
export { isFreeForFile, openNameless, writeWhole } from './whole-file.js';
export { beWorker, startWorker, type Worker } from './worker.js';
