import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

import { singlePage } from './vite/single-page.ts';

// The page that the HTML export fills: one file with everything in it. The service puts in title, plain summary,
// checksum and report (`crates/export/src/html.rs`).
export default defineConfig({
  plugins: [svelte(), singlePage({ template: 'report.html', output: 'dist/report.html' })],
  publicDir: false,
  build: {
    target: 'es2022',
    write: false,
    cssCodeSplit: false,
    lib: { entry: 'src/export/main.ts', formats: ['iife'], name: 'driftline' },
  },
});
