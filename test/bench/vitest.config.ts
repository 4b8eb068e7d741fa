import { defineConfig } from 'vitest/config';

/** Long checks, each a command of its own: `npm run check:NAME`. They print what they found, and fail if it is wrong. */
export default defineConfig({
  test: {
    include: ['test/bench/**/*.check.ts'],
    globalSetup: ['test/global-setup.ts'],
    setupFiles: ['test/warnings.ts'],
    testTimeout: 60 * 60_000,
    hookTimeout: 180_000,
    maxWorkers: 1,
    disableConsoleIntercept: true,
  },
});
