import { BenchError } from '../machine/pure.js';
import type { WorkSpec } from '../plan/index.js';

/** What was asked for, by option; undefined where nothing was. */
type Asked = Record<string, unknown>;

/** What only a captured trace takes. */
export function ofCaptured({ snapshot, globals, database, speed = 1, shape = {}, pooled }: WorkSpec): Asked {
  return {
    '--snapshot': snapshot,
    '--globals': globals,
    '--database': database,
    '--speed': speed === 1 ? undefined : speed,
    '--skip-idle': shape.skipIdleS,
    '--read-only': shape.readOnly,
    '--read-only-transactions': shape.inferReadOnly,
    '--pooled': pooled,
  };
}

/** @throws BenchError OPTION_CONFLICT if any of it was asked for, with the option as the sentence's subject */
export function refuseAsked(asked: Asked, why: string): void {
  const flag = Object.keys(asked).find((each) => asked[each] !== undefined);
  if (flag) throw new BenchError('OPTION_CONFLICT', `${flag} ${why}`);
}
