import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

import { compressed } from './vite/compressed.ts';

// Where the service listens while the dashboard is worked on with `npm run dev`.
const service = process.env.DRIFTLINE_URL ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [svelte(), compressed()],
  build: {
    target: 'es2022',
    // Everything comes from files: the content security policy forbids the rest.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: {
    proxy: Object.fromEntries(
      ['/api', '/sign-in', '/healthz', '/readyz', '/metrics'].map((path) => [path, service]),
    ),
  },
  test: {
    include: ['src/**/*.test.ts'],
    environment: 'happy-dom',
  },
});
