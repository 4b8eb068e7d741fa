import { expect, it } from 'vitest';
import { defineConfig } from '../src/index.js';

it('a config is typed by the tables: a name that is in none is an error in the editor', () => {
  const config = {
    driver: 'k6',
    cluster: 'embedded',
    targets: [{ metric: 'primary-cpu', bound: 30 }],
  } as const;
  expect(
    defineConfig({ ...config, targets: [...config.targets], duration: '2m', nodeCpus: 1 }),
  ).toMatchObject(config);
  // @ts-expect-error no driver has this name
  defineConfig({ driver: 'jmeter' });
  // @ts-expect-error nor has a metric
  defineConfig({ targets: [{ metric: 'happiness', bound: 1 }] });
});
