import { defineConfig } from 'vitest/config';

// Tests in a real browser against the real program. One after another: two cores, and times are looked at.
export default defineConfig({
  test: {
    include: ['tests/browser/**/*.test.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
