import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    setupFiles: ['test/warnings.ts'],
    testTimeout: 60_000,
    hookTimeout: 180_000,
    // Tests start real servers; two cores carry two files at a time.
    maxWorkers: 2,
  },
});
