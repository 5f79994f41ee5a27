// Builds the four pages into web/dist, as the hub embeds and serves them.
// A page that is not written yet is left out, so that each can be built alone.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineConfig } from 'vite';

const pages = ['customer', 'guest', 'console', 'mailbox']
  .map((name) => [name, resolve(import.meta.dirname, `${name}.html`)] as const)
  .filter(([, file]) => existsSync(file));

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: true,
    manifest: true,
    // The pages run under `script-src 'self'; font-src 'self'`: no data: URLs, no inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: Object.fromEntries(pages) },
  },
});
