// The console by keyboard, several agents, and the ends of a login.

import { expect } from "@playwright/test";
import { test } from "./fixtures.ts";
import { Agent, Requester } from "./people.ts";

const AMINA = { email: "amina@example.org", name: "Amina Haddad" };

test("an agent works by keyboard alone, and single keys can be switched off", async ({ browser, hub }) => {
  const nora = await Agent.becomesFirstAdmin(browser, hub);
  const amina = await Requester.arrives(browser, hub);
  await amina.asks("First matter", AMINA);
  const mathis = await Requester.arrives(browser, hub);
  await mathis.asks("Second matter", { email: "mathis@example.org", name: "Mathis Dubois" });
  const { page } = nora;
  await page.keyboard.press("g");
  await page.keyboard.press("u");
  await expect(nora.row("Second matter")).toBeVisible();
  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "First matter" })).toBeVisible();
  await page.keyboard.press("r");
  await page.keyboard.type("Hello Amina");
  await page.keyboard.press("Control+Enter");
  await amina.sees("Hello Amina");
  await page.keyboard.press("Escape");
  await page.keyboard.press("n");
  await expect(page.getByRole("textbox", { name: nora.words.note })).toBeFocused();
  await page.keyboard.press("Escape");
  await page.keyboard.press("e");
  await expect(page.getByRole("button", { name: nora.words.reopen })).toBeVisible();
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
});

test("an invited agent answers, two agents see each other, and the second to solve is told", async ({ browser, hub }) => {
  const nora = await Agent.becomesFirstAdmin(browser, hub);
  const link = await nora.invites("Léna Morel", "lena@verso.example");
  const lena = await Agent.followsInvite(browser, hub, link, { language: "fr" });
  const amina = await Requester.arrives(browser, hub);
  await amina.asks("Who looks at this?", AMINA);
  await nora.view("unassigned").click();
  await nora.opens("Who looks at this?");
  await lena.view("unassigned").click();
  await lena.opens("Who looks at this?");
  await expect(nora.page.getByText(/Léna.* is viewing/)).toBeVisible();
  await lena.replies("Je regarde");
  await nora.sees("Je regarde");
  await amina.sees("Je regarde");
  await nora.solves();
  await expect(lena.page.getByRole("button", { name: lena.words.reopen })).toBeVisible();
});

test("an admin who ends all sessions sends the other browser back to sign-in, with the draft kept", async ({
  browser,
  hub,
}) => {
  const nora = await Agent.becomesFirstAdmin(browser, hub);
  const amina = await Requester.arrives(browser, hub);
  await amina.asks("A draft begins", AMINA);
  await nora.view("unassigned").click();
  await nora.opens("A draft begins");
  await nora.page.getByRole("textbox", { name: nora.words.reply }).fill("half a reply");
  // Kept once it is written down, which the composer says.
  await expect(nora.page.getByText("Draft kept")).toBeVisible();
  await nora.page.evaluate(() =>
    fetch("/v1/agent/sign-out-everywhere", { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" }),
  );
  const { page } = nora;
  await page.getByLabel(nora.words.agent_email).fill("nora@verso.example");
  await page.getByLabel(nora.words.password).fill("three plain words suffice");
  await page.getByRole("button", { name: nora.words.sign_in }).click();
  await expect(page.getByRole("textbox", { name: nora.words.reply })).toHaveValue("half a reply");
});
