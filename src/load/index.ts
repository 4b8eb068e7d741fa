export type { AnswersJob, LoadTarget, ParameterOids, PrepareOptions, RoleTarget } from './driver.js';
export { type ChosenDriver, chooseDriver, DRIVER_NAMES, type DriverName } from './drivers.js';
export { getK6, resolveK6 } from './k6/resolve.js';
export type { ProbeStep } from './probe/closed-loop.js';
export { type CapacityStep, findKnee, isKneePassed, type Knee, type Limit, limitOf } from './probe/knee.js';
export { type Probe, startProbe } from './probe/probe.js';
export { compileScenario } from './scenario/compile.js';
export { writeScenario } from './scenario/file.js';
export { inspectScenario } from './scenario/inspect.js';
