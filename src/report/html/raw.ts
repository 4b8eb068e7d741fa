import { markup, scriptJson } from './markup.js';
import type { Section } from './section.js';

/** The records and the scorecard, for who wants to go on from them. The records lie beside the page: they are as long as ten of it. */
export const raw: Section = {
  title: 'Raw data',
  body({ scorecard, control, links, formats }) {
    const sides = [
      'baseline',
      'split',
      ...(control && links.control !== undefined ? ['control' as const] : []),
    ] as const;
    return markup`<ul>
<li>${formats && !formats.includes('json') ? 'The scorecard:' : markup`<a href="compare.json">compare.json</a>, the scorecard; also`} in this page, as script element <code>scorecard-data</code></li>
${sides.map((side) => markup`<li><a href="${links[side]!}">run.json of the ${side}</a>, all samples: a file of its own, not in this page</li>`)}
</ul>
<script type="application/json" id="scorecard-data">${scriptJson(scorecard)}</script>`;
  },
};
