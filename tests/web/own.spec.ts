// What is one's own: a message can be corrected for a while, a name can be given, both shown to the other side at once.

import { expect } from "@playwright/test";
import { test } from "./fixtures.ts";
import { Agent, Requester } from "./people.ts";

const AMINA = { email: "amina@example.org", name: "Amina Haddad" };

for (const device of [
  { language: "en", phone: false },
  { language: "fr", phone: true },
] as const) {
  test(`a guest corrects an own message in place, by keyboard too (${device.language})`, async ({ browser, hub }) => {
    const nora = await Agent.becomesFirstAdmin(browser, hub);
    const amina = await Requester.arrives(browser, hub, device);
    await amina.asks("My order is 4711", AMINA);
    await nora.view("unassigned").click();
    await nora.opens("My order is 4711");
    await nora.replies("Thank you");
    await amina.sees("Thank you");
    const pencil = amina.bubble("My order is 4711").getByRole("button", { name: amina.words.edit });
    await expect(amina.bubble("Thank you").getByRole("button", { name: amina.words.edit })).toHaveCount(0);

    // Escape leaves everything as it was, and the focus where it came from.
    await pencil.focus();
    await amina.page.keyboard.press("Enter");
    const field = amina.page.getByRole("textbox", { name: amina.words.corrected });
    await expect(field).toBeFocused();
    await field.fill("Something else");
    await amina.findsThePageAccessible();
    await amina.page.keyboard.press("Escape");
    await expect(field).toBeHidden();
    await expect(pencil).toBeFocused();
    await amina.sees("My order is 4711");

    await pencil.click();
    await field.fill("My order is 4712");
    await amina.page.getByRole("button", { name: amina.words.save }).click();
    await expect(amina.bubble("My order is 4712")).toContainText(amina.words.edited);
    await expect(nora.bubble("My order is 4712")).toContainText(nora.words.edited);
    await expect(nora.bubble("My order is 4711")).toHaveCount(0);
  });
}

test("a correction that does not arrive keeps its text and says so; an agent corrects with the same box", async ({ browser, hub }) => {
  const nora = await Agent.becomesFirstAdmin(browser, hub);
  const amina = await Requester.arrives(browser, hub);
  await amina.asks("Before the outage", AMINA);
  await nora.view("unassigned").click();
  await nora.opens("Before the outage");
  await nora.replies("An answer with a mistaek");
  await hub.kill();
  await amina.bubble("Before the outage").getByRole("button", { name: amina.words.edit }).click();
  const field = amina.page.getByRole("textbox", { name: amina.words.corrected });
  await field.fill("Corrected in the outage");
  await amina.page.getByRole("button", { name: amina.words.save }).click();
  await expect(amina.page.locator(".edit-box .field-error")).toBeVisible({ timeout: 20_000 });
  await expect(field).toHaveValue("Corrected in the outage");
  await hub.again();
  await amina.page.getByRole("button", { name: amina.words.save }).click();
  await expect(nora.bubble("Corrected in the outage")).toHaveCount(1, { timeout: 30_000 });

  await nora.bubble("mistaek").getByRole("button", { name: nora.words.message_menu }).click();
  await nora.page.getByRole("menuitem", { name: nora.words.edit_item }).click();
  const own = nora.page.getByRole("textbox", { name: nora.words.corrected });
  await own.fill("An answer without a mistake");
  await own.press("Control+Enter");
  await expect(amina.bubble("An answer without a mistake")).toContainText(amina.words.edited);
});

test("a customer says how to be addressed, and agents see it", async ({ browser, hub }) => {
  const nora = await Agent.becomesFirstAdmin(browser, hub);
  const amina = await Requester.arrives(browser, hub);
  await amina.page.goto(hub.origin);
  await expect(amina.page.getByRole("heading", { level: 1, name: amina.words.welcome })).toBeVisible();
  await amina.signsIn("amina@example.org");
  await amina.asks("Who am I to you?");
  await nora.view("unassigned").click();
  await nora.opens("Who am I to you?");
  await amina.page.goto(`${hub.origin}/#/tickets`);
  await amina.page.getByRole("button", { name: amina.words.address_me }).click();
  const dialog = amina.page.getByRole("dialog");
  await dialog.getByRole("button", { name: amina.words.save }).click();
  await expect(dialog.getByLabel(amina.words.name)).toHaveAttribute("aria-invalid", "true");
  await dialog.getByLabel(amina.words.name).fill("Amina Haddad");
  // Selecting what was typed may end beside the dialog.
  await dialog.getByLabel(amina.words.name).hover();
  await amina.page.mouse.down();
  await amina.page.mouse.move(5, 5);
  await amina.page.mouse.up();
  await expect(dialog.getByLabel(amina.words.name)).toHaveValue("Amina Haddad");
  await amina.findsThePageAccessible();
  await dialog.getByRole("button", { name: amina.words.save }).click();
  await expect(amina.page.getByRole("heading", { level: 1 })).toHaveText("Hello Amina Haddad");
  await expect(amina.page.getByRole("button", { name: amina.words.address_me })).toHaveCount(0);
  await nora.page.reload();
  await expect(nora.row("Who am I to you?")).toContainText("Amina Haddad");

  // Later it is changed from the menu.
  await amina.page.getByRole("button", { name: amina.words.menu }).click();
  await amina.page.getByRole("menuitem", { name: amina.words.name }).click();
  await dialog.getByLabel(amina.words.name).fill("Dr. Haddad");
  await dialog.getByRole("button", { name: amina.words.save }).click();
  await expect(amina.page.getByRole("heading", { level: 1 })).toHaveText("Hello Dr. Haddad");
  await amina.page.getByRole("link", { name: /Who am I to you/ }).click();
  await amina.posts("With a new name");
  await expect(nora.bubble("With a new name")).toContainText("Dr. Haddad");
});
