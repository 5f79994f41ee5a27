// Colleagues talk in notes: by keyboard alone, in both languages.

import { expect } from "@playwright/test";
import { test } from "./fixtures.ts";
import { Agent, Requester } from "./people.ts";

const AMINA = { email: "amina@example.org", name: "Amina Haddad" };

for (const language of ["en", "fr"] as const) {
  test(`a note calls a colleague, who finds it by keyboard alone (${language})`, async ({ browser, hub }) => {
    const nora = await Agent.becomesFirstAdmin(browser, hub);
    const link = await nora.page.evaluate(async () => {
      const answer = await fetch("/v1/agent/agents", {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() },
        body: JSON.stringify({ email: "lena@verso.example", name: "Léna Morel", role: "agent", teams: [] }),
      });
      return ((await answer.json()) as { url: string }).url;
    });
    const lena = await Agent.followsInvite(browser, hub, link, { language });
    const amina = await Requester.arrives(browser, hub);
    await amina.asks("Who knows this?", AMINA);
    const views = lena.page.getByRole("navigation").getByRole("link", { name: /^Mentions/ });
    await expect(views).toContainText("0");

    const { page } = nora;
    await page.reload();
    await nora.view("unassigned").click();
    await nora.opens("Who knows this?");
    await page.keyboard.press("n");
    await page.keyboard.type("Please look, @len");
    const offered = page.getByRole("option", { name: "Léna Morel" });
    await expect(offered).toHaveAttribute("aria-selected", "true");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("listbox")).toBeHidden();
    await page.keyboard.type("thank you");
    await page.keyboard.press("Control+Enter");
    await expect(page.locator(".bubble .mention")).toHaveText("@Léna Morel");

    await expect(views).toContainText("1");
    await views.focus();
    await lena.page.keyboard.press("Enter");
    await expect(lena.row("Who knows this?")).toBeVisible();
    await lena.page.keyboard.press("j");
    await lena.page.keyboard.press("Enter");
    await expect(lena.page.locator(".calls-me .mention")).toBeInViewport();
    await expect(views).toContainText("0");
    await expect(amina.page.getByText("Léna")).toHaveCount(0);
  });
}
