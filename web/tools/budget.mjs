// Weighs what a page loads first, gzip -9, against the budgets of the design. Exits 1 when one is over.
// Reads vite's manifest: a page's first load is its entry and all it imports statically.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const dist = resolve(root, process.argv[2] ?? 'dist');
const manifest = JSON.parse(readFileSync(resolve(dist, '.vite/manifest.json'), 'utf8'));

const script_kb_max = { 'customer.html': 24, 'guest.html': 22, 'console.html': 80, 'mailbox.html': 22 };
const css_kb_max = 8;
const lazy_kb_max = 30;
const language_kb_max = 4;

const weigh = (file) => gzipSync(readFileSync(resolve(dist, file)), { level: 9 }).length / 1000;

function reach(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) reach(next, seen);
  return seen;
}

const rows = [];
for (const [page, max] of Object.entries(script_kb_max)) {
  if (!manifest[page]) continue;
  const chunks = [...reach(page)].map((key) => manifest[key]);
  const css = new Set(chunks.flatMap((chunk) => chunk.css ?? []));
  rows.push([`${page} script`, chunks.reduce((sum, chunk) => sum + weigh(chunk.file), 0), max]);
  rows.push([`${page} css`, [...css].reduce((sum, file) => sum + weigh(file), 0), css_kb_max]);
}
const first = new Set(
  Object.keys(script_kb_max)
    .filter((page) => manifest[page])
    .flatMap((page) => [...reach(page)]),
);
for (const [key, chunk] of Object.entries(manifest)) {
  if (!chunk.isDynamicEntry || first.has(key)) continue;
  const language = /(^|\/)[a-z]{2}\.ts$/.test(key);
  // With what it brings along beyond every first load.
  const files = [...reach(key)].filter((each) => !first.has(each)).map((each) => manifest[each].file);
  rows.push([
    key,
    files.reduce((sum, file) => sum + weigh(file), 0),
    language ? language_kb_max : lazy_kb_max,
  ]);
}

let over = false;
for (const [what, kb, max] of rows) {
  over ||= kb > max;
  process.stdout.write(
    `${kb > max ? 'OVER' : 'ok  '}  ${kb.toFixed(1).padStart(6)} of ${String(max).padStart(3)} kB gz  ${what}\n`,
  );
}
process.exit(over ? 1 : 0);
