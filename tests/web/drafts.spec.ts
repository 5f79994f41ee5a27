// One agent at two devices: what is begun on one is gone on with on the other, and nothing typed is ever lost.

import { type Browser, expect, type Locator } from "@playwright/test";
import { test } from "./fixtures.ts";
import type { Hub } from "./hub.ts";
import { PASSWORD, Agent, type Device, Requester } from "./people.ts";

const AMINA = { email: "amina@example.org", name: "Amina Haddad" };
const WORDS = {
  en: {
    draft: "Draft",
    other: "You wrote something else on another device",
    take: "Add it to this text",
    leave: "Discard it",
  },
  fr: {
    draft: "Brouillon",
    other: "Vous avez écrit autre chose sur un autre appareil",
    take: "L’ajouter à ce texte",
    leave: "L’abandonner",
  },
};

/** The same agent, at the same ticket, in two browsers. */
async function atTwoDevices(browser: Browser, hub: Hub, device: Device = {}) {
  const desk = await Agent.becomesFirstAdmin(browser, hub, device);
  const phone = await Agent.signsIn(browser, hub, "nora@verso.example", PASSWORD, device);
  const amina = await Requester.arrives(browser, hub);
  await amina.asks("Where is my card?", AMINA);
  const words = WORDS[device.language ?? "en"];
  const at = async (agent: Agent) => {
    await agent.view("open").click();
    await agent.opens("Where is my card?");
    return agent.page.getByRole("textbox", { name: agent.words.reply });
  };
  const marked = (agent: Agent): Locator => agent.row("Where is my card?").getByText(words.draft, { exact: true });
  return { desk, phone, amina, words, at, marked };
}

test("a reply is begun on one device, gone on with on another, and sent there", async ({ browser, hub }) => {
  const { desk, phone, amina, at, marked } = await atTwoDevices(browser, hub);
  const box = await at(desk);
  await phone.view("open").click();
  await expect(phone.row("Where is my card?")).toBeVisible();
  await expect(marked(phone)).toHaveCount(0);
  await box.pressSequentially("It is on ");
  // The other device's list knows of it, without the ticket being open there, and after a reload.
  await expect(marked(phone)).toBeVisible();
  await expect(marked(desk)).toBeVisible();
  await phone.page.reload();
  await expect(marked(phone)).toBeVisible();
  const other_box = await at(phone);
  await expect(other_box).toHaveValue("It is on ");
  await other_box.press("End");
  await other_box.pressSequentially("its way");
  await expect(box).toHaveValue("It is on its way");
  // A note is a draft of its own.
  await desk.page.getByRole("button", { name: desk.words.kinds.note, exact: true }).click();
  await desk.page.getByRole("textbox", { name: desk.words.note }).fill("ask the bank");
  await expect(phone.page.getByText("has a draft")).toHaveCount(1);
  await desk.page.getByRole("textbox", { name: desk.words.note }).fill("");
  await expect(phone.page.getByText("has a draft")).toHaveCount(0);
  await desk.page.getByRole("button", { name: /^Reply\b/ }).click();
  await expect(box).toHaveValue("It is on its way");

  await other_box.press("Control+Enter");
  await amina.sees("It is on its way");
  await expect(box).toHaveValue("");
  await expect(other_box).toHaveValue("");
  await expect(marked(desk)).toHaveCount(0);
  await expect(marked(phone)).toHaveCount(0);
  await desk.page.reload();
  await expect(box).toHaveValue("");
  await expect(marked(desk)).toHaveCount(0);
  expect(await amina.conversation()).toEqual(["Where is my card?", "It is on its way"]);
});

for (const language of ["en", "fr"] as const) {
  test(`where both devices wrote, both texts stay until it is decided (${language})`, async ({ browser, hub }) => {
    test.setTimeout(600_000);
    const { desk, phone, words, at } = await atTwoDevices(browser, hub, { language });
    const box = await at(desk);
    const other_box = await at(phone);
    await box.fill("Common");
    await expect(other_box).toHaveValue("Common");
    // Offline the one goes on; the other does meanwhile.
    await desk.goesOffline();
    await box.fill("Common, and the desk’s");
    await other_box.fill("Common, and the phone’s");
    await expect
      .poll(async () =>
        phone.page.evaluate(async () => {
          const id = location.hash.split("/")[2];
          const answer = await fetch(`/v1/agent/tickets/${id}/drafts`);
          return ((await answer.json()) as { drafts: { text: string }[] }).drafts.map(({ text }) => text);
        }),
      )
      .toEqual(["Common, and the phone’s"]);
    await desk.comesBack();
    const offer = desk.page.getByRole("region", { name: words.other });
    await expect(offer).toContainText("Common, and the phone’s");
    await expect(box).toHaveValue("Common, and the desk’s");
    await desk.findsThePageAccessible();
    // Over a reload, too.
    await desk.page.reload();
    await expect(offer).toContainText("Common, and the phone’s");
    await expect(box).toHaveValue("Common, and the desk’s");
    if (language === "en") {
      await offer.getByRole("button", { name: words.take }).click();
      await expect(offer).toHaveCount(0);
      await expect(box).toHaveValue("Common, and the phone’s\n\nCommon, and the desk’s");
      await expect(other_box).toHaveValue("Common, and the phone’s\n\nCommon, and the desk’s");
    } else {
      await offer.getByRole("button", { name: words.leave }).click();
      await expect(offer).toHaveCount(0);
      await expect(box).toHaveValue("Common, and the desk’s");
      await expect(other_box).toHaveValue("Common, and the desk’s");
    }
  });
}

test("what is sent from one device empties an untouched composer, and leaves another text", async ({ browser, hub }) => {
  const { desk, phone, amina, at } = await atTwoDevices(browser, hub);
  const box = await at(desk);
  const other_box = await at(phone);
  await box.fill("First words");
  await expect(other_box).toHaveValue("First words");
  await phone.goesOffline();
  await other_box.fill("First words, and more");
  await box.press("Control+Enter");
  await amina.sees("First words");
  await expect(box).toHaveValue("");
  await phone.comesBack();
  await phone.sees("First words");
  await expect(other_box).toHaveValue("First words, and more");
  // It is a draft of its own now, on both.
  await expect(box).toHaveValue("First words, and more");
});

test("a reply that is taken back is the draft that it was, on both devices", async ({ browser, hub }) => {
  const { desk, phone, amina, at } = await atTwoDevices(browser, hub, { undoes: true });
  const box = await at(desk);
  const other_box = await at(phone);
  await box.fill("Too soon");
  await expect(other_box).toHaveValue("Too soon");
  await box.press("Control+Enter");
  await expect(box).toHaveValue("");
  // It may still come back: nothing is taken from the other device.
  await expect(other_box).toHaveValue("Too soon");
  await desk.page.getByRole("button", { name: /^Undo \(\d+ s\)$/ }).click();
  await expect(box).toHaveValue("Too soon");
  await box.press("End");
  await box.pressSequentially(", or not");
  await expect(other_box).toHaveValue("Too soon, or not");
  await other_box.press("Control+Enter");
  await amina.sees("Too soon, or not");
  await expect(box).toHaveValue("");
  expect(await amina.conversation()).toEqual(["Where is my card?", "Too soon, or not"]);
});

test("a draft written offline reaches the hub after a reload, and signing out leaves it there", async ({ browser, hub }) => {
  const { desk, phone, at, marked } = await atTwoDevices(browser, hub);
  const box = await at(desk);
  await desk.goesOffline();
  await box.fill("Written in a tunnel");
  await expect(marked(desk)).toBeVisible();
  await desk.page.getByRole("link", { name: desk.words.views.unassigned }).click();
  await desk.comesBack();
  const other_box = await at(phone);
  await expect(other_box).toHaveValue("Written in a tunnel");
  // Nothing would be lost: nobody is asked. This browser forgets its copy.
  await desk.page.goto(`${hub.origin}/agent#/settings/me`);
  await desk.page.getByRole("button", { name: desk.words.sign_out, exact: true }).click();
  await expect(desk.page.getByLabel(desk.words.agent_email)).toBeVisible();
  const left = await desk.page.evaluate(async () => {
    const open = indexedDB.open("guichet");
    const db = await new Promise<IDBDatabase>((resolve) => {
      open.onsuccess = () => resolve(open.result);
    });
    const all = db.transaction("drafts").objectStore("drafts").getAllKeys();
    return new Promise((resolve) => {
      all.onsuccess = () => resolve(all.result);
    });
  });
  expect(left).toEqual([]);
  const back = await Agent.signsIn(browser, hub, "nora@verso.example", PASSWORD);
  await expect(await at(back)).toHaveValue("Written in a tunnel");
});

test("a merged ticket's draft is offered where it is, and what is sent of it goes on", async ({ browser, hub }) => {
  const desk = await Agent.becomesFirstAdmin(browser, hub);
  const phone = await Agent.signsIn(browser, hub, "nora@verso.example", PASSWORD);
  const amina = await Requester.arrives(browser, hub);
  await amina.signsIn("amina@example.org");
  await amina.asks("Charged twice, again");
  await amina.asks("Charged twice, first");
  await desk.view("open").click();
  await desk.opens("Charged twice, first");
  const box = desk.page.getByRole("textbox", { name: desk.words.reply });
  await box.fill("We pay it back");
  await phone.view("open").click();
  await expect(phone.row("Charged twice, first").getByText("Draft", { exact: true })).toBeVisible();
  await box.press("Escape");
  await desk.page.keyboard.press("Shift+M");
  await expect(desk.page.getByRole("option").first()).toBeVisible();
  await desk.page.keyboard.press("Enter");
  await desk.page.keyboard.press("Tab");
  await desk.page.keyboard.press("Enter");
  await expect(desk.page.getByText(/This ticket was merged/)).toBeVisible();
  await expect(box).toHaveValue("We pay it back");

  // Nothing of it was on the other device yet.
  await phone.view("solved").click();
  await phone.row("Charged twice, first").getByRole("link").first().click();
  const other_box = phone.page.getByRole("textbox", { name: phone.words.reply });
  await expect(other_box).toHaveValue("We pay it back");
  await other_box.press("Control+Enter");
  await amina.page.getByRole("link", { name: /^Open request \d+$/ }).click();
  await amina.sees("We pay it back");
  for (const [agent, field] of [[desk, box], [phone, other_box]] as const) {
    await expect(field).toHaveCount(0);
    await expect(agent.row("Charged twice, first").getByText("Draft", { exact: true })).toHaveCount(0);
  }
});
