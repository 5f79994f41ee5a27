// Colleagues talk in notes: by keyboard alone, in both languages.

import { expect, type Locator } from "@playwright/test";
import { test } from "./fixtures.ts";
import { Agent, type Language, Requester } from "./people.ts";

const AMINA = { email: "amina@example.org", name: "Amina Haddad" };

const WORDS = {
  en: {
    offered: "1 colleague offered",
    none: "Leo Lindt cannot see this ticket",
    mentioned: "Mentions you, not read",
    news: "A colleague mentions you; unread mentions: 1",
    mention: "Mention a colleague",
  },
  fr: {
    offered: "1 collègue proposé",
    none: "Leo Lindt ne voit pas ce ticket",
    mentioned: "Vous mentionne, non lu",
    news: "Un collègue vous mentionne ; mentions non lues : 1",
    mention: "Mentionner un collègue",
  },
};

/** The place of the mentions in the navigation, which has the same name in both languages. */
const mentions = (agent: Agent): Locator => agent.page.locator('a.nav-item[href="#/mentions"]');

/** A page that is read anew knows who came since, once it says so. */
const hasColleague = async (agent: Agent, name: string): Promise<void> => {
  await agent.page.reload();
  await expect(agent.page.getByRole("navigation")).toContainText(name);
};

for (const language of ["en", "fr"] as Language[]) {
  const w = WORDS[language];

  test(`a note calls a colleague, who finds it by keyboard alone (${language})`, async ({ browser, hub }) => {
    const nora = await Agent.becomesFirstAdmin(browser, hub, { language });
    const link = await nora.invites("Léna Morel", "lena@verso.example");
    const lena = await Agent.followsInvite(browser, hub, link, { language });
    const amina = await Requester.arrives(browser, hub);
    await amina.asks("Who knows this?", AMINA);
    await expect(mentions(lena).locator(".count")).toHaveText("0");

    const { page } = nora;
    await hasColleague(nora, "Léna Morel");
    await nora.presses("g", "u");
    await expect(nora.row("Who knows this?")).toBeVisible();
    await nora.presses("j", "Enter");
    await expect(page.getByRole("heading", { name: "Who knows this?" })).toBeVisible();
    await nora.presses("n");
    await page.keyboard.type("Please look, @len");
    const offered = page.getByRole("option", { name: "Léna Morel" });
    await expect(offered).toHaveAttribute("aria-selected", "true");
    await expect(page.getByRole("status").filter({ hasText: w.offered })).toHaveCount(1);
    await expect(page.getByRole("textbox", { name: /note/i })).toHaveAttribute(
      "aria-activedescendant",
      (await offered.getAttribute("id")) ?? "",
    );
    await nora.findsThePageAccessible();
    // Escape closes the list alone; the next letter opens none for the same @.
    await nora.presses("Escape");
    await expect(offered).toBeHidden();
    await page.keyboard.type("a");
    await expect(page.getByRole("listbox")).toBeHidden();
    await nora.presses("Backspace", "Backspace", "Backspace", "Backspace", "Backspace");
    await page.keyboard.type("@");
    await expect(offered).toBeVisible();
    await nora.presses("Enter");
    await expect(page.getByRole("listbox")).toBeHidden();
    await page.keyboard.type("thank you");
    await nora.presses("Control+Enter");
    await expect(page.locator(".bubble .mention")).toHaveText("@Léna Morel");

    await expect(mentions(lena).locator(".count")).toHaveText("1");
    await expect(lena.page.getByRole("status").filter({ hasText: w.news })).toHaveCount(1);
    await lena.presses("g", "m");
    const row = lena.row("Who knows this?");
    await expect(row).toContainText(w.mentioned);
    await lena.findsThePageAccessible();
    await lena.presses("j", "Enter");
    const note = lena.page.locator(".calls-me");
    await expect(note.locator(".mention.me")).toBeInViewport();
    await expect(note).toBeFocused();
    await expect(mentions(lena).locator(".count")).toHaveText("0");
    await expect(row).not.toContainText(w.mentioned);
    await expect(amina.page.getByText("Léna")).toHaveCount(0);
  });

  test(`who cannot see the ticket is shown, and cannot be called (${language})`, async ({ browser, hub }) => {
    const nora = await Agent.becomesFirstAdmin(browser, hub, { language });
    await Agent.followsInvite(browser, hub, await nora.invites("Leo Lindt", "leo@verso.example"), { language });
    const amina = await Requester.arrives(browser, hub);
    await amina.asks("Nora's own matter", AMINA);
    const { page } = nora;
    await hasColleague(nora, "Leo Lindt");
    await nora.presses("g", "u");
    await expect(nora.row("Nora's own matter")).toBeVisible();
    await nora.presses("j", "Enter");
    await expect(page.getByRole("heading", { name: "Nora's own matter" })).toBeVisible();
    await nora.presses("m");
    await expect(page.getByRole("complementary")).toContainText("Nora Bakker");
    await nora.presses("n");
    await page.keyboard.type("Ask @leo");
    const leo = page.getByRole("option", { name: "Leo Lindt" });
    await expect(leo).toHaveAttribute("aria-disabled", "true");
    await expect(page.getByRole("status").filter({ hasText: w.none })).toHaveCount(1);
    await nora.findsThePageAccessible();
    await nora.presses("Control+Enter");
    await expect(page.locator(".message.note .bubble")).toHaveText("Ask @leo");
    await expect(page.locator(".bubble .mention")).toHaveCount(0);
  });

  test(`the button of the note puts the @ there (${language})`, async ({ browser, hub }) => {
    const nora = await Agent.becomesFirstAdmin(browser, hub, { language });
    await Agent.followsInvite(browser, hub, await nora.invites("Léna Morel", "lena@verso.example"), { language });
    const amina = await Requester.arrives(browser, hub);
    await amina.asks("A matter for a finger", AMINA);
    const { page } = nora;
    await hasColleague(nora, "Léna Morel");
    await nora.view("unassigned").click();
    await nora.opens("A matter for a finger");
    await nora.presses("n");
    await page.keyboard.type("See");
    await page.getByRole("button", { name: w.mention }).click();
    await page.getByRole("option", { name: "Léna Morel" }).click();
    await expect(page.getByRole("textbox", { name: /note/i })).toHaveValue("See @Léna Morel ");
  });
}
