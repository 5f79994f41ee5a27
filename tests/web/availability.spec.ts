// How colleagues stand: said by oneself, seen by the others at once; by keyboard alone, in both languages.

import { expect, type Locator } from "@playwright/test";
import { test } from "./fixtures.ts";
import { Agent, type Language, Requester } from "./people.ts";

const AMINA = { email: "amina@example.org", name: "Amina Haddad" };

const WORDS = {
  en: { away: "Away", offline: "offline", told: "You are away. Colleagues see it.", back: "You are available." },
  fr: {
    away: "Absent",
    offline: "hors ligne",
    told: "Vous êtes absent. Vos collègues le voient.",
    back: "Vous êtes disponible.",
  },
};

/** A colleague's line in the navigation. */
const colleague = (agent: Agent, name: string): Locator =>
  agent.page.getByRole("navigation").getByRole("listitem").filter({ hasText: name });

for (const language of ["en", "fr"] as Language[]) {
  const w = WORDS[language];

  test(`an agent is away and back, by keyboard alone (${language})`, async ({ browser, hub }) => {
    const nora = await Agent.becomesFirstAdmin(browser, hub, { language });
    const lena = await Agent.followsInvite(browser, hub, await nora.invites("Léna Morel", "lena@verso.example"), { language });
    // She came, and nobody had to read the page anew.
    await expect(colleague(nora, "Léna Morel").locator(".is-online:not(.is-away)")).toBeVisible();
    const button = lena.page.getByRole("button", { name: w.away, exact: true });
    await expect(button).toHaveAttribute("aria-pressed", "false");
    await lena.presses("Shift+A");
    await expect(button).toHaveAttribute("aria-pressed", "true");
    await expect(lena.page.getByRole("status").filter({ hasText: w.told })).toHaveCount(1);
    await expect(lena.page.locator(".line-state")).toHaveText(w.away);
    await expect(colleague(nora, "Léna Morel")).toContainText(w.away);
    await expect(colleague(nora, "Léna Morel").locator(".is-away")).toBeVisible();
    await lena.findsThePageAccessible();

    // It is kept, and said wherever she can be chosen.
    await lena.page.reload();
    await expect(button).toHaveAttribute("aria-pressed", "true");
    const amina = await Requester.arrives(browser, hub);
    await amina.asks("Whose is this?", AMINA);
    await nora.presses("g", "u");
    await expect(nora.row("Whose is this?")).toBeVisible();
    await nora.presses("j", "Enter");
    await expect(nora.page.getByRole("heading", { name: "Whose is this?" })).toBeVisible();
    await nora.presses("a");
    await expect(nora.page.getByRole("option", { name: "Léna Morel" })).toContainText(w.away);
    await nora.presses("Escape");
    await nora.presses("n");
    await expect(nora.page.getByRole("textbox", { name: nora.words.note })).toBeFocused();
    await nora.page.keyboard.type("@");
    await expect(nora.page.getByRole("option", { name: "Léna Morel" })).toContainText(w.away);

    await button.focus();
    await lena.presses("Enter");
    await expect(button).toHaveAttribute("aria-pressed", "false");
    await expect(lena.page.getByRole("status").filter({ hasText: w.back })).toHaveCount(1);
    await expect(nora.page.getByRole("option", { name: "Léna Morel" })).not.toContainText(w.away);
    await expect(colleague(nora, "Léna Morel")).not.toContainText(w.away);
    await expect(amina.page.getByText(w.away, { exact: true })).toHaveCount(0);
  });
}
