import { formatSeconds } from '../../machine/pure.js';
import { NO_BUDGET, sidesAreEqual } from '../../score/index.js';
import { intervalsInWords } from '../words.js';
import { markup } from './markup.js';
import type { Section } from './section.js';

/** How it was measured, and what that can't tell. */
export const method: Section = {
  id: 'method',
  title: 'Method',
  body({ pair, scorecard: { scorecard, generatedFrom, control, divergence } }) {
    const { baseline, split } = pair;
    const { plan } = split;
    const withBudget = plan.topology.cpuMethod !== 'none';
    const intervals = intervalsInWords(scorecard);
    const single = generatedFrom.pairs.length === 1;
    const counted = split.consistency !== undefined;
    return markup`<ul>
<li>The same trace was replayed twice, on its schedule and however slow the servers were: once against a primary alone (baseline), once against ${sidesAreEqual([pair]) ? 'the same again (called split here)' : 'a primary with a streaming replica (split)'}. Both started from the same data.</li>
<li>Figures are of the measured window of ${formatSeconds(baseline.window.seconds)}${plan.load.warmupS > 0 && `, after a warm-up of ${formatSeconds(plan.load.warmupS)}`}. Latency counts from the time a request was due, so that waiting is never hidden; the generator’s own lateness is kept apart.</li>
<li>Read volume is the servers’ own count (pg_stat_statements), for each request answered; the bench’s own statements are left out.</li>
<li>CPU is the kernel’s count of each server’s CPU time. ${withBudget ? `Each server had a budget of its own, the same on both sides (${plan.topology.cpuMethod}).` : NO_BUDGET}</li>
<li>Lag is the time from a commit’s return on the primary until the replica shows it.</li>
<li>Use of a pool is the time-weighted mean share of its connections that were in use.</li>${
      counted &&
      markup`
<li>Stale reads are counted by sessions of the bench’s own, on both sides: each writes a row some times a minute and reads it back, at once and before its next write.</li>`
    }${
      intervals &&
      markup`
<li>Ranges are ${intervals}. A target is met or missed if all of its range is on one side of it. Whether the sides differ at all is tested apart, with the number of figures taken into account (Holm).</li>`
    }
</ul>
<h3>What it cannot tell</h3>
<ul>
${single && markup`<li>One pair of runs says little of the next one: ${intervals ? 'its intervals hold what varied within these runs, not what differs between runs' : 'it gives no interval here'}. Trials of several pairs measure that too.</li>`}
<li>How much analytics gain depends strongly on how busy the primary was.</li>
<li>A split has the CPU of two servers. A single primary with both budgets may do as well: <code>bench run control</code> measures that${control && ', and stands beside the pair here'}.</li>${
      !counted &&
      markup`
<li>Reads that a user would have noticed to be out of date were not counted.</li>`
    }${
      !divergence &&
      markup`
<li>Whether both sides answered the same was not looked at: runs with <code>--check-results</code> note their answers.</li>`
    }
<li>All processes shared one machine: there is no network between the service and its servers, and no second disk.</li>
</ul>`;
  },
};
