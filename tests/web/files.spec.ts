// Files of messages, on both sides: chosen, pasted, dropped; progress, cancel, retry; nothing is lost by a reload or
// a hub that is away; a note's file stays among agents.

import { expect } from "@playwright/test";
import { test } from "./fixtures.ts";
import { Agent, Requester } from "./people.ts";
import { pdf, png, text } from "./pictures.ts";

const AMINA = { email: "amina@example.org", name: "Amina Haddad" };

test("a customer pastes an image, the agent sees it inline and looks at it", async ({ browser, hub }) => {
  test.slow();
  const nora = await Agent.becomesFirstAdmin(browser, hub);
  const amina = await Requester.arrives(browser, hub);
  await amina.asks("The page shows an error", AMINA);
  await nora.view("unassigned").click();
  await nora.opens("The page shows an error");
  await amina.pastes(png("capture.png", 900, 600));
  await expect(amina.file("capture.png")).toContainText(amina.words.ready);
  await amina.findsThePageAccessible();
  await amina.posts("It looks like this");
  for (const person of [amina, nora]) {
    await person.sees("It looks like this");
    const picture = person.bubble("It looks like this").getByRole("img", { name: "capture.png" });
    await expect(picture).toBeVisible();
    await expect.poll(() => picture.evaluate((img: HTMLImageElement) => img.complete && img.naturalWidth > 0)).toBe(true);
    await person.findsThePageAccessible();
  }
  await amina.attaches(png("second.png", 300, 900, { hue: 120 }), pdf("bank-statement.pdf"));
  await amina.page.getByRole("button", { name: amina.words.send, exact: true }).click();
  await expect(nora.log.getByRole("link", { name: /bank-statement.pdf/ })).toBeVisible();
  await nora.findsThePageAccessible();
  await nora.page.getByRole("button", { name: "capture.png" }).click();
  const viewer = nora.page.getByRole("dialog", { name: nora.words.viewer });
  await expect(viewer.getByRole("img", { name: "capture.png" })).toBeVisible();
  await nora.findsThePageAccessible();
  await nora.page.keyboard.press("ArrowRight");
  await expect(viewer.getByRole("img", { name: "second.png" })).toBeVisible();
  await nora.page.keyboard.press("Escape");
  await expect(viewer).toHaveCount(0);
  await expect(nora.page.getByRole("button", { name: "capture.png" })).toBeFocused();
});

test("each side sees that the other is sending; a file is cancelled, and its neighbour goes", async ({ browser, hub }) => {
  test.slow();
  const nora = await Agent.becomesFirstAdmin(browser, hub);
  const amina = await Requester.arrives(browser, hub, { phone: true, language: "fr" });
  await amina.asks("On a slow line", AMINA);
  await nora.view("unassigned").click();
  await nora.opens("On a slow line");
  await amina.hasLine(12_000);
  const big = png("grand.png", 700, 600, { noise: true });
  await amina.drags(".conversation .log", big);
  await expect(amina.page.getByText(amina.words.drop_here)).toBeVisible();
  await amina.findsThePageAccessible();
  await amina.drops(".conversation .log", big, text("notes.txt", "Écrit ailleurs"));
  await expect(amina.page.getByText(amina.words.drop_here)).toBeHidden();
  await expect(amina.page.getByRole("progressbar", { name: amina.words.sending_file("grand.png") })).toBeVisible();
  await expect(nora.page.getByText("Amina Haddad is sending a file")).toBeVisible();
  await amina.findsThePageAccessible();
  await amina.posts("Voici les deux");
  // It waits for its files, under its text now.
  await expect(amina.bubble("Voici les deux").getByRole("progressbar")).toBeVisible();
  await amina.findsThePageAccessible();
  await amina.page.getByRole("button", { name: amina.words.cancel_file("grand.png") }).click();
  await expect(amina.file("grand.png")).toHaveCount(0);
  await nora.sees("Voici les deux");
  await expect(nora.bubble("Voici les deux").getByRole("link", { name: /notes.txt/ })).toBeVisible();
  await expect(nora.bubble("Voici les deux").getByRole("img", { name: "grand.png" })).toHaveCount(0);

  await nora.hasLine(40_000);
  await nora.drops(".pane-main .log", png("answer.png", 500, 400, { noise: true }));
  await expect(amina.page.getByText("Nora Bakker envoie un fichier")).toBeVisible();
  await nora.hasLine(null);
  await nora.page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(amina.log.getByRole("img", { name: "answer.png" })).toBeVisible();
  await amina.findsThePageAccessible();
});

test("a file goes on by itself when the hub was away, or at once when asked", async ({ browser, hub }) => {
  test.slow();
  const amina = await Requester.arrives(browser, hub);
  await amina.asks("Half-way", AMINA);
  await amina.hasLine(100_000);
  await amina.attaches(png("capture.png", 700, 600, { noise: true }));
  await expect(amina.page.getByRole("progressbar")).toBeVisible();
  await amina.posts("With a picture");
  await hub.kill();
  await expect(amina.file("capture.png")).toContainText("Waiting for the connection", { timeout: 30_000 });
  await amina.findsThePageAccessible();
  await amina.hasLine(null);
  await hub.again();
  const again = amina.page.getByRole("button", { name: amina.words.retry_file("capture.png") });
  await again.click({ timeout: 5_000 }).catch(() => {});
  await expect(amina.bubble("With a picture").getByRole("img", { name: "capture.png" })).toBeVisible({ timeout: 60_000 });
  expect((await amina.conversation()).filter((text) => text.includes("With a picture"))).toHaveLength(1);
});

test("a reload while a file goes up loses neither the file nor its words, and sends both once", async ({ browser, hub }) => {
  test.slow();
  const nora = await Agent.becomesFirstAdmin(browser, hub);
  const amina = await Requester.arrives(browser, hub);
  await amina.asks("Reload", AMINA);
  await amina.hasLine(60_000);
  // One is still in the composer, the other goes with a message.
  await amina.attaches(png("sent.png", 600, 500, { noise: true }));
  await amina.posts("These words");
  await amina.attaches(text("kept.txt", "not sent yet"));
  await expect(amina.page.getByRole("progressbar").first()).toBeVisible();
  await amina.page.reload();
  await amina.hasLine(null);
  await expect(amina.bubble("These words").getByRole("img", { name: "sent.png" })).toBeVisible({ timeout: 60_000 });
  await expect(amina.file("kept.txt")).toContainText(amina.words.ready);
  await nora.view("unassigned").click();
  await nora.opens("Reload");
  await expect(nora.bubble("These words").getByRole("img", { name: "sent.png" })).toBeVisible();
  expect((await nora.conversation()).filter((text) => text.includes("These words"))).toHaveLength(1);
  await amina.page.getByRole("button", { name: amina.words.remove_file("kept.txt") }).click();
  await amina.page.reload();
  await amina.sees("These words");
  await expect(amina.file("kept.txt")).toHaveCount(0);
});

test.describe("where files may have 200 kB", () => {
  test.use({ settings: { HUB__FILES__BYTES_MAX: "200000", HUB__FILES__TICKET_BYTES_MAX: "300000" } });

  test("what is too large is told before it is sent, what finds no room by the hub", async ({ browser, hub }) => {
    const amina = await Requester.arrives(browser, hub);
    await amina.asks("Large", AMINA);
    await amina.page.getByRole("button", { name: amina.words.attach }).click();
    await expect(amina.page.getByText("Up to 10 files, each of at most 200 kB")).toBeVisible();
    await amina.findsThePageAccessible();
    await amina.page.keyboard.press("Escape");
    await amina.attaches(png("huge.png", 400, 400, { noise: true }), text("fits.txt", "it fits"));
    await expect(amina.page.getByText(amina.words.too_large).first()).toBeVisible();
    await expect(amina.file("huge.png")).toHaveCount(0);
    await expect(amina.file("fits.txt")).toContainText(amina.words.ready);
    await amina.findsThePageAccessible();
    await amina.attaches(png("first.png", 250, 250, { noise: true }), png("second.png", 250, 250, { noise: true }));
    await expect(amina.page.getByText("There is no room left for this file").first()).toBeVisible();
    await amina.findsThePageAccessible();
  });
});

test("a note's file stays among agents", async ({ browser, hub }) => {
  test.slow();
  const nora = await Agent.becomesFirstAdmin(browser, hub);
  const amina = await Requester.arrives(browser, hub);
  await amina.asks("Between us", AMINA);
  await nora.view("unassigned").click();
  await nora.opens("Between us");
  await nora.page.getByRole("button", { name: nora.words.kinds.note, exact: true }).click();
  await nora.drags(".pane-main .log", text("secret.txt", "for agents"));
  await expect(nora.page.getByText("They go with the note; only agents see them.")).toBeVisible();
  await nora.findsThePageAccessible();
  await nora.drops(".pane-main .log", text("secret.txt", "for agents"), png("inside.png", 300, 200));
  await expect(nora.file("inside.png")).toContainText(nora.words.ready);
  // The reply's composer knows nothing of them.
  await nora.page.getByRole("button", { name: nora.words.kinds.reply, exact: true }).click();
  await expect(nora.file("inside.png")).toHaveCount(0);
  await nora.page.getByRole("button", { name: nora.words.kinds.note }).click();
  await expect(nora.file("inside.png")).toBeVisible();
  await nora.findsThePageAccessible();
  await nora.page.getByRole("button", { name: nora.words.add_note }).click();
  await expect(nora.log.getByRole("img", { name: "inside.png" })).toBeVisible();
  await nora.findsThePageAccessible();
  await nora.replies("And this is for you");
  await amina.sees("And this is for you");
  expect(await amina.page.content()).not.toMatch(/secret\.txt|inside\.png/);
  const link = await nora.log.getByRole("link", { name: /secret.txt/ }).getAttribute("href");
  const theirs = (link ?? "").replace("/v1/agent/", "/v1/");
  expect(await amina.page.evaluate(async (url) => (await fetch(url)).status, theirs)).toBe(404);
});

for (const device of [{ language: "en" }, { language: "fr", phone: true }] as const) {
  test(`files chosen for a new request go with it, also over a reload (${device.language})`, async ({ browser, hub }) => {
    test.slow();
    const nora = await Agent.becomesFirstAdmin(browser, hub);
    const amina = await Requester.arrives(browser, hub, device);
    await amina.page.goto(`${hub.origin}/#/new`);
    await amina.page.getByRole("radio", { name: amina.words.topic }).check();
    await amina.page.getByLabel(amina.words.text).fill("See the capture");
    await amina.attaches(png("capture.png", 800, 500), pdf("statement.pdf"));
    await expect(amina.file("statement.pdf")).toBeVisible();
    await amina.page.reload();
    await expect(amina.file("capture.png")).toBeVisible();
    await amina.findsThePageAccessible();
    // A phone has its camera among the ways; a desktop has none.
    await amina.page.getByRole("button", { name: amina.words.attach }).click();
    await expect(amina.page.getByRole("menuitem", { name: amina.words.photo })).toHaveCount("phone" in device ? 1 : 0);
    await amina.findsThePageAccessible();
    await amina.page.keyboard.press("Escape");
    await amina.page.getByLabel(amina.words.email).fill(AMINA.email);
    await amina.page.getByRole("button", { name: amina.words.send_request }).click();
    await amina.sees("See the capture");
    await expect(amina.log.getByRole("img", { name: "capture.png" })).toBeVisible();
    await expect(amina.log.getByRole("link", { name: /statement.pdf/ })).toBeVisible();
    await nora.view("unassigned").click();
    await nora.opens("See the capture");
    await expect(nora.log.getByRole("img", { name: "capture.png" })).toHaveCount(1);
    await amina.page.goto(`${hub.origin}/#/new`);
    await expect(amina.page.getByRole("button", { name: amina.words.attach })).toBeVisible();
    await expect(amina.file("capture.png")).toHaveCount(0);
  });
}

test("an erased message takes its files with it, on every screen", async ({ browser, hub }) => {
  const nora = await Agent.becomesFirstAdmin(browser, hub);
  const amina = await Requester.arrives(browser, hub);
  await amina.asks("Oh no", AMINA);
  await amina.pastes(png("passport.png", 400, 300));
  await amina.posts("My passport");
  await nora.view("unassigned").click();
  await nora.opens("Oh no");
  await expect(nora.log.getByRole("img", { name: "passport.png" })).toBeVisible();
  await nora.bubble("My passport").hover();
  await nora.bubble("My passport").getByRole("button", { name: nora.words.message_menu }).click();
  await nora.page.getByRole("menuitem", { name: "Erase…" }).click();
  await nora.page.getByRole("dialog").getByRole("button", { name: "Erase" }).click();
  for (const person of [nora, amina]) {
    await expect(person.page.getByText("This message was removed.")).toBeVisible();
    await expect(person.log.getByRole("img", { name: "passport.png" })).toHaveCount(0);
  }
});
