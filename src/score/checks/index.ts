import { accountingAddsUp } from './accounting-adds-up.js';
import { allSent } from './all-sent.js';
import { baselineUtilisation } from './baseline-utilisation.js';
import type { Check } from './check.js';
import { errors } from './errors.js';
import { errorsAlike } from './errors-alike.js';
import { errorsOfCapture } from './errors-of-capture.js';
import { generatorCpu } from './generator-cpu.js';
import { generatorLateness } from './generator-lateness.js';
import { heldUp } from './held-up.js';
import { lagSeen } from './lag-seen.js';
import { machineSpeed } from './machine-speed.js';
import { otherPrograms } from './other-programs.js';
import { replicaStreaming } from './replica-streaming.js';
import { samePlan } from './same-plan.js';
import { sameWork } from './same-work.js';
import { statementsCounted } from './statements-counted.js';
import { steadyRun } from './steady.js';
import { steal } from './steal.js';

/** Every check of whether a comparison can be believed, by its id, in the order in which causes come. */
export const CHECKS = {
  'same-plan': samePlan,
  'held-up': heldUp,
  'accounting-adds-up': accountingAddsUp,
  'all-sent': allSent,
  'generator-lateness': generatorLateness,
  'generator-cpu': generatorCpu,
  errors,
  'errors-of-capture': errorsOfCapture,
  'errors-alike': errorsAlike,
  'same-work': sameWork,
  'baseline-utilisation': baselineUtilisation,
  steady: steadyRun,
  'replica-streaming': replicaStreaming,
  'statements-counted': statementsCounted,
  'lag-seen': lagSeen,
  steal,
  'other-programs': otherPrograms,
  'machine-speed': machineSpeed,
} satisfies Record<string, Check>;

export type CheckId = keyof typeof CHECKS;
