// A hub of its own for every test, stopped at its end.

import { test as base } from "@playwright/test";
import { Hub } from "./hub.ts";

export const test = base.extend<{ hub: Hub }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern to know what is needed.
  hub: async ({}, use) => {
    const hub = await Hub.start();
    await use(hub);
    await hub.stop();
  },
});
