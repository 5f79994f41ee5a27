// The desk by keyboard alone: the command bar, and keys of one's own.

import { type Browser, expect, type Page } from "@playwright/test";
import { test } from "./fixtures.ts";
import type { Hub } from "./hub.ts";
import { Agent, type Device, Requester } from "./people.ts";

const AMINA = { email: "amina@example.org", name: "Amina Haddad" };
const WORDS = {
  en: { bar: "Commands", reply: "write reply", assign: "assign lena", assigned: /assigned this to Léna Morel/, note: "note",
    dark: "appearance dark", solved: "go solved", change: "Change the key of: Write a reply", press: /^Press a key/,
    remove: "Remove the key of: Write a note", taken: "E belongs to “Solve or reopen”.", take: "Use it here",
    reset: "Back to the usual keys", sign_out: "sign out", unassigned: "go unassigned" },
  fr: { bar: "Commandes", reply: "ecrire rep", assign: "attribuer lena", assigned: /a attribué ce ticket à Léna Morel/, note: "note",
    dark: "apparence sombre", solved: "aller resolus", change: "Changer la touche de : Écrire une réponse", press: /^Appuyez/,
    remove: "Retirer la touche de : Écrire une note", taken: "E sert déjà à « Résoudre ou rouvrir ».", take: "La prendre ici",
    reset: "Revenir aux touches habituelles", sign_out: "se deconnecter", unassigned: "aller non attribues" },
};

async function twoTickets(browser: Browser, hub: Hub, device: Device) {
  const nora = await Agent.becomesFirstAdmin(browser, hub, device);
  for (const [text, who] of [["First matter", AMINA], ["Second matter", { email: "m@example.org", name: "Mathis Dubois" }]] as const) {
    const person = await Requester.arrives(browser, hub);
    await person.asks(text, who);
  }
  await nora.view("unassigned").click();
  await expect(nora.row("First matter")).toBeVisible();
  return { nora, page: nora.page, words: WORDS[device.language ?? "en"] };
}

/** Opens the bar and chooses by typing. */
async function chooses(page: Page, bar: string, typed: string): Promise<void> {
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("dialog", { name: bar })).toBeVisible();
  await page.keyboard.type(typed);
  await expect(page.getByRole("dialog", { name: bar }).getByRole("option").first()).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Enter");
}

for (const language of ["en", "fr"] as const) {
  test(`everything is done from the command bar (${language})`, async ({ browser, hub }) => {
    const { nora, page, words } = await twoTickets(browser, hub, { language });
    const link = await nora.invites("Léna Morel", "lena@verso.example");
    await Agent.followsInvite(browser, hub, link);
    await nora.view("unassigned").click();
    await page.reload();
    await expect(nora.row("First matter")).toBeVisible();
    await chooses(page, words.bar, "first mat");
    await expect(page.getByRole("heading", { name: "First matter" })).toBeVisible();
    const box = page.getByRole("textbox", { name: nora.words.reply });
    await expect(box).toBeVisible();

    // Typed on at once, the bar still closing: not a letter may be lost, nor go elsewhere.
    await page.keyboard.press("Control+k");
    await page.keyboard.type(`${words.reply}\nHello Amina, at once`);
    await expect(box).toBeFocused();
    await expect(box).toHaveValue("Hello Amina, at once");

    // From within a field too; Escape gives the focus back where it was.
    await page.keyboard.press("Control+k");
    await expect(page.getByRole("combobox")).toBeFocused();
    await nora.findsThePageAccessible();
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toBeHidden();
    await expect(box).toBeFocused();

    await chooses(page, words.bar, words.assign);
    await expect(page.getByText(words.assigned)).toBeVisible();
    await chooses(page, words.bar, words.dark);
    await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
    await chooses(page, words.bar, words.solved);
    await expect(nora.view("solved")).toHaveAttribute("aria-current", "page");
    await page.keyboard.press("Control+k");
    await page.keyboard.type("xyzzy nothing");
    await expect(page.getByRole("option")).toHaveCount(0);
    await page.keyboard.press("Enter");
    await expect(page.getByRole("dialog", { name: words.bar })).toBeVisible();
    await page.keyboard.press("Escape");
  });

  test(`keys are changed, taken over, removed and reset (${language})`, async ({ browser, hub }) => {
    const { nora, page, words } = await twoTickets(browser, hub, { language });
    await page.keyboard.press("g");
    await page.keyboard.press("p");
    const change = page.getByRole("button", { name: words.change });
    await change.focus();
    await page.keyboard.press("Enter");
    await expect(page.getByRole("button", { name: words.press })).toBeFocused();
    await page.keyboard.press("z");
    await expect(change).toBeFocused();
    await page.getByRole("button", { name: words.remove }).focus();
    await page.keyboard.press("Enter");
    await nora.findsThePageAccessible();
    // Kept, and what is shown of keys follows.
    await page.reload();
    await expect(change).toBeVisible();
    await page.keyboard.press("?");
    const help = page.getByRole("dialog", { name: nora.words.keys });
    await expect(help.locator("dt", { hasText: /^Z$/ })).toBeVisible();
    await expect(help.locator("dt", { hasText: /^R$/ })).toHaveCount(0);
    await page.keyboard.press("Escape");
    await page.keyboard.press("g");
    await page.keyboard.press("u");
    await chooses(page, words.bar, "first mat");
    const box = page.getByRole("textbox", { name: nora.words.reply });
    await expect(page.getByRole("button", { name: nora.words.kinds.reply, exact: true })).toHaveAttribute("aria-keyshortcuts", "Z");
    await expect(page.getByRole("button", { name: nora.words.kinds.note, exact: true })).not.toHaveAttribute("aria-keyshortcuts");
    await page.keyboard.press("n");
    await page.keyboard.press("r");
    await page.keyboard.press("z");
    await expect(box).toBeFocused();
    await page.keyboard.press("Escape");
    // A key that another command has is asked about.
    await page.keyboard.press("g");
    await page.keyboard.press("p");
    await change.focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("e");
    await expect(page.getByText(words.taken)).toBeVisible();
    await nora.findsThePageAccessible();
    await page.getByRole("button", { name: words.take }).focus();
    await page.keyboard.press("Enter");
    await expect(page.getByText(words.taken)).toBeHidden();
    await page.getByRole("button", { name: words.reset }).focus();
    await page.keyboard.press("Enter");
    await expect(page.getByRole("button", { name: words.reset })).toBeDisabled();
  });
}

test("signing out from the bar asks first when something would be lost", async ({ browser, hub }) => {
  const { nora, page, words } = await twoTickets(browser, hub, {});
  // What the hub has is there at the next sign-in: only what did not reach it would be lost.
  await page.route("**/drafts/reply", (route) => route.abort());
  await chooses(page, words.bar, "first mat");
  await page.getByRole("textbox", { name: nora.words.reply }).fill("half a reply");
  await expect(page.getByText("Draft kept")).toBeVisible();
  await chooses(page, words.bar, words.sign_out);
  await expect(page).toHaveURL(/settings\/me/);
  await page.unroute("**/drafts/reply");
  await page.goto(`${hub.origin}/agent#/unassigned`);
  await chooses(page, words.bar, "first mat");
  await page.getByRole("textbox", { name: nora.words.reply }).fill("");
  await chooses(page, words.bar, words.sign_out);
  await expect(page.getByLabel(nora.words.password)).toBeVisible();
});
