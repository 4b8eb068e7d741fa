import { describe, expect, it } from 'vitest';
import { runPage } from '../../src/report/run/page.js';
import { capturedPair, pairOf } from '../score/fixture.js';
import { pairNamed } from './pages.js';

const HOSTILE = '</script><img src=x onerror=alert(1)>"\'&<!--';

describe('the page of a run', () => {
  const { baseline, split } = pairOf();
  const page = runPage(split).replaceAll('\u00a0', ' ');

  it('says what was run, and how far one run goes', () => {
    expect(page).toMatch(
      /<h1>Split, a primary and its replica: [\d,]+ of [\d,]+ events ok, 60 s measured at 680\/s; /,
    );
    expect(page).toContain('One run by itself says nothing about what a replica does');
    expect(page).toContain('policy balanced');
  });

  it('has its CPU, lag and pools over time, and a section for each thing that was measured', () => {
    for (const id of ['primary-cpu', 'lag', 'pools']) expect(page).toContain(`<canvas id="canvas-${id}"`);
    for (const id of ['charts', 'nodes', 'latency', 'statements', 'requests', 'accounting', 'environment'])
      expect(page).toContain(`<section id="${id}"`);
    expect(page).toMatch(/<th scope="row">replica<\/th><td class="number">0\.5 cores<\/td>/);
    expect(page).toContain('Latency by operation in the measured window');
  });

  it('of a primary alone has no lag, and no policy that nothing obeyed', () => {
    const alone = runPage(baseline);
    expect(alone).toContain('<h1>Baseline, a primary alone: ');
    expect(alone).not.toContain('canvas-lag');
    expect(alone.slice(0, alone.indexOf('<main'))).not.toContain('policy balanced');
  });

  it('of a captured trace has no rate', () => {
    expect(runPage(capturedPair().split)).toMatch(/events ok, 60.s measured; the primary used/);
  });

  it('takes text from data for text', () => {
    const hostile = runPage(pairNamed(HOSTILE).split);
    expect(hostile).not.toContain('<img src=x');
    expect(hostile).not.toContain('<!--');
  });
});
