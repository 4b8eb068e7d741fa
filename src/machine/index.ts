export { cacheDir, cacheFolder } from './cache.js';
export { copyTree, explainFullDisk, lastLine, makeOwnedDir, treeBytes, writeOwned } from './disk.js';
export { builtPath, entryPath, packageRoot } from './entry.js';
export { processStart, processTree, treeCpuSeconds, treeMemoryBytes } from './processes.js';
export {
  type Owner,
  openRunDir,
  type RunDir,
  readOwner,
  registerChild,
  runsDir,
  thisMachine,
} from './run-dir.js';
export { type RunAs, runTool, type ToolResult, toolEnv } from './tool.js';
export { benchVersion } from './version.js';
export { writeWhole } from './whole-file.js';
