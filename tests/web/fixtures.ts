// A hub of its own for every test, stopped at its end.

import { test as base } from "@playwright/test";
import { Hub, type Settings } from "./hub.ts";

export const test = base.extend<{ settings: Settings; hub: Hub }>({
  settings: [{}, { option: true }],
  hub: async ({ browser, settings }, use) => {
    const hub = await Hub.start(undefined, settings);
    await use(hub);
    // A hub gives open pages some seconds to go elsewhere.
    for (const context of browser.contexts()) await context.close();
    await hub.stop();
  },
});
