// Two agents who answer the same person at the same time: both are told, and nothing is lost.

import { expect } from "@playwright/test";
import { test } from "./fixtures.ts";
import { Agent, Requester } from "./people.ts";

test("the second of two who write is asked once before it goes", async ({ browser, hub }) => {
  const nora = await Agent.becomesFirstAdmin(browser, hub);
  const link = await nora.page.evaluate(async () => {
    const answer = await fetch("/v1/agent/agents", {
      method: "POST",
      headers: { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() },
      body: JSON.stringify({ email: "lena@verso.example", name: "Léna Morel", role: "agent", teams: [] }),
    });
    return ((await answer.json()) as { url: string }).url;
  });
  const lena = await Agent.followsInvite(browser, hub, link, { language: "fr" });
  const amina = await Requester.arrives(browser, hub);
  await amina.asks("Who answers first?", { email: "amina@example.org", name: "Amina Haddad" });
  for (const agent of [nora, lena]) {
    await agent.view("unassigned").click();
    await agent.opens("Who answers first?");
  }
  const box = nora.page.getByRole("textbox", { name: nora.words.reply });
  const her_box = lena.page.getByRole("textbox", { name: lena.words.reply });
  await her_box.pressSequentially("Je r");
  await expect(nora.page.getByText("Léna is writing a reply too")).toBeVisible();
  await box.pressSequentially("I look into it");
  await expect(lena.page.getByText("Nora écrit aussi une réponse")).toBeVisible();
  await her_box.fill("Je réponds");
  await her_box.press("Control+Enter");
  await nora.sees("Je réponds");
  await expect(nora.page.getByText("Léna is writing a reply too")).toBeHidden();

  await box.press("Control+Enter");
  const dialog = nora.page.getByRole("dialog", { name: "Léna Morel has answered meanwhile" });
  await expect(dialog).toContainText("Je réponds");
  await nora.findsThePageAccessible();
  await nora.page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  await expect(box).toBeFocused();
  await expect(box).toHaveValue("I look into it");
  await nora.page.keyboard.type(", too");
  await nora.page.keyboard.press("Control+Enter");
  await amina.sees("I look into it, too");
  expect(await amina.conversation()).toEqual(["Who answers first?", "Je réponds", "I look into it, too"]);
});
