// A request that was closed for longer than the site lets it be reopened goes on in another one, for a customer and for
// a guest, and the agent sees both live.

import { expect } from "@playwright/test";
import { test } from "./fixtures.ts";
import { Agent, type Language, Requester } from "./people.ts";

const AMINA = { email: "amina@example.org", name: "Amina Haddad" };

const WORDS = {
  en: {
    reopens: "This request is closed. If you write, it is opened again.",
    opens_another: "This request is closed. What you write opens a new request linked to it.",
    continues: /Continues request \d+/,
    old: /^request \d+$/,
    goes_on: /This request is closed\. It goes on in request \d+\./,
    agent_continues: /Continues/,
    agent_goes_on: /wrote again\. This ticket goes on in/,
    agent_is_told: /^If \S+ writes, another ticket is opened\.$/,
  },
  fr: {
    reopens: "Cette demande est close. Si vous écrivez, elle est rouverte.",
    opens_another: "Cette demande est close. Ce que vous écrivez ouvre une nouvelle demande liée à celle-ci.",
    continues: /Suite de la demande \d+/,
    old: /^demande \d+$/,
    goes_on: /Cette demande est close\. Elle continue dans la demande \d+\./,
    agent_continues: /Suite de/,
    agent_goes_on: /a réécrit\. Ce ticket continue dans/,
    agent_is_told: /^Si \S+ écrit, un autre ticket s’ouvre\.$/,
  },
};

test.use({ settings: { HUB__TICKETS__CLOSE_AFTER_DAYS: "1", HUB__TICKETS__REOPEN_WITHIN_DAYS: "3" } });

for (const [language, as] of [
  ["en", "customer"],
  ["fr", "guest"],
] as [Language, "customer" | "guest"][]) {
  test(`what is written long after a request was closed opens another that continues it (${language}, ${as})`, async ({
    browser,
    hub,
  }) => {
    test.slow();
    const w = WORDS[language];
    const nora = await Agent.becomesFirstAdmin(browser, hub, { language });
    const amina = await Requester.arrives(browser, hub, { language });
    if (as === "customer") {
      await amina.signsIn(AMINA.email);
      await amina.asks("The parcel never came");
    } else await amina.asks("The parcel never came", AMINA);
    await nora.view("unassigned").click();
    await nora.opens("The parcel never came");
    await nora.solves();
    // Solved for two days: closed, and for a while a message would open it again.
    await hub.rests(2);
    await expect(async () => {
      await amina.page.reload();
      await expect(amina.page.getByText(w.reopens)).toBeVisible({ timeout: 5_000 });
    }).toPass({ timeout: 60_000 });
    await hub.rests(4);
    await amina.page.reload();
    await expect(amina.page.getByText(w.opens_another)).toBeVisible();
    await amina.findsThePageAccessible();
    const before = amina.page.url();
    // Whoever would answer there is told the same.
    await nora.view("solved").click();
    await nora.row("The parcel never came").getByRole("link").first().click();
    await expect(nora.page.getByText(w.agent_is_told)).toBeVisible();

    await amina.posts("It came, and is broken");
    await expect(amina.page).not.toHaveURL(before);
    await amina.sees("It came, and is broken");
    await expect(amina.page.getByText(w.continues)).toBeVisible();
    await amina.findsThePageAccessible();
    await amina.posts("A second word");
    await amina.sees("A second word");

    await nora.view("unassigned").click();
    await nora.opens("The parcel never came");
    await nora.sees("It came, and is broken");
    await nora.sees("A second word");
    await expect(nora.page.getByText(w.agent_continues)).toBeVisible();
    await nora.findsThePageAccessible();
    await nora.replies("We send another one");
    await amina.sees("We send another one");
    await nora.view("solved").click();
    await nora.row("The parcel never came").getByRole("link").first().click();
    await expect(nora.page.getByText(w.agent_goes_on)).toBeVisible();
    await nora.findsThePageAccessible();

    // Back at the old one: it says where it goes on, and takes nothing.
    await amina.page.getByRole("link", { name: w.old }).click();
    await expect(amina.page.getByText(w.goes_on)).toBeVisible();
    await expect(amina.page.getByRole("textbox", { name: amina.words.message })).toBeHidden();
    await amina.findsThePageAccessible();
  });
}
