import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';

import { svelte } from '@sveltejs/vite-plugin-svelte';
import { build } from 'vite';

/** What the pages of the service may load and do (`POLICY` in `crates/server/src/dashboard.rs`). */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'";
const TYPES: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

/** A page that is no part of the dashboard, built as the dashboard is, to try one of its components by itself. */
export class BuiltPage {
  private constructor(
    readonly url: string,
    private readonly server: Server,
    private readonly folder: string,
  ) {}

  /** Builds the `index.html` of a folder beside this file, and hands it out. */
  static async of(name: string): Promise<BuiltPage> {
    const folder = await mkdtemp(join(tmpdir(), 'driftline-page-'));
    // Vitest has another one, and Svelte would be built to be debugged, which is slow.
    process.env.NODE_ENV = 'production';
    await build({
      configFile: false,
      root: resolve(import.meta.dirname, name),
      plugins: [svelte({ configFile: resolve(import.meta.dirname, '../../svelte.config.js') })],
      build: { target: 'es2022', outDir: folder, emptyOutDir: false, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
      logLevel: 'error',
    });
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      const file = pathname === '/' ? '/index.html' : pathname;
      readFile(join(folder, file)).then(
        (bytes) => {
          const type = TYPES[extname(file)] ?? 'application/octet-stream';
          response.writeHead(200, { 'content-type': type, 'content-security-policy': POLICY }).end(bytes);
        },
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return new BuiltPage(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, folder);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
    await rm(this.folder, { recursive: true, force: true });
  }
}
