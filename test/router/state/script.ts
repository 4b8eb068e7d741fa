import type { Opening } from './side.js';
import type { Statement } from './statements.js';

/** A statement on the user's client, or by `pool.query`. */
export type Asking = { user: number; does: 'ask' | 'ask alone'; statement: Statement };

/** What one of the users does next. */
export type Step =
  | { user: number; does: 'open'; how: Opening }
  | Asking
  | {
      user: number;
      does: 'release';
      destroy: boolean;
      /** Whether the free connections are looked at then, which takes each of them once: whatever is left, it is gone after that. */
      looks: boolean;
    };

export function textOfStep(step: Step): string {
  const who = `user ${step.user}`;
  if (step.does === 'open') {
    return `${who}  ${step.how === 'client' ? 'pool.connect()' : 'router.connect()'}`;
  }
  if (step.does === 'release') return `${who}  release(${step.destroy || ''})`;
  const { text, values, name } = step.statement;
  const parameters = values === undefined ? '' : `  with ${JSON.stringify(values)}`;
  const prepared = name === undefined ? '' : `  as ${name}`;
  return `${who}  ${step.does === 'ask' ? '' : 'pool.query: '}${text}${parameters}${prepared}`;
}
