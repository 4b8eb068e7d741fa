import { expect, it } from 'vitest';
import { REPORTERS } from '../../src/report/reporters.js';
import { score } from '../../src/score/score.js';
import { scoreTrials } from '../../src/score/trials.js';
import { pairOf } from '../score/fixture.js';

const links = { baseline: 'a/run.json', split: 'b/run.json' };

it('trials are shown pair by pair, with links to their records, and it is said which pair the charts are of', async () => {
  const pair = pairOf();
  const trials = [2, 3].map((number) => ({
    number,
    first: 'split' as const,
    runs: {
      baseline: `${number}-baseline/run.json`,
      split: `${number}-split/run.json`,
      ...(number === 3 && { control: '3-control/run.json' }),
    },
    pair,
    setAside: null,
  }));
  const scorecard = scoreTrials(trials, { planned: 3, orderSeed: 77 });
  const pairs = trials.map(({ runs }) => runs);
  const page = await REPORTERS.html.render({ pair, scorecard, links: { ...links, pairs } });
  const section = /<section id="trials".*?<\/section>/s.exec(page)?.[0] ?? '';
  expect(section).toContain('2 pairs of runs, each from the same bytes, of 3 asked for');
  expect(section).toContain('seed 77');
  for (const { baseline, split } of pairs) {
    expect(section).toContain(`<a href="${baseline}">baseline</a>, <a href="${split}">split</a>`);
  }
  expect(section).toContain('>split</a>, <a href="3-control/run.json">control</a>');
  expect(section.match(/<tr>/g)).toHaveLength(1 + 2);
  // A dot for each pair in each row's picture.
  expect(page.match(/<circle class="pair"/g)).toHaveLength(2 * scorecard.scorecard.length);
  expect(page).toContain('Each small dot is a pair.');
  expect(page).toContain(`environment show pair ${scorecard.trials!.shown}`);
  expect(JSON.parse(await REPORTERS.json.render({ pair, scorecard, links }))).toMatchObject({
    trials: { planned: 3, pairs: [{ number: 2 }, { number: 3 }] },
  });
});

it('pairs that were all set aside are what the rows are made from, and have their dots', async () => {
  const pair = pairOf();
  const runs = { baseline: 'a/run.json', split: 'b/run.json' };
  const trials = [1, 2].map((number) => {
    return { number, first: 'split' as const, runs, pair, setAside: 'the generator was late' };
  });
  const scorecard = scoreTrials(trials, { planned: 2, orderSeed: 1 });
  const page = await REPORTERS.html.render({ pair, scorecard, links });
  expect(page.match(/<circle class="pair"/g)).toHaveLength(2 * scorecard.scorecard.length);
});

it('a single pair has no such section', async () => {
  const pair = pairOf();
  const page = await REPORTERS.html.render({ pair, scorecard: score([pair]), links });
  expect(page).not.toContain('<section id="trials"');
  expect(page).not.toContain('environment show pair');
});
