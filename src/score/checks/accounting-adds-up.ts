import { sumOf } from '../../machine/pure.js';
import { type Accounting, isSmartmenu, type RunRecord } from '../../record/pure.js';
import { nothing } from '../measure-more.js';
import { atMost, type RunCheck } from './check.js';

export const accountingAddsUp: RunCheck = {
  of: 'run',
  subject: 'bench',
  title: 'Every event is accounted for',
  cure: 'This is a fault of the bench: please report it, with both run.json files.',
  again: nothing,
  words: {
    holds:
      'captured = ok + failed + skipped + not sent, in each category and on both sides; each answer has a latency',
    fails: 'events are lost or counted twice',
  },
  examine(run) {
    const faults = faultsOf(run);
    const [value, fault] = [faults.length, faults.join(' and ')];
    return [{ title: 'Sums that do not add up', value, unit: 'count', limit: atMost(0), fault }];
  },
};

const PARTS = ['captured', 'ok', 'failed', 'skipped', 'notSent'] as const;

/**
 * What does not add up in a run. The generator counts what was answered, and notes latencies; the service is another
 * process, whose router counts for itself. It may have answered what the generator had given up.
 */
function faultsOf(run: RunRecord): string[] {
  const { accounting, router } = run;
  const { window } = run.load;
  const categories = Object.values(accounting.byCategory);
  const parts = PARTS.filter((part) => sumOf(categories, (each) => each[part]) !== accounting[part]);
  const measured = sumOf(Object.values(window.latency), ({ count }) => count);
  const routed = sumOf(router.requests, ({ ok }) => ok);
  const { ok, failed } = accounting;
  return [
    ...unbalanced(accounting, 'the whole run', ''),
    ...unbalanced(window.accounting, 'the window', ' of the window'),
    ...(parts.length > 0 ? [`the sum of the categories (${parts.join(', ')})`] : []),
    ...(measured === window.accounting.ok ? [] : ['the latencies of the window']),
    ...(!isSmartmenu(run) || (routed >= ok && routed <= ok + failed) ? [] : ['the requests of the router']),
  ];
}

/** Which of an accounting, in whole and by category, is not the sum of how its events ended. */
function unbalanced(whole: RunRecord['accounting'], name: string, where: string): string[] {
  const wrong = ({ captured, ok, failed, skipped, notSent }: Accounting) =>
    captured !== ok + failed + skipped + notSent;
  const categories = Object.entries(whole.byCategory).filter(([, part]) => wrong(part));
  const named = categories.map(([category]) => `category ${category}${where}`);
  return wrong(whole) ? [name, ...named] : named;
}
