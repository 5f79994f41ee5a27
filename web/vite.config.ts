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
    rolldownOptions: {
      input: Object.fromEntries(pages),
      // What all pages share in two files: many small ones compress worse and cost a request each.
      output: {
        codeSplitting: {
          groups: [
            {
              name: 'base',
              test: /node_modules\/(preact|@preact)|preload-helper|src\/i18n\/(index|words)|src\/core\/(api|storage|route|errors|time|bidi)\.|src\/ui\/(Icon|icons-shell|lazy|theme|Toast|Announcer)\./,
            },
            {
              name: 'live',
              test: /src\/core\/(live|line|socket|polling|outbox|feed|attention|tabs|drafts|ids|clock)\.|src\/conversation\/visit/,
            },
          ],
        },
      },
    },
  },
});
