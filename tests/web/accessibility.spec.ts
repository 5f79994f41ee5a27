// axe on every view in both languages, each time in both themes on desktop and phone; no request leaves the hub.

import { expect } from "@playwright/test";
import { test } from "./fixtures.ts";
import { Agent, Requester } from "./people.ts";

const AMINA = { email: "amina@example.org", name: "Amina Haddad" };
const PHONE = { width: 390, height: 844 };

for (const device of [
  { language: "en", phone: false },
  { language: "fr", phone: true },
] as const) {
  test(`the requesters' pages are accessible (${device.language})`, async ({ browser, hub }) => {
    // axe takes minutes where other work goes on beside it.
    test.setTimeout(600_000);
    const amina = await Requester.arrives(browser, hub, device);
    const foreign: string[] = [];
    amina.page.on("request", (request) => {
      if (!request.url().startsWith(hub.origin) && !request.url().startsWith("blob:")) foreign.push(request.url());
    });
    await amina.findsThePageAccessible();
    await amina.page.getByRole("button", { name: amina.words.menu }).click();
    await amina.findsThePageAccessible();
    await amina.page.goto(`${hub.origin}/#/new`);
    await amina.findsThePageAccessible();
    await amina.page.getByRole("radio", { name: amina.words.topic }).check();
    await amina.page.getByRole("button", { name: amina.words.send_request }).click();
    await expect(amina.page.locator(".field-error").first()).toBeVisible();
    await amina.findsThePageAccessible();
    await amina.asks("Is this page for everybody?", AMINA);
    await amina.posts("With a **bold** word and https://example.org");
    await amina.findsThePageAccessible();
    await amina.page.getByRole("button", { name: amina.words.correct_address }).click();
    await expect(amina.page.getByRole("dialog")).toBeVisible();
    await amina.findsThePageAccessible();
    await amina.page.goto(`${hub.origin}/#/new`);
    await amina.page.getByRole("radio", { name: amina.words.topic }).check();
    await expect(amina.page.getByText(amina.words.same_matter)).toBeVisible();
    await amina.findsThePageAccessible();
    await amina.page.goto(`${hub.origin}/#/sign-in`);
    await amina.findsThePageAccessible();
    const code = await amina.asksToSignIn(AMINA.email);
    await amina.findsThePageAccessible();
    await amina.codeField.fill(code);
    await expect(amina.heading(amina.words.code_title)).toHaveCount(0);
    await amina.page.goto(`${hub.origin}/#/tickets`);
    await expect(amina.page.getByRole("button", { name: amina.words.join })).toBeVisible();
    await amina.findsThePageAccessible();
    await amina.page.goto(`${hub.origin}/#/t/${crypto.randomUUID()}`);
    await expect(amina.heading(amina.words.not_here)).toBeVisible();
    await amina.findsThePageAccessible();
    expect(foreign).toEqual([]);
  });

  test(`the local mailbox is accessible (${device.language})`, async ({ browser, hub }) => {
    // axe takes minutes where other work goes on beside it.
    test.setTimeout(600_000);
    const amina = await Requester.arrives(browser, hub, device);
    await amina.page.goto(`${hub.origin}/dev/mailbox`);
    await expect(amina.page.getByRole("heading", { level: 1 })).toBeVisible();
    await amina.findsThePageAccessible();
    await amina.asks("Is there mail?", AMINA);
    await amina.page.goto(`${hub.origin}/dev/mailbox`);
    await amina.page.getByRole("button", { name: AMINA.email }).first().click();
    for (const way of await amina.page.getByRole("tab").all()) {
      await way.click();
      await amina.findsThePageAccessible();
    }
  });

  test(`the console is accessible (${device.language})`, async ({ browser, hub }) => {
    // axe takes minutes where other work goes on beside it.
    test.setTimeout(600_000);
    const amina = await Requester.arrives(browser, hub);
    await amina.asks("Is the console for everybody?", AMINA);
    const nora = await Agent.becomesFirstAdmin(browser, hub, { language: device.language });
    await nora.findsThePageAccessible();
    await nora.view("unassigned").click();
    await expect(nora.row("Is the console for everybody?")).toBeVisible();
    await nora.findsThePageAccessible();
    await nora.opens("Is the console for everybody?");
    await nora.replies("It is meant to be");
    await nora.notes("And so are notes");
    await nora.findsThePageAccessible();
    await nora.page.getByRole("button", { name: nora.words.message_menu }).last().click();
    await nora.findsThePageAccessible();
    await nora.page.keyboard.press("Escape");
    await nora.page.getByRole("heading", { level: 1 }).focus();
    for (const [key, name] of [
      ["a", nora.words.assign],
      ["?", nora.words.keys],
    ] as const) {
      await nora.page.keyboard.press(key);
      await expect(nora.page.getByRole("dialog", { name })).toBeVisible();
      await nora.findsThePageAccessible();
      await nora.page.keyboard.press("Escape");
      await expect(nora.page.getByRole("dialog")).toHaveCount(0);
    }
    await nora.page.setViewportSize(PHONE);
    await nora.page.getByRole("button", { name: nora.words.details }).click();
    await nora.findsThePageAccessible();
  });

  test(`the console's settings and entry are accessible (${device.language})`, async ({ browser, hub }) => {
    // axe takes minutes where other work goes on beside it.
    test.setTimeout(600_000);
    const link = hub.firstAdminLink();
    const visitor = await Requester.follows(browser, hub, link, device);
    await expect(visitor.page.getByRole("heading", { level: 1 })).toBeVisible();
    await visitor.findsThePageAccessible();
    const nora = await Agent.becomesFirstAdmin(browser, hub, { language: device.language });
    for (const page of ["me", "preferences", "agents", "teams"]) {
      await nora.page.goto(`${hub.origin}/agent#/settings/${page}`);
      await expect(nora.page.locator(`a[href$="settings/${page}"][aria-current=page]`).first()).toBeVisible();
      await nora.findsThePageAccessible();
    }
    await nora.page.setViewportSize(PHONE);
    await nora.page.getByRole("button", { name: nora.words.open_nav }).click();
    await nora.findsThePageAccessible();
    await visitor.page.goto(`${hub.origin}/agent`);
    await visitor.page.reload();
    await expect(visitor.page.getByLabel(visitor.words.password)).toBeVisible();
    await visitor.findsThePageAccessible();
    await visitor.page.goto(link);
    await visitor.page.reload();
    await expect(visitor.page.getByText(visitor.words.link_used)).toBeVisible();
    await visitor.findsThePageAccessible();
  });
}
