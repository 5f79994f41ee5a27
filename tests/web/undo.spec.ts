// Undo send: a reply waits ten seconds, can be taken back until then, and is lost by nothing.

import { type Browser, expect } from "@playwright/test";
import { test } from "./fixtures.ts";
import { Agent, type Device, Requester } from "./people.ts";
import type { Hub } from "./hub.ts";
import { png } from "./pictures.ts";

const AMINA = { email: "amina@example.org", name: "Amina Haddad" };
const WORDS = {
  en: { undo: /^Undo \(\d+ s\)$/, and_solve: "Send and solve", held: "Undo send" },
  fr: { undo: /^Annuler \(\d+ s\)$/, and_solve: "Envoyer et résoudre", held: "Annuler l’envoi" },
};

async function atTheTicket(browser: Browser, hub: Hub, device: Device) {
  const nora = await Agent.becomesFirstAdmin(browser, hub, { ...device, undoes: true });
  const amina = await Requester.arrives(browser, hub);
  await amina.asks("Is it sent yet?", AMINA);
  await nora.view("unassigned").click();
  await nora.opens("Is it sent yet?");
  return { nora, amina, words: WORDS[device.language ?? "en"], box: nora.page.getByRole("textbox", { name: nora.words.reply }) };
}

for (const language of ["en", "fr"] as const) {
  test(`a reply is taken back by a key, joined with what was typed meanwhile, and sent once (${language})`, async ({ browser, hub }) => {
    const { nora, amina, words, box } = await atTheTicket(browser, hub, { language });
    const { page } = nora;
    await page.clock.install();
    await page.keyboard.press("Escape");
    await page.keyboard.press("r");
    await page.keyboard.type("Wrong words");
    await nora.attaches(png("proof.png", 40, 30));
    await box.press("Control+Enter");
    await nora.sees("Wrong words");
    const undo = page.getByRole("button", { name: words.undo });
    await expect(undo).toBeVisible();
    await page.keyboard.type("and more");
    await page.keyboard.press("Escape");
    await page.keyboard.press("u");
    // Not a letter is lost between the key and the field.
    await page.keyboard.type("!");
    await expect(box).toHaveValue("Wrong words\n\nand more!");
    await expect(nora.file("proof.png")).toBeVisible();
    await expect(undo).toBeHidden();
    await page.clock.runFor(20_000);
    await expect(nora.bubble("Wrong words")).toHaveCount(0);
    await box.fill("The right words");
    await box.press("Control+Enter");
    await page.clock.runFor(10_000);
    await amina.sees("The right words");
    expect(await amina.conversation()).toEqual(["Is it sent yet?", "The right words"]);
  });
}

test("a held reply outlives a reload and the close of its tab, and is solved after it went", async ({ browser, hub }) => {
  const { nora, amina, words, box } = await atTheTicket(browser, hub, {});
  const { page } = nora;
  // The longest there is: a busy machine takes its time over a reload.
  await page.evaluate(() => localStorage.setItem("guichet.undo-send", "20"));
  await page.reload();
  await box.fill("Done, all is well");
  await box.press("Control+Shift+Enter");
  await expect(page.getByRole("button", { name: words.undo })).toBeVisible();
  await page.reload();
  await nora.sees("Done, all is well");
  await expect(page.getByRole("button", { name: words.undo })).toBeVisible();
  await expect(page.getByRole("button", { name: nora.words.solve })).toBeVisible();
  expect(await amina.conversation()).toEqual(["Is it sent yet?"]);
  const other = await nora.context.newPage();
  await other.goto(page.url());
  await page.close();
  await amina.sees("Done, all is well");
  await expect(other.getByRole("button", { name: nora.words.reopen })).toBeVisible();
  expect(await amina.conversation()).toEqual(["Is it sent yet?", "Done, all is well"]);
});

test("the time is chosen in the preferences, by keyboard, and kept in this browser", async ({ browser, hub }) => {
  const { nora, amina, words, box } = await atTheTicket(browser, hub, {});
  const { page } = nora;
  const at = page.url();
  await page.goto(`${hub.origin}/agent#/settings/preferences`);
  const group = page.getByRole("radiogroup", { name: words.held });
  await expect(group.getByRole("radio", { name: "10 s" })).toBeChecked();
  await group.getByRole("radio", { name: "10 s" }).focus();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await page.goto(at);
  await page.reload();
  await box.fill("At once");
  await box.press("Control+Enter");
  await amina.sees("At once");
  await nora.findsThePageAccessible();
});
