// Merging by keyboard: the agent's dialog, both pages live, and the text that was written meanwhile.

import { expect } from "@playwright/test";
import { test } from "./fixtures.ts";
import { Agent, type Language, Requester } from "./people.ts";

const WORDS = {
  en: {
    title: "Merge into another ticket",
    find: "Number or subject",
    sure: "Merge these tickets?",
    warning: /cannot be undone/,
    merged: /This ticket was merged\. It goes on in #\d+\./,
    goes_on: /This request was merged\. It goes on in request \d+\./,
    open: /^Open request \d+$/,
    came: /Another request was merged into this one/,
  },
  fr: {
    title: "Fusionner avec un autre ticket",
    find: "Numéro ou objet",
    sure: "Fusionner ces tickets ?",
    warning: /irréversible/,
    merged: /Ce ticket a été fusionné\. Il continue dans le nº \d+\./,
    goes_on: /Cette demande a été fusionnée\. Elle continue dans la demande \d+\./,
    open: /^Ouvrir la demande \d+$/,
    came: /Une autre demande a été fusionnée avec celle-ci/,
  },
};

for (const language of ["en", "fr"] as Language[]) {
  test(`an agent merges two tickets by keyboard, and both pages lead on (${language})`, async ({ browser, hub }) => {
    const w = WORDS[language];
    const nora = await Agent.becomesFirstAdmin(browser, hub, { language });
    const amina = await Requester.arrives(browser, hub, { language });
    await amina.signsIn("amina@example.org");
    await amina.asks("Charged twice, again");
    await amina.asks("Charged twice, first");
    await nora.view("unassigned").click();
    await nora.opens("Charged twice, first");
    const { page } = nora;
    await page.keyboard.press("Escape");
    await page.keyboard.press("m");
    await expect(page.getByRole("dialog", { name: w.title })).toBeVisible();
    await expect(page.getByRole("combobox", { name: w.find })).toBeFocused();
    await expect(page.getByRole("option", { name: /Charged twice, again/ })).toHaveAttribute("aria-selected", "true");
    await page.keyboard.press("Enter");
    const sure = page.getByRole("dialog", { name: w.sure });
    await expect(sure).toContainText("Charged twice, first");
    await expect(sure).toContainText("Charged twice, again");
    await expect(sure).toContainText(w.warning);
    await page.keyboard.press("Enter");
    await expect(page.getByText(w.merged)).toBeVisible();
    await expect(page.getByRole("textbox", { name: nora.words.reply })).toBeHidden();

    // The customer, who looks at the merged one: told at once, and led on.
    await expect(amina.page.getByText(w.goes_on)).toBeVisible();
    await expect(amina.page.getByRole("textbox", { name: amina.words.message })).toBeHidden();
    await amina.page.getByRole("link", { name: w.open }).press("Enter");
    await amina.sees("Charged twice, again");
    await expect(amina.page.getByText(w.came)).toBeVisible();
    await amina.posts("So it goes on here");
    await amina.sees("So it goes on here");
  });
}

test("a text that was written while the network was away goes where the ticket leads, once", async ({ browser, hub }) => {
  const nora = await Agent.becomesFirstAdmin(browser, hub);
  const amina = await Requester.arrives(browser, hub);
  await amina.signsIn("amina@example.org");
  await amina.asks("The living one");
  await amina.asks("The merged one");
  await amina.context.setOffline(true);
  await expect(amina.page.getByText(amina.words.offline).first()).toBeVisible();
  await amina.posts("Written in a tunnel");
  await nora.view("unassigned").click();
  await nora.opens("The merged one");
  const { page } = nora;
  await page.keyboard.press("Escape");
  await page.keyboard.press("m");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Enter");
  await expect(page.getByText(WORDS.en.merged)).toBeVisible();
  await amina.context.setOffline(false);
  await expect(amina.page.getByText(WORDS.en.goes_on)).toBeVisible();
  await amina.page.getByRole("link", { name: WORDS.en.open }).click();
  await amina.sees("Written in a tunnel");
  await page.getByRole("link", { name: /^Open #\d+$/ }).click();
  await nora.sees("Written in a tunnel");
  const texts = await nora.conversation();
  expect(texts.filter((text) => text.includes("Written in a tunnel"))).toHaveLength(1);
});
