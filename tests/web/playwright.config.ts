// Debian's Chromium, headless; two people's worth of pages at a time on two cores.

import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: ".",
  testMatch: "*.spec.ts",
  outputDir: "out",
  fullyParallel: true,
  workers: 2,
  forbidOnly: true,
  retries: 0,
  // How soon is not what these tests ask: on a busy machine one write to the disk may take seconds.
  timeout: 300_000,
  expect: { timeout: 30_000 },
  reporter: [["list"], ["./failures.ts"]],
  use: {
    locale: "en-GB",
    viewport: { width: 1440, height: 900 },
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
