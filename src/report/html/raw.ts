import { plainJson } from '../../machine/pure.js';
import type { RunRecord, Side } from '../../record/pure.js';
import { markup, scriptJson } from './markup.js';
import type { Section } from './section.js';

/** Records up to this many characters are embedded; longer ones are linked only, so that the page stays light. */
const MOST_EMBEDDED = 250_000;

/** The records and the scorecard, for who wants to go on from them. */
export const raw: Section = {
  title: 'Raw data',
  body({ pair, scorecard, control, links }) {
    const records = [
      recordOf('baseline', pair.baseline, links.baseline),
      recordOf('split', pair.split, links.split),
      ...(control && links.control !== undefined ? [recordOf('control', control, links.control)] : []),
    ];
    return markup`<ul>
<li><a href="compare.json">compare.json</a>, the scorecard; also in this page, as script element <code>scorecard-data</code></li>
${records.map(({ side, id, link, embedded }) => markup`<li><a href="${link}">run.json of the ${side}</a>, all samples${embedded ? markup`; also in this page, as script element <code>${id}</code>` : ' (too long to be embedded here)'}</li>`)}
</ul>
<details><summary>The scorecard as JSON</summary><pre tabindex="0">${plainJson(scorecard, 2)}</pre></details>
<script type="application/json" id="scorecard-data">${scriptJson(scorecard)}</script>
${records.map(({ id, embedded, json }) => embedded && markup`<script type="application/json" id="${id}">${json}</script>`)}`;
  },
};

function recordOf(side: Side, record: RunRecord, link: string) {
  const json = scriptJson(record);
  return { side, id: `run-${side}`, link, json, embedded: json.text.length <= MOST_EMBEDDED };
}
