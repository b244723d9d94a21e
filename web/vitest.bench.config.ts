import { defineConfig } from 'vitest/config';

// Figures of the dashboard in a real browser; `make bench-dashboard` runs them against the release program.
export default defineConfig({
  test: {
    include: ['tests/bench/**/*.bench.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 900_000,
    hookTimeout: 120_000,
    reporters: ['verbose'],
  },
});
