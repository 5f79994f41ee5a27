// Unit tests of pure code, in Node: no browser, no network, no real waiting.
import { defineConfig } from 'vitest/config';

// Days are parted at the reader's midnight: in tests that is everywhere the same.
process.env.TZ = 'UTC';

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  test: { environment: 'node', include: ['src/**/*.test.ts', 'src/**/*.test.tsx'] },
});
