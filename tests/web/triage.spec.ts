// Triage by keyboard alone, in both languages: priority, tags, snooze, and many tickets at once with a way back.

import { expect, type Locator } from "@playwright/test";
import { test } from "./fixtures.ts";
import { Agent, type Language, Requester } from "./people.ts";

const AMINA = { email: "amina@example.org", name: "Amina Haddad" };
const MATHIS = { email: "mathis@example.org", name: "Mathis Dubois" };

const WORDS = {
  en: {
    tags: "Tag the ticket",
    create: "Create “hold”",
    priority: "Set the priority",
    urgent: "Urgent",
    snooze: "Snooze until",
    snoozed: "Snoozed",
    past: "Choose a time to come, within a year.",
    exact: "Date and time",
    set: "Snooze",
    selected: (n: number) => `${n} selected`,
    done: "Done",
    undo: "Undo",
    changed: "2 tickets changed.",
    taken_back: "Taken back (2).",
    wake: "Bring back now",
  },
  fr: {
    tags: "Étiqueter le ticket",
    create: "Créer « hold »",
    priority: "Fixer la priorité",
    urgent: "Urgente",
    snooze: "Mettre de côté jusqu’à",
    snoozed: "Mis de côté",
    past: "Choisissez un moment à venir, d’ici un an.",
    exact: "Date et heure",
    set: "Mettre de côté",
    selected: (n: number) => `${n} sélectionnés`,
    done: "Terminé",
    undo: "Annuler",
    changed: "2 tickets modifiés.",
    taken_back: "Annulé (2).",
    wake: "Reprendre maintenant",
  },
};

for (const language of ["en", "fr"] as Language[]) {
  const w = WORDS[language];

  test(`priority, tags and snooze by keyboard alone (${language})`, async ({ browser, hub }) => {
    const nora = await Agent.becomesFirstAdmin(browser, hub, { language });
    const amina = await Requester.arrives(browser, hub);
    await amina.asks("The matter to triage", AMINA);
    const { page } = nora;
    const details = page.getByRole("complementary");
    await nora.presses("g", "u");
    await expect(nora.row("The matter to triage")).toBeVisible();
    await nora.presses("j", "Enter");
    await expect(page.getByRole("heading", { name: "The matter to triage" })).toBeVisible();

    await nora.presses("t");
    await expect(nora.dialog(w.tags)).toBeVisible();
    await page.keyboard.type("hold");
    await expect(page.getByRole("option", { name: w.create })).toBeVisible();
    await nora.presses("Enter");
    await page.keyboard.type("card");
    await nora.presses("Enter");
    await expect(page.getByRole("option", { name: "card", selected: true })).toBeVisible();
    await nora.findsThePageAccessible();
    // The same again takes it away.
    await page.keyboard.type("HOLD");
    await nora.presses("Enter");
    await expect(details.getByText("hold", { exact: true })).toBeHidden();
    await nora.presses("Escape");
    await expect(nora.dialog(w.tags)).toBeHidden();
    await expect(details.getByText("card", { exact: true })).toBeVisible();
    await expect(nora.row("The matter to triage").getByText("card", { exact: true })).toBeVisible();

    await nora.presses("Shift+P");
    await expect(nora.dialog(w.priority)).toBeVisible();
    await page.keyboard.type(w.urgent.slice(0, 3));
    await nora.presses("Enter");
    await expect(nora.row("The matter to triage").getByText(w.urgent)).toBeVisible();

    await nora.presses("h");
    await expect(nora.dialog(w.snooze)).toBeVisible();
    await nora.findsThePageAccessible();
    await nora.presses("Enter");
    await expect(nora.row("The matter to triage")).toBeHidden();
    await expect(page.getByRole("link", { name: new RegExp(`^${w.snoozed}\\s*1$`) })).toBeVisible();
    // The requester's word brings it back at once.
    await amina.posts("Any news?");
    await expect(nora.row("The matter to triage")).toBeVisible();

    await nora.presses("h");
    await page.getByLabel(w.exact).fill("2020-01-01T09:00");
    await nora.presses("Enter");
    await expect(page.getByText(w.past)).toBeVisible();
    await page.getByLabel(w.exact).fill(tomorrow());
    await nora.presses("Enter");
    await expect(nora.row("The matter to triage")).toBeHidden();
    // And so does a hand.
    await nora.presses("h");
    await expect(page.getByRole("button", { name: w.wake })).toBeFocused();
    await nora.presses("Enter");
    await expect(nora.row("The matter to triage")).toBeVisible();
  });

  test(`many tickets at once, and taken back, by keyboard alone (${language})`, async ({ browser, hub }) => {
    const nora = await Agent.becomesFirstAdmin(browser, hub, { language });
    for (const [text, who] of [
      ["First matter", AMINA],
      ["Second matter", MATHIS],
    ] as const) {
      const requester = await Requester.arrives(browser, hub);
      await requester.asks(text, who);
    }
    const { page } = nora;
    await nora.presses("g", "u");
    await expect(nora.row("First matter")).toBeVisible();
    await expect(nora.row("Second matter")).toBeVisible();
    await nora.presses("j", "x", "j", "Shift+X");
    await expect(page.getByText(w.selected(2))).toBeVisible();
    await nora.findsThePageAccessible();

    await nora.presses("t");
    await expect(nora.dialog(w.tags)).toBeVisible();
    await page.keyboard.type("hold");
    await nora.presses("Enter");
    await expect(page.getByRole("option", { name: "hold", selected: true })).toBeVisible();
    await page.getByRole("button", { name: w.done }).focus();
    await nora.presses("Enter");
    await expect(page.getByText(w.changed).first()).toBeVisible();
    for (const text of ["First matter", "Second matter"])
      await expect(nora.row(text).getByText("hold", { exact: true })).toBeVisible();
    await page.getByRole("button", { name: w.undo, exact: true }).focus();
    await nora.presses("Enter");
    await expect(page.getByText(w.taken_back).first()).toBeVisible();
    for (const text of ["First matter", "Second matter"])
      await expect(nora.row(text).getByText("hold", { exact: true })).toBeHidden();

    for (const text of ["First matter", "Second matter"]) {
      await nora.row(text).getByRole("link").first().focus();
      await nora.presses("x");
    }
    await nora.presses("e");
    await expect(page.getByText(w.changed).first()).toBeVisible();
    await expect(nora.row("First matter")).toBeHidden();
    await expect(nora.row("Second matter")).toBeHidden();
    await page.getByRole("button", { name: w.undo, exact: true }).focus();
    await nora.presses("Enter");
    await expect(nora.row("First matter")).toBeVisible();
    await expect(nora.row("Second matter")).toBeVisible();
  });
}

test("a saved view is made by keyboard, is live, and is everybody's when an admin shares it", async ({ browser, hub }) => {
  const nora = await Agent.becomesFirstAdmin(browser, hub);
  const amina = await Requester.arrives(browser, hub);
  await amina.asks("A matter that becomes urgent", AMINA);
  const { page } = nora;
  await page.getByRole("button", { name: "New view" }).focus();
  await nora.presses("Enter");
  const form = nora.dialog("New view");
  await expect(form.getByLabel("Name")).toBeFocused();
  await page.keyboard.type("On fire");
  await form.getByLabel("For everybody of the site").focus();
  await nora.presses("Space");
  await form.getByLabel("Urgent").focus();
  await nora.presses("Space");
  await nora.findsThePageAccessible();
  await form.getByRole("button", { name: "Save" }).focus();
  await nora.presses("Enter");
  await expect(page.getByRole("heading", { name: /^On fire/ })).toBeVisible();
  await expect(page.getByText("No ticket fits this view")).toBeVisible();

  const link = await nora.invites("Léna Morel", "lena@verso.example");
  const lena = await Agent.followsInvite(browser, hub, link);
  await lena.view("unassigned").click();
  await lena.opens("A matter that becomes urgent");
  await lena.presses("Shift+P");
  await expect(lena.dialog("Set the priority")).toBeVisible();
  await lena.page.keyboard.type("urg");
  await lena.presses("Enter");
  // It comes in by itself on both pages, and is counted.
  await expect(nora.row("A matter that becomes urgent")).toBeVisible();
  await expect(page.getByRole("link", { name: /^On fire\s*1$/ })).toBeVisible();
  await lena.page.getByRole("link", { name: /^On fire/ }).click();
  await expect(lena.row("A matter that becomes urgent")).toBeVisible();
  await expect(lena.page.getByRole("button", { name: "Change this view" })).toBeHidden();
  await expect(page.getByRole("button", { name: "Change this view" })).toBeVisible();
});

/** As `<input type=datetime-local>` takes it, in the browser's own zone, which is this machine's. */
function tomorrow(): string {
  const date = new Date(Date.now() + 24 * 60 * 60 * 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
