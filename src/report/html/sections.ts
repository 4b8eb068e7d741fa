import { accounting } from './accounting.js';
import { charts } from './charts.js';
import { checks } from './checks.js';
import { costs } from './costs.js';
import { divergence } from './divergence.js';
import { environment } from './environment.js';
import { findings } from './findings.js';
import { keyFigures } from './key-figures.js';
import { method } from './method.js';
import { operations } from './operations.js';
import { raw } from './raw.js';
import { requests } from './requests.js';
import { scenario } from './scenario.js';
import type { Section } from './section.js';
import { since } from './since.js';
import { statements } from './statements.js';
import { trials } from './trials.js';

/** Every section of the page below the scorecard, in order, by its id in the page. */
export const SECTIONS: Record<string, Section> = {
  since,
  next: findings,
  charts,
  figures: keyFigures,
  worse: costs,
  answers: divergence,
  operations,
  scenario,
  statements,
  requests,
  accounting,
  trials,
  checks,
  environment,
  method,
  raw,
};
