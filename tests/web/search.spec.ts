// The search of the console, by keyboard alone: from `/` to the message that was found, in both languages.

import { expect } from "@playwright/test";
import { test } from "./fixtures.ts";
import { Agent, Requester } from "./people.ts";

const AMINA = { email: "amina@example.org", name: "Amina Haddad" };
const SAYS = {
  en: { search: "Search everything", results: "Search", nothing: /Nothing found/, hint: /Write a word or a number/, matched: "Message" },
  fr: { search: "Chercher partout", results: "Recherche", nothing: /Rien trouvé/, hint: /Écrivez un mot ou un numéro/, matched: "Message" },
} as const;

for (const language of ["en", "fr"] as const) {
  test(`an agent finds an old message by keyboard alone (${language})`, async ({ browser, hub }) => {
    test.setTimeout(300_000);
    const says = SAYS[language];
    const nora = await Agent.becomesFirstAdmin(browser, hub, { language });
    const amina = await Requester.arrives(browser, hub);
    await amina.asks("Où est mon remboursement zanzibar ?", AMINA);
    // More than a page of the log after it: the message has to be fetched.
    const ticket = await amina.page.evaluate(async () => {
      const list = (await (await fetch("/v1/tickets")).json()) as { rows: { ticket: { id: string } }[] };
      const id = list.rows[0]?.ticket.id ?? "";
      for (let n = 0; n < 130; n++) {
        const answer = await fetch(`/v1/tickets/${id}/messages`, {
          method: "POST",
          headers: { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() },
          body: JSON.stringify({ kind: "reply", text: `straw ${n}`, attachments: [] }),
        });
        if (!answer.ok) throw new Error(`message ${n} was refused: ${await answer.text()}`);
      }
      return id;
    });
    const { page } = nora;
    await page.keyboard.press("/");
    const field = page.getByRole("searchbox", { name: says.search });
    await expect(field).toBeFocused();
    await page.keyboard.type("ZANZI");
    const hits = page.getByRole("list", { name: says.results }).getByRole("link");
    // The subject is the message's first line.
    await expect(hits).toHaveCount(2);
    const message = hits.filter({ hasText: says.matched });
    await expect(message.locator("mark")).toHaveText("zanzibar");
    await page.keyboard.press("ArrowDown");
    await expect(hits.first()).toBeFocused();
    await page.keyboard.press("Enter");
    const found = page.locator("article.message", { hasText: "remboursement zanzibar" });
    await expect(found).toBeFocused();
    await expect(found).toBeInViewport();
    expect(page.url()).toContain(`/${ticket}/2`);
    // The hits are still there, and the next one is a key away.
    await expect(hits).toHaveCount(2);
    await page.keyboard.press("j");
    await expect(hits.nth(1)).toBeFocused();

    await page.keyboard.press("/");
    await page.keyboard.press("Control+a");
    await page.keyboard.type("straw");
    await expect(hits).toHaveCount(50);
    await page.keyboard.press("ArrowDown");
    for (let n = 0; n < 60; n++) await page.keyboard.press("j");
    await expect.poll(() => hits.count()).toBeGreaterThan(60);

    await page.keyboard.press("/");
    await page.keyboard.press("Control+a");
    await page.keyboard.type("nowhere");
    await expect(page.getByText(says.nothing)).toBeVisible();
    await page.keyboard.press("Control+a");
    await page.keyboard.type("%");
    await expect(page.getByRole("alert").filter({ hasText: says.hint })).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(field).toHaveValue("");
    await expect(page.getByRole("list", { name: says.results })).toHaveCount(0);
  });
}

test("the search and its hits are accessible, in both themes, on a phone too", async ({ browser, hub }) => {
  test.setTimeout(600_000);
  const nora = await Agent.becomesFirstAdmin(browser, hub);
  const amina = await Requester.arrives(browser, hub);
  await amina.asks("Where is my refund?", AMINA);
  const { page } = nora;
  await page.getByRole("searchbox").fill("refund");
  await expect(page.locator(".hit mark").first()).toHaveText("refund");
  await nora.findsThePageAccessible();
  await page.getByRole("searchbox").fill("nowhere");
  await expect(page.getByText(SAYS.en.nothing)).toBeVisible();
  await nora.findsThePageAccessible();
});
