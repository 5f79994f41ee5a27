// The local mailbox in a browser: a mail arrives by itself, is shown in its sandbox, and its link opens.

import { expect } from "@playwright/test";
import { test } from "./fixtures.ts";
import { Requester } from "./people.ts";

test("a mail appears by itself and is read as it looks, as text and with its headers", async ({
  browser,
  hub,
}) => {
  const amina = await Requester.arrives(browser, hub);
  const mailbox = await amina.page.context().newPage();
  const complaints: string[] = [];
  mailbox.on("console", (message) => {
    // That the frame runs no script is told too, of the test's own.
    if (/Content Security Policy|Refused/.test(message.text())) complaints.push(message.text());
  });
  await mailbox.goto(`${hub.origin}/dev/mailbox`);
  await amina.signsIn("amina@example.org");
  await mailbox.getByRole("button", { name: /Your access code/ }).click();
  const code = /\d{4} \d{4}/.exec((await amina.mails("amina@example.org")).at(-1) ?? "")?.[0] ?? "none";
  const frame = mailbox.getByTitle("Your access code");
  await expect(frame).toHaveAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox");
  await expect(frame.contentFrame().getByText(code, { exact: true })).toBeVisible();
  await mailbox.getByRole("tab", { name: "Text" }).click();
  await expect(mailbox.getByRole("tabpanel")).toContainText(code);
  await mailbox.getByRole("tab", { name: "Headers" }).click();
  await expect(mailbox.getByRole("tabpanel")).toContainText("Auto-Submitted: auto-generated");
  expect(complaints).toEqual([]);
});
