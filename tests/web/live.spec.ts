// The main job: a guest or a customer asks, an agent answers, both live, whatever breaks between.

import { expect } from "@playwright/test";
import { test } from "./fixtures.ts";
import { Agent, Requester } from "./people.ts";

const AMINA = { email: "amina@example.org", name: "Amina Haddad" };

for (const device of [
  { language: "en", phone: false },
  { language: "fr", phone: true },
] as const) {
  test(`a guest asks and an agent answers, live (${device.language}, ${device.phone ? "phone" : "desktop"})`, async ({
    browser,
    hub,
  }) => {
    const nora = await Agent.becomesFirstAdmin(browser, hub);
    await nora.view("unassigned").click();
    const amina = await Requester.arrives(browser, hub, device);
    await amina.asks("My card was charged twice", AMINA);
    await expect(amina.page.getByText(amina.words.not_confirmed)).toBeVisible();

    await nora.opens("My card was charged twice");
    await expect(nora.page.getByText(nora.words.agent_not_confirmed).first()).toBeVisible();
    await nora.replies("Which transaction is it?");
    await amina.sees("Which transaction is it?");
    await amina.posts("TX-8842-19F");
    await nora.sees("TX-8842-19F");
    await amina.findsSeen("TX-8842-19F");

    await nora.solves();
    await expect(amina.page.getByText(amina.words.solved)).toBeVisible();
    await amina.posts("It happened again");
    await nora.sees("It happened again");
    await expect(nora.page.getByRole("button", { name: nora.words.solve })).toBeVisible();
  });
}

test("a note is never on the requester's page, and a draft of one cannot leave as a reply", async ({ browser, hub }) => {
  const nora = await Agent.becomesFirstAdmin(browser, hub);
  const amina = await Requester.arrives(browser, hub);
  const received: string[] = [];
  amina.page.on("websocket", (socket) => socket.on("framereceived", (frame) => received.push(String(frame.payload))));
  await amina.asks("Is my data safe?", AMINA);
  await nora.view("unassigned").click();
  await nora.opens("Is my data safe?");
  await nora.notes("CANARY: she is on the list");
  await nora.page.getByRole("button", { name: nora.words.kinds.note, exact: true }).click();
  await nora.page.getByRole("textbox", { name: nora.words.note }).fill("CANARY draft");
  await nora.page.getByRole("button", { name: nora.words.kinds.reply, exact: true }).click();
  await expect(nora.page.getByRole("textbox", { name: nora.words.reply })).toHaveValue("");
  await nora.replies("Yes, it is.");
  await amina.sees("Yes, it is.");
  await amina.page.reload();
  await amina.sees("Yes, it is.");
  expect(await amina.page.content()).not.toContain("CANARY");
  expect(received.join("\n")).toContain("Yes, it is.");
  expect(received.join("\n")).not.toContain("CANARY");
  await nora.page.reload();
  // By then it is called "Note, has a draft".
  await nora.page.getByRole("button", { name: /^Note.*has a draft$/ }).click();
  await expect(nora.page.getByRole("textbox", { name: nora.words.note })).toHaveValue("CANARY draft");
});

test("the hub is killed mid-sentence and started again: both pages go on by themselves", async ({ browser, hub }) => {
  const nora = await Agent.becomesFirstAdmin(browser, hub);
  const amina = await Requester.arrives(browser, hub);
  await amina.asks("Before the crash", AMINA);
  await nora.view("unassigned").click();
  await nora.opens("Before the crash");
  await hub.kill();
  await amina.posts("Written while it was down");
  await nora.page.getByRole("textbox", { name: nora.words.reply }).fill("And so was this");
  await nora.page.getByRole("textbox", { name: nora.words.reply }).press("Control+Enter");
  await hub.again();
  // Back-off is at most 20 s.
  await expect(nora.bubble("Written while it was down")).toHaveCount(1, { timeout: 30_000 });
  await expect(amina.bubble("And so was this")).toHaveCount(1, { timeout: 30_000 });
  expect((await amina.conversation()).sort()).toEqual((await nora.conversation()).sort());
});

test("what is written offline, even over a reload, is sent once when the line is back", async ({ browser, hub }) => {
  const nora = await Agent.becomesFirstAdmin(browser, hub);
  const amina = await Requester.arrives(browser, hub);
  await amina.asks("On the train", AMINA);
  await nora.view("unassigned").click();
  await nora.opens("On the train");
  await hub.kill();
  await amina.posts("first in the tunnel");
  await amina.posts("second in the tunnel");
  await amina.page.getByRole("textbox", { name: amina.words.message }).fill("half a sentence");
  await hub.again();
  await amina.page.reload();
  await nora.sees("first in the tunnel");
  await nora.sees("second in the tunnel");
  const told = (await nora.conversation()).filter((text) => text.includes("tunnel"));
  expect(told).toEqual(["first in the tunnel", "second in the tunnel"]);
  await expect(amina.page.getByRole("textbox", { name: amina.words.message })).toHaveValue("half a sentence");
});

test("a customer signs in with a code and finds all tickets, live", async ({ browser, hub }) => {
  const nora = await Agent.becomesFirstAdmin(browser, hub);
  const amina = await Requester.arrives(browser, hub);
  await amina.signsIn("amina@example.org");
  await amina.asks("Where is my order?");
  await amina.page.goto(`${hub.origin}/#/tickets`);
  const row = amina.page.getByRole("listitem").filter({ hasText: "Where is my order?" });
  await expect(row).toBeVisible();
  await nora.view("unassigned").click();
  await nora.opens("Where is my order?");
  await nora.replies("It left this morning");
  await expect(row).toContainText("It left this morning");
  await expect(row).toContainText("1");
  // Another device of the same person.
  const phone = await Requester.arrives(browser, hub, { phone: true });
  await phone.signsIn("amina@example.org");
  await phone.page.goto(`${hub.origin}/#/tickets`);
  await phone.page.getByRole("link", { name: /Where is my order/ }).click();
  await phone.sees("It left this morning");
  // Read on one, read on the other.
  await expect(row).not.toContainText("unread");
});

test("a guest ticket opened with the same address is offered and joins the account", async ({ browser, hub }) => {
  const amina = await Requester.arrives(browser, hub);
  await amina.asks("Asked without signing in", AMINA);
  const later = await Requester.arrives(browser, hub);
  await later.signsIn(AMINA.email);
  await later.page.goto(`${hub.origin}/#/tickets`);
  await later.page.getByRole("button", { name: "Add to my tickets" }).click();
  await later.page.getByRole("link", { name: /Asked without signing in/ }).click();
  await later.sees("Asked without signing in");
});
