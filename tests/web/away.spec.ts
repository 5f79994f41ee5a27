// A guest leaves, is told by mail, and comes back by its link and a code: the link alone shows nothing, and every
// access can be ended.

import { createServer, type IncomingHttpHeaders } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, type Page } from "@playwright/test";
import { test } from "./fixtures.ts";
import type { Hub } from "./hub.ts";
import { Agent, linkIn, type Mail, mailsTo, Requester } from "./people.ts";

const AMINA = { email: "amina.haddad@example.org", name: "Amina Haddad" };
const MASKED = "a•••d@example.org";
/** The alert is due a second after the reply; the hub is busy on a busy machine. */
const ALERT_MS = 20_000;

test.use({ settings: { HUB__ALERTS__GUEST_QUIET_S: "1", HUB__ALERTS__GUEST_CAP_S: "2" } });

/** Waits for the mail with the given number, counted from 1, and gives it. */
async function mail(hub: Hub, n: number, email = AMINA.email): Promise<Mail> {
  await expect.poll(async () => (await mailsTo(hub, email)).length, { timeout: ALERT_MS }).toBe(n);
  return (await mailsTo(hub, email))[n - 1] as Mail;
}

/** R-A15: the token is neither in the address bar nor in the history behind it. */
async function tokenIsOut(page: Page, link: string): Promise<void> {
  const token = link.split("/").at(-1) ?? "";
  await expect.poll(() => page.url()).not.toContain(token);
  expect(await page.evaluate(() => document.referrer + JSON.stringify(history.state))).not.toContain(token);
}

for (const device of [
  { language: "en", phone: false },
  { language: "fr", phone: true },
] as const) {
  test(`a guest who left is mailed once, comes back by link and code, and answers live (${device.language})`, async ({
    browser,
    hub,
  }) => {
    test.slow();
    const nora = await Agent.becomesFirstAdmin(browser, hub);
    const amina = await Requester.arrives(browser, hub, device);
    await amina.asks("My card was charged twice", AMINA);
    await mail(hub, 1);
    await amina.page.close();

    await nora.view("unassigned").click();
    await nora.opens("My card was charged twice");
    await nora.replies("CANARY: which transaction is it?");
    const alert = await mail(hub, 2);
    expect(alert.subject + alert.text).not.toContain("CANARY");

    const link = linkIn(alert);
    const back = await Requester.follows(browser, hub, link, device);
    await expect(back.heading(back.words.open_request)).toBeVisible();
    await expect(back.page.getByText(MASKED)).toBeVisible();
    await tokenIsOut(back.page, link);
    expect(await back.page.content()).not.toMatch(/CANARY|charged twice|Amina|haddad/);
    await back.page.reload();
    await expect(back.heading(back.words.open_request)).toBeVisible();
    await back.findsThePageAccessible();

    const code = await back.asksForCode(AMINA.email);
    await expect(back.codeField).toBeFocused();
    await back.findsThePageAccessible();
    // Whoever looks for the mail may come back to a page that was reloaded.
    await back.page.reload();
    await back.codeField.fill(code.slice(0, 7));
    await expect(back.page.getByRole("button", { name: back.words.open_it })).toHaveAttribute("aria-busy", "false");
    await back.codeField.pressSequentially(code.slice(7));
    await back.sees("CANARY: which transaction is it?");
    await tokenIsOut(back.page, link);
    await back.posts("TX-8842-19F");
    await nora.sees("TX-8842-19F");
    await back.page.reload();
    await back.sees("TX-8842-19F");
    // It was told once, and it was read: no more mails but the code's.
    expect((await mailsTo(hub, AMINA.email)).length).toBe(3);
  });
}

test.describe("while an address is not confirmed", () => {
  test.use({
    settings: {
      HUB__ALERTS__GUEST_QUIET_S: "1",
      HUB__ALERTS__GUEST_CAP_S: "2",
      HUB__ALERTS__REPEAT_S: "1",
    },
  });

  test("the console shows the alert's way, live: sent, opened, held, tried again; and who has access", async ({ browser, hub }) => {
  test.slow();
  const nora = await Agent.becomesFirstAdmin(browser, hub);
  const amina = await Requester.arrives(browser, hub);
  await amina.asks("Where is my order?", AMINA);
  await nora.view("unassigned").click();
  await nora.opens("Where is my order?");
  const route = nora.page.getByRole("region", { name: nora.words.if_leaves });
  const access = nora.page.getByRole("region", { name: nora.words.access });
  await expect(route).toContainText("E-mail alert after 1 second");
  await expect(route).toContainText("At most 2 seconds after the first unread message");
  await expect(route).toContainText("Has the ticket open now");
  await expect(route).toContainText(/Received\s*sent/);
  await expect(access).toContainText("No code entered: not confirmed");

  await amina.page.close();
  await nora.replies("It left this morning");
  await expect(route).toContainText("Not here now", { timeout: 40_000 });
  const alert = await mail(hub, 2);
  await expect(route).toContainText(/New reply\s*sent/);
  await nora.findsThePageAccessible();

  // A second one does not go to an address that nobody confirmed.
  await nora.replies("And it arrives tomorrow");
  await expect(route).toContainText("the address is not confirmed", { timeout: ALERT_MS });
  await route.getByRole("button", { name: nora.words.try_again }).click();

  const back = await Requester.follows(browser, hub, linkIn(alert), { phone: true });
  await expect(back.heading(back.words.open_request)).toBeVisible();
  await nora.page.reload();
  await expect(route).toContainText(/opened/);
  await expect(access).toContainText(/Last opened/);
  const code = await back.asksForCode(AMINA.email);
  await back.codeField.fill(code);
  await back.sees("And it arrives tomorrow");
  await expect(access).toContainText("Entered a code");
  await expect(nora.page.getByText("Address confirmed")).toBeVisible();

  // An agent ends it all: the page closes by itself, the link is void.
  await access.getByRole("button", { name: nora.words.end_all }).click();
  const question = nora.page.getByRole("dialog");
  await nora.findsThePageAccessible();
  await question.getByRole("button", { name: nora.words.end_all }).click();
  await expect(back.page.getByText("It left this morning")).toHaveCount(0);
  await expect(access.getByText("Entered a code")).toHaveCount(0);
  const late = await Requester.follows(browser, hub, linkIn(alert));
  await expect(late.heading(late.words.void_link)).toBeVisible();
  });
});

test("a forwarded link shows a number and a masked address, a code works in the browser that asked, and no more than five tries", async ({
  browser,
  hub,
}) => {
  test.setTimeout(180_000);
  const amina = await Requester.arrives(browser, hub);
  await amina.asks("SECRET subject", AMINA);
  const link = linkIn(await mail(hub, 1));
  const mallory = await Requester.follows(browser, hub, link, { dark: true });
  await expect(mallory.heading(mallory.words.open_request)).toBeVisible();
  expect(await mallory.page.locator("main").innerText()).not.toMatch(/SECRET|Amina|haddad/);
  await mallory.findsThePageAccessible();
  // R-A3: looking sends nothing.
  expect((await mailsTo(hub, AMINA.email)).length).toBe(1);

  const second = await Requester.follows(browser, hub, link);
  const code = await mallory.asksForCode(AMINA.email);
  // R-A9: one a minute; the page says when the next may be.
  await second.page.getByRole("button", { name: second.words.send_code }).click();
  await expect(second.page.locator(".field-error")).toContainText("try again in");
  await second.findsThePageAccessible();
  const theirs = await second.asksForCode(AMINA.email);
  expect(theirs).not.toBe(code);
  const wrong = code === "11111111" ? "22222222" : "11111111";
  const refused = mallory.page.getByText(mallory.words.wrong_code);
  // The other browser's code is as wrong as any.
  await mallory.codeField.fill(theirs);
  await expect(refused.first()).toBeVisible();
  await expect(mallory.codeField).toBeFocused();
  await expect(mallory.codeField).toHaveValue("");
  await mallory.findsThePageAccessible();
  for (let tried = 1; tried < 6; tried++) {
    const answer = mallory.page.waitForResponse(/links\/enter/);
    await mallory.codeField.fill(wrong);
    expect((await answer).status()).toBe(401);
    await expect(mallory.codeField).toHaveValue("");
  }
  const answer = mallory.page.waitForResponse(/links\/enter/);
  await mallory.codeField.fill(code);
  expect((await answer).status()).toBe(401);
  await expect(refused.first()).toBeVisible();

  // Whoever asked properly gets in.
  await second.page.getByRole("checkbox", { name: second.words.trust }).check();
  await second.codeField.evaluate((field, text) => {
    const data = new DataTransfer();
    data.setData("text", text);
    field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  }, `${theirs.slice(0, 4)} ${theirs.slice(4)}`);
  await second.sees("SECRET subject");

  // The mail about the trusted browser ends its access, on a press alone, and its page closes by itself.
  await expect.poll(async () => (await mailsTo(hub, AMINA.email)).some(({ text }) => text.includes("/r/"))).toBe(true);
  const told = (await mailsTo(hub, AMINA.email)).find(({ text }) => text.includes("/r/"));
  const owner = await Requester.follows(browser, hub, linkIn(told, "r"));
  await tokenIsOut(owner.page, linkIn(told, "r"));
  await owner.findsThePageAccessible();
  await second.posts("Still here");
  await second.sees("Still here");
  await owner.page.getByRole("button", { name: owner.words.end_trust }).click();
  await expect(owner.heading(owner.words.ended)).toBeVisible();
  await owner.findsThePageAccessible();
  await expect(second.page.getByText("SECRET subject")).toHaveCount(0);
});

test("R-A15: the token is in no Referer, of no request and of no outgoing link", async ({ browser, hub }) => {
  const seen: IncomingHttpHeaders[] = [];
  const canary = createServer((request, response) => {
    seen.push(request.headers);
    response.end("canary");
  }).listen(0, "127.0.0.1");
  await once(canary, "listening");
  try {
    const address = `http://127.0.0.1:${(canary.address() as AddressInfo).port}/out`;
    const amina = await Requester.arrives(browser, hub);
    await amina.asks(`See ${address}`, AMINA);
    const link = linkIn(await mail(hub, 1));
    const token = link.split("/").at(-1) ?? "";
    const told: string[] = [];
    const back = await Requester.follows(browser, hub, "about:blank");
    back.page.on("request", async (request) => {
      if (request.url() !== link) told.push(request.url() + JSON.stringify(await request.allHeaders()));
    });
    await back.page.goto(link);
    const code = await back.asksForCode(AMINA.email);
    await back.codeField.fill(code);
    await back.sees(address);
    const [popup] = await Promise.all([
      back.context.waitForEvent("page"),
      back.page.getByRole("link", { name: address }).click(),
    ]);
    await popup.waitForLoadState();
    expect(seen.length).toBeGreaterThan(0);
    // The browser asks the other site for its icon by itself, from a page of that site.
    for (const { referer = "" } of seen) expect(referer === "" || referer.startsWith(address)).toBe(true);
    expect(told.length).toBeGreaterThan(5);
    expect(told.join("\n")).not.toContain(token);
  } finally {
    canary.close();
  }
});

for (const device of [
  { language: "en", phone: true, dark: true },
  { language: "fr", phone: false, dark: false },
] as const) {
  test(`a guest ends the access here, and everywhere: the other browser closes live (${device.language})`, async ({
    browser,
    hub,
  }) => {
    test.setTimeout(240_000);
    const amina = await Requester.arrives(browser, hub, device);
    await amina.asks("On a borrowed computer", AMINA);
    const first = await mail(hub, 1);
    await amina.page.getByRole("textbox", { name: amina.words.message }).fill("half a sentence");
    await amina.chooses(amina.words.end_here);
    const question = amina.page.getByRole("dialog");
    await expect(question).toBeVisible();
    await amina.findsThePageAccessible();
    await question.getByRole("button", { name: amina.words.end_here }).click();
    await expect(amina.heading(amina.words.ended)).toBeVisible();
    await amina.findsThePageAccessible();
    await amina.page.goBack();
    await expect(amina.page.getByText("On a borrowed computer")).toHaveCount(0);

    const home = await Requester.follows(browser, hub, linkIn(first), device);
    const code = await home.asksForCode(AMINA.email);
    await home.codeField.fill(code);
    await home.sees("On a borrowed computer");
    const office = await Requester.follows(browser, hub, linkIn(first), device);
    const another = await office.asksForCode(AMINA.email);
    await office.codeField.fill(another);
    await office.sees("On a borrowed computer");
    await office.chooses(office.words.end_everywhere);
    await office.page.getByRole("dialog").getByRole("button", { name: office.words.end_everywhere }).click();
    await expect(office.heading(office.words.ended)).toBeVisible();
    await expect(home.heading(home.words.no_access)).toBeVisible();
    await expect(home.page.getByText("On a borrowed computer")).toHaveCount(0);
    await home.findsThePageAccessible();
    const late = await Requester.follows(browser, hub, linkIn(first), device);
    await expect(late.heading(late.words.void_link)).toBeVisible();
    await late.findsThePageAccessible();

    // A lost link, asked for again: the same answer for everybody.
    await late.page.getByRole("link", { name: late.words.lost_link }).click();
    const told: string[] = [];
    for (const email of ["nobody@example.org", AMINA.email]) {
      await late.page.goto(`${hub.origin}/guest#/lost`);
      await late.page.reload();
      await late.findsThePageAccessible();
      await late.page.getByLabel(late.words.sign_in_email).fill(email);
      await late.page.getByRole("button", { name: late.words.lost_send }).click();
      await expect(late.heading(late.words.lost_asked)).toBeVisible();
      told.push((await late.page.locator("main").innerText()).replace(email, ""));
    }
    await late.findsThePageAccessible();
    expect(told[0]).toBe(told[1]);
    await expect
      .poll(async () => (await mailsTo(hub, AMINA.email)).at(-1)?.text.includes("/t/"), { timeout: ALERT_MS })
      .toBe(true);
    const fresh = (await mailsTo(hub, AMINA.email)).at(-1);
    expect(linkIn(fresh)).not.toBe(linkIn(first));
    const back = await Requester.follows(browser, hub, linkIn(fresh), device);
    await expect(back.heading(back.words.open_request)).toBeVisible();
  });

  test(`mails are stopped by a press and not by a look, and the press is undone (${device.language})`, async ({
    browser,
    hub,
  }) => {
    test.slow();
    const nora = await Agent.becomesFirstAdmin(browser, hub);
    const amina = await Requester.arrives(browser, hub, device);
    await amina.asks("Do not write so often", AMINA);
    await mail(hub, 1);
    await amina.page.close();
    await nora.view("unassigned").click();
    await nora.opens("Do not write so often");
    await nora.replies("As you wish");
    const alert = await mail(hub, 2);
    const stop = linkIn(alert, "u");
    const access = nora.page.getByRole("region", { name: nora.words.access });
    const reader = await Requester.follows(browser, hub, stop, device);
    const button = reader.page.getByRole("button", { name: reader.words.stop });
    await expect(button).toBeVisible();
    await tokenIsOut(reader.page, stop);
    await reader.page.reload();
    await reader.findsThePageAccessible();
    await nora.page.reload();
    await expect(access).toBeVisible();
    await expect(access).not.toContainText("Wants no e-mails");
    await button.click();
    await expect(reader.heading(reader.words.stopped)).toBeVisible();
    await reader.findsThePageAccessible();
    await nora.page.reload();
    await expect(access).toContainText("Wants no e-mails");
    // What was decided is what the page says when it is opened again.
    await reader.page.reload();
    await expect(reader.heading(reader.words.stopped)).toBeVisible();
    await reader.page.getByRole("button", { name: reader.words.undo }).click();
    await expect(reader.heading(reader.words.undone)).toBeVisible();
    await nora.page.reload();
    await expect(access).toBeVisible();
    await expect(access).not.toContainText("Wants no e-mails");
  });

  test(`whoever did not ask says so, and the stranger is out (${device.language})`, async ({ browser, hub }) => {
    const mallory = await Requester.arrives(browser, hub, device);
    await mallory.asks("Opened with another's address", AMINA);
    const amina = await Requester.follows(browser, hub, linkIn(await mail(hub, 1)), device);
    await amina.page.getByRole("button", { name: amina.words.not_me }).click();
    await amina.findsThePageAccessible();
    await amina.page.getByRole("dialog").getByRole("button", { name: amina.words.not_me }).click();
    await expect(amina.heading(amina.words.not_me_done)).toBeVisible();
    await amina.findsThePageAccessible();
    await expect(mallory.heading(mallory.words.no_access)).toBeVisible();
  });
}

test("the link of an account's ticket leads over signing in to that ticket", async ({ browser, hub }) => {
  test.slow();
  const nora = await Agent.becomesFirstAdmin(browser, hub);
  const amina = await Requester.arrives(browser, hub);
  await amina.asks("First as a guest", AMINA);
  const link = linkIn(await mail(hub, 1));
  await amina.signsIn(AMINA.email);
  await amina.page.goto(`${hub.origin}/#/tickets`);
  await amina.page.getByRole("button", { name: "Add to my tickets" }).click();
  await nora.view("unassigned").click();

  const elsewhere = await Requester.follows(browser, hub, link);
  await elsewhere.page.getByRole("link", { name: elsewhere.words.sign_in, exact: true }).click();
  await elsewhere.page.getByLabel(elsewhere.words.sign_in_email).fill(AMINA.email);
  const code = await elsewhere.asksForCode(AMINA.email);
  await elsewhere.codeField.fill(code);
  await elsewhere.sees("First as a guest");
  expect(elsewhere.page.url()).toContain("/#/t/");
});

test("in the browser that asked, the link leads straight in, and the address is confirmed there", async ({ browser, hub }) => {
  const amina = await Requester.arrives(browser, hub);
  await amina.asks("At my own desk", AMINA);
  const link = linkIn(await mail(hub, 1));
  await amina.page.goto(link);
  await amina.sees("At my own desk");
  await expect(amina.page.getByText(amina.words.not_confirmed)).toBeVisible();
  await amina.page.getByRole("link", { name: "Confirm it" }).click();
  const code = await amina.asksForCode(AMINA.email);
  await amina.codeField.fill(code);
  await amina.sees("At my own desk");
  await expect(amina.page.getByText(amina.words.not_confirmed)).toHaveCount(0);
});

test("the link's page says when the hub cannot be reached, and goes on by itself", async ({ browser, hub }) => {
  const amina = await Requester.arrives(browser, hub);
  await amina.asks("In the lift", AMINA);
  const link = linkIn(await mail(hub, 1));
  const back = await Requester.follows(browser, hub, "about:blank");
  await back.context.route("**/v1/links/look", (route) => route.abort());
  await back.page.goto(link);
  await expect(back.page.getByText(/cannot be reached right now/).first()).toBeVisible();
  await back.findsThePageAccessible();
  await back.context.unroute("**/v1/links/look");
  await expect(back.heading(back.words.open_request)).toBeVisible();
});
