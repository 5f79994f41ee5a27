// Merging by keyboard: the agent's dialog, both pages live, and the text that was written meanwhile.

import { expect, type Page } from "@playwright/test";
import { test } from "./fixtures.ts";
import { Agent, type Language, Requester } from "./people.ts";

const WORDS = {
  en: {
    command: "Merge into another ticket",
    title: "Merge into another ticket",
    find: "Number or subject",
    sure: "Merge these tickets?",
    warning: /cannot be undone/,
    merged: /This ticket was merged\. It goes on in #\d+\./,
    chip: "Merged",
    came_here: /Nora Bakker merged another ticket into this one/,
    goes_on: /This request was merged\. It goes on in request \d+\./,
    open: /^Open request \d+$/,
    goes_there: /^Goes on in request \d+$/,
    sent_on: "1 message is sent there.",
    came: /Another request was merged into this one/,
  },
  fr: {
    command: "Fusionner avec un autre ticket",
    title: "Fusionner avec un autre ticket",
    find: "Numéro ou objet",
    sure: "Fusionner ces tickets ?",
    warning: /irréversible/,
    merged: /Ce ticket a été fusionné\. Il continue dans le nº \d+\./,
    chip: "Fusionné",
    came_here: /Nora Bakker a fusionné un autre ticket avec celui-ci/,
    goes_on: /Cette demande a été fusionnée\. Elle continue dans la demande \d+\./,
    open: /^Ouvrir la demande \d+$/,
    goes_there: /^Continue dans la demande \d+$/,
    sent_on: "1 message y est envoyé.",
    came: /Une autre demande a été fusionnée avec celle-ci/,
  },
};

/** From the open ticket, with the focus out of every field. The focus of the last question is where nothing happens. */
async function mergesIntoTheFirstOffered(page: Page): Promise<void> {
  await page.keyboard.press("Shift+M");
  await expect(page.getByRole("combobox")).toBeFocused();
  await expect(page.getByRole("option").first()).toBeVisible();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
}

for (const language of ["en", "fr"] as Language[]) {
  test(`an agent merges two tickets by keyboard, and both pages lead on (${language})`, async ({ browser, hub }) => {
    test.slow();
    const w = WORDS[language];
    const nora = await Agent.becomesFirstAdmin(browser, hub, { language });
    const amina = await Requester.arrives(browser, hub, { language });
    await amina.signsIn("amina@example.org");
    await amina.asks("Charged twice, again");
    await amina.asks("Charged twice, first");
    await nora.view("unassigned").click();
    await nora.opens("Charged twice, first");
    const { page } = nora;
    await page.keyboard.press("Control+K");
    await page.keyboard.type(w.command);
    await page.keyboard.press("Enter");
    await expect(page.getByRole("dialog", { name: w.title })).toBeVisible();
    await expect(page.getByRole("combobox", { name: w.find })).toBeFocused();
    await expect(page.getByRole("option", { name: /Charged twice, again/ })).toHaveAttribute("aria-selected", "true");
    await nora.findsThePageAccessible();
    await page.keyboard.press("Enter");
    const sure = page.getByRole("dialog", { name: w.sure });
    await expect(sure).toContainText("Charged twice, first");
    await expect(sure).toContainText("Charged twice, again");
    await expect(sure).toContainText(w.warning);
    await nora.findsThePageAccessible();
    // The focus is where nothing happens: it cannot be undone.
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await expect(page.getByText(w.merged)).toBeVisible();
    await expect(page.locator(".thread-head").getByText(w.chip, { exact: true })).toBeVisible();
    await expect(page.getByRole("textbox", { name: nora.words.reply })).toBeHidden();
    // Nothing that would be refused is offered.
    await page.keyboard.press("Control+K");
    await page.keyboard.type(w.command);
    await expect(page.getByRole("option", { name: w.command })).toBeHidden();
    await page.keyboard.press("Escape");
    await nora.findsThePageAccessible();
    await nora.view("solved").click();
    await expect(nora.row("Charged twice, first")).toContainText(w.chip);

    // The customer, who looks at the merged one: told at once, and led on.
    await expect(amina.page.getByText(w.goes_on)).toBeVisible();
    await expect(amina.page.getByRole("textbox", { name: amina.words.message })).toBeHidden();
    await amina.findsThePageAccessible();
    await amina.page.getByRole("link", { name: w.open }).press("Enter");
    await amina.sees("Charged twice, again");
    await expect(amina.page.getByText(w.came)).toBeVisible();
    await amina.findsThePageAccessible();
    await amina.posts("So it goes on here");
    await amina.sees("So it goes on here");
    await nora.view("unassigned").click();
    await nora.opens("Charged twice, again");
    await expect(page.getByText(w.came_here)).toBeVisible();
    await nora.sees("So it goes on here");
    await nora.findsThePageAccessible();
  });
}

test("a text that was written while the network was away goes where the ticket leads, once", async ({ browser, hub }) => {
  const nora = await Agent.becomesFirstAdmin(browser, hub);
  const amina = await Requester.arrives(browser, hub);
  await amina.signsIn("amina@example.org");
  await amina.asks("The living one");
  await amina.asks("The merged one");
  await amina.goesOffline();
  await amina.posts("Written in a tunnel");
  await nora.view("unassigned").click();
  await nora.opens("The merged one");
  const { page } = nora;
  await mergesIntoTheFirstOffered(page);
  await expect(page.getByText(WORDS.en.merged)).toBeVisible();
  await amina.comesBack();
  await expect(amina.page.getByText(WORDS.en.goes_on)).toBeVisible();
  await amina.page.getByRole("link", { name: WORDS.en.open }).click();
  await amina.sees("Written in a tunnel");
  await page.getByRole("link", { name: /^Open #\d+$/ }).click();
  await nora.sees("Written in a tunnel");
  const texts = await nora.conversation();
  expect(texts.filter((text) => text.includes("Written in a tunnel"))).toHaveLength(1);
});

test("whoever is writing when a ticket is merged goes on writing, and the text goes where it leads", async ({
  browser,
  hub,
}) => {
  const w = WORDS.en;
  const nora = await Agent.becomesFirstAdmin(browser, hub);
  const amina = await Requester.arrives(browser, hub);
  await amina.signsIn("amina@example.org");
  await amina.asks("The living one");
  await amina.asks("The merged one");
  const field = amina.page.getByRole("textbox", { name: amina.words.message });
  await field.pressSequentially("I was just ");
  await nora.view("unassigned").click();
  await nora.opens("The merged one");
  const { page } = nora;
  await mergesIntoTheFirstOffered(page);
  await expect(amina.page.getByText(w.goes_on)).toBeVisible();
  await expect(field).toBeFocused();
  await expect(amina.page.getByText(w.goes_there)).toBeVisible();
  await amina.findsThePageAccessible();
  await amina.page.keyboard.type("writing");
  await amina.keeps("I was just writing");
  await amina.page.reload();
  await expect(field).toHaveValue("I was just writing");
  await field.press("Enter");
  await expect(field).toBeHidden();
  await expect(amina.page.getByText(w.sent_on)).toBeVisible();
  await amina.page.getByRole("link", { name: w.open }).click();
  await amina.sees("I was just writing");
  await page.getByRole("link", { name: /^Open #\d+$/ }).click();
  await nora.sees("I was just writing");
});

test("a reply that is held when its ticket is merged can be taken back, or goes on there", async ({ browser, hub }) => {
  const nora = await Agent.becomesFirstAdmin(browser, hub, { undoes: true });
  const amina = await Requester.arrives(browser, hub);
  await amina.signsIn("amina@example.org");
  await amina.asks("The living one");
  const living = new URL(amina.page.url()).hash.split("/").at(-1);
  await amina.asks("The merged one");
  const merged = new URL(amina.page.url()).hash.split("/").at(-1);
  await nora.view("unassigned").click();
  await nora.opens("The merged one");
  const { page } = nora;
  await nora.replies("Sent too soon");
  await page.keyboard.press("Escape");
  // As a colleague does it: the reply is held for some seconds only.
  await page.evaluate(
    ([from, into]) =>
      fetch(`/v1/agent/tickets/${from}/actions`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() },
        body: JSON.stringify({ action: "merge", into }),
      }),
    [merged, living],
  );
  await expect(page.getByText(WORDS.en.merged)).toBeVisible();
  await page.keyboard.press("u");
  const field = page.getByRole("textbox", { name: nora.words.reply });
  await expect(field).toHaveValue("Sent too soon");
  await expect(field).toBeFocused();
  await field.press("Control+Enter");
  await page.getByRole("link", { name: /^Open #\d+$/ }).click();
  // It is due in a few seconds, and goes by itself.
  await expect(nora.bubble("Sent too soon")).toBeVisible({ timeout: 20_000 });
  await amina.page.getByRole("link", { name: WORDS.en.open }).click();
  await amina.sees("Sent too soon");
});
