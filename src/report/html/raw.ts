import { shellWord } from '../../machine/pure.js';
import { followCommand } from '../../record/index.js';
import type { ReportInput } from '../reporter.js';
import { markup, scriptJson } from './markup.js';
import type { Section } from './section.js';

/** The records and the scorecard, for who wants to go on from them, and how to make others like them. The records lie beside the page: they are as long as ten of it. */
export const raw: Section = {
  title: 'Raw data',
  body({ scorecard, control, links, formats }) {
    const sides = [
      'baseline',
      'split',
      ...(control && links.control !== undefined ? ['control' as const] : []),
    ] as const;
    return markup`<p>The records of the runs are not in this page. They lie beside it: pass on the whole folder, and others can check the figures.</p>
<ul>
${sides.map((side) => markup`<li><a href="${links[side]!}">run.json of the ${side}</a>, all samples</li>`)}
<li>${formats && !formats.includes('json') ? 'The scorecard:' : markup`<a href="compare.json">compare.json</a>, the scorecard; also`} in this page, as script element <code>scorecard-data</code></li>
</ul>
<h3>How to reproduce it</h3>
<p>In the folder of this page. Traces and snapshots have to be where the plan names them.</p>
<pre tabindex="0">${reproduce({ scorecard, links }).join('\n')}</pre>
<script type="application/json" id="scorecard-data">${scriptJson(scorecard)}</script>`;
  },
};

/** The commands that score these records again, and that measure the same anew. */
function reproduce({ scorecard, links }: Pick<ReportInput, 'scorecard' | 'links'>): string[] {
  const [baseline, split] = [links.baseline, links.split].map((link) => decodeURIComponent(link));
  const { trials, control, plan, generatedFrom } = scorecard;
  const again = (command: Parameters<typeof followCommand>[0]) =>
    followCommand(command, { file: split!, plan });
  if (!trials)
    return [
      '# score these records again',
      `bench compare ${shellWord(baseline!)} ${shellWord(split!)}`,
      '# measure the same again',
      again('run baseline'),
      ...(scorecard.equalSides ? [] : [again('run split')]),
      ...(control ? [again('run control')] : []),
      'bench compare',
    ];
  const flags = [
    plan.workload.trafficSeed !== undefined && ' --seeds',
    scorecard.equalSides && ' --aa',
    control?.runs.length === generatedFrom.pairs.length && ' --control',
  ].filter((flag) => flag !== false);
  return [
    '# score these records again',
    'bench compare .',
    '# measure the same again',
    `${again('trials')} --pairs ${trials.planned}${flags.join('')}`,
  ];
}
