// Where the network lets no websocket through, everything goes on over HTTP by itself, and back when it may.

import { expect, test as base } from "@playwright/test";
import { Hub } from "./hub.ts";
import { Network } from "./network.ts";
import { Agent, Requester } from "./people.ts";

const AMINA = { email: "amina@example.org", name: "Amina Haddad" };
/** Lists are read again every 20 s or so. */
const CALM_MS = 40_000;

const test = base.extend<{ network: Network; hub: Hub }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the pattern to know what is needed.
  network: async ({}, use) => {
    const network = await Network.open();
    await use(network);
    network.close();
  },
  hub: async ({ network }, use) => {
    const hub = await Hub.start(network);
    await use(hub);
    await hub.stop();
  },
});

for (const kind of ["guest", "customer"] as const) {
  test(`without websockets a ${kind} and an agent talk all the same, over a reload and an outage, and live again later`, async ({
    browser,
    hub,
    network,
  }) => {
    test.setTimeout(150_000);
    const nora = await Agent.becomesFirstAdmin(browser, hub);
    await nora.view("unassigned").click();
    const amina = await Requester.arrives(browser, hub, { language: kind === "guest" ? "en" : "fr" });
    if (kind === "customer") await amina.signsIn(AMINA.email);
    await amina.asks("Nothing gets through here", kind === "guest" ? AMINA : undefined);
    await expect(amina.notLive).toBeVisible();

    // A list that nobody tells of changes shows the new ticket by itself.
    await expect(nora.row("Nothing gets through here")).toBeVisible({ timeout: CALM_MS });
    await nora.opens("Nothing gets through here");
    await expect(nora.notLive).toBeVisible();
    await nora.replies("We can read you");
    await amina.sees("We can read you");
    await amina.posts("And I you");
    await nora.sees("And I you");
    await expect(amina.bubble("And I you").getByText(amina.words.seen)).toBeVisible({ timeout: CALM_MS });

    await amina.page.reload();
    await amina.sees("And I you");
    await hub.kill();
    await amina.posts("Written in the outage");
    await nora.page.getByRole("textbox", { name: nora.words.reply }).fill("So was this");
    await nora.page.getByRole("textbox", { name: nora.words.reply }).press("Control+Enter");
    await hub.again();
    await expect(nora.bubble("Written in the outage")).toHaveCount(1, { timeout: CALM_MS });
    await expect(amina.bubble("So was this")).toHaveCount(1, { timeout: CALM_MS });
    await expect(amina.bubble("Written in the outage")).toHaveCount(1);
    await expect.poll(() => amina.conversation()).toEqual(await nora.conversation());
    expect(network.refused).toBeGreaterThan(2);

    // Another network: the browser says that it is online again, and the socket is tried at once.
    network.blocksSockets = false;
    for (const person of [amina, nora]) {
      await person.goesOffline();
      await expect(person.page.getByText(person.words.offline).first()).toBeVisible();
      await person.comesBack();
      await expect(person.notLive).toBeHidden({ timeout: 20_000 });
    }
    await expect(amina.page.locator(".connection-banner")).toBeHidden({ timeout: 20_000 });
    await expect(nora.page.locator(".line-state.live")).toBeVisible({ timeout: 20_000 });
    await amina.page.getByRole("textbox", { name: amina.words.message }).pressSequentially("Now ");
    // Who writes is told over a socket alone.
    await expect(nora.page.locator(".thread-log .typing")).toBeVisible();
    await amina.posts("Now it is live");
    await nora.sees("Now it is live");
    expect(await amina.conversation()).toEqual(await nora.conversation());
  });
}
