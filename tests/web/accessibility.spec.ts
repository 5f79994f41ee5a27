// axe on every view, in both themes and both languages, on desktop and phone; no request leaves the hub.

import { expect } from "@playwright/test";
import { test } from "./fixtures.ts";
import { Agent, Requester } from "./people.ts";

const AMINA = { email: "amina@example.org", name: "Amina Haddad" };

for (const device of [
  { language: "en", dark: false, phone: false },
  { language: "en", dark: true, phone: true },
  { language: "fr", dark: true, phone: false },
  { language: "fr", dark: false, phone: true },
] as const) {
  const told = [device.language, device.dark ? "dark" : "light", device.phone ? "phone" : "desktop"].join(", ");

  test(`the requesters' pages are accessible (${told})`, async ({ browser, hub }) => {
    const amina = await Requester.arrives(browser, hub, device);
    const foreign: string[] = [];
    amina.page.on("request", (request) => {
      if (!request.url().startsWith(hub.origin) && !request.url().startsWith("blob:")) foreign.push(request.url());
    });
    await amina.findsThePageAccessible();
    await amina.page.goto(`${hub.origin}/#/sign-in`);
    await amina.findsThePageAccessible();
    await amina.page.goto(`${hub.origin}/#/new`);
    await amina.findsThePageAccessible();
    await amina.asks("Is this page for everybody?", AMINA);
    await amina.posts("With a **bold** word and https://example.org");
    await amina.findsThePageAccessible();
    await amina.signsIn("amina@example.org");
    await amina.page.goto(`${hub.origin}/#/tickets`);
    await amina.findsThePageAccessible();
    await amina.page.goto(`${hub.origin}/dev/mailbox`);
    await expect(amina.page.getByRole("heading", { level: 1 })).toBeVisible();
    await amina.findsThePageAccessible();
    expect(foreign).toEqual([]);
  });

  test(`the console is accessible (${told})`, async ({ browser, hub }) => {
    const amina = await Requester.arrives(browser, hub);
    await amina.asks("Is the console for everybody?", AMINA);
    const nora = await Agent.becomesFirstAdmin(browser, hub, { ...device, phone: false });
    await nora.view("unassigned").click();
    await expect(nora.row("Is the console for everybody?")).toBeVisible();
    await nora.findsThePageAccessible();
    await nora.opens("Is the console for everybody?");
    await nora.replies("It is meant to be");
    await nora.notes("And so are notes");
    await nora.findsThePageAccessible();
    if (device.phone) {
      await nora.page.setViewportSize({ width: 390, height: 844 });
      await nora.findsThePageAccessible();
    }
    await nora.page.goto(`${hub.origin}/agent#/settings`);
    await expect(nora.page.getByRole("heading", { level: 1 })).toBeVisible();
    await nora.findsThePageAccessible();
  });
}
