// Takes the pictures of the documents from the demo: `make screenshots`. Those of the README, and a sheet of
// the main views in their sizes and themes, to look at side by side.

import { join, resolve } from "node:path";
import { type Browser, expect, type Page, test } from "@playwright/test";
import { Hub } from "./hub.ts";
import { Agent, linkIn, mailsTo, Requester } from "./people.ts";

const IMAGES = resolve(import.meta.dirname, "../../docs/images");
const AMINA = "amina.haddad@example.org";
const NORA = "nora@guichet.example";
const TALK = "Payment declined";

const SIZES = [
  { name: "1440 × 900", width: 1440, height: 900 },
  { name: "1024 × 768", width: 1024, height: 768 },
  { name: "390 × 844", width: 390, height: 844 },
] as const;
/** Of a picture on the sheet. */
const HEIGHT = 300;

let hub: Hub;
test.beforeAll(async () => {
  hub = await Hub.demo();
});
test.afterAll(() => hub.stop());

async function opensTalk(person: Requester): Promise<void> {
  await person.page.goto(`${hub.origin}/#/tickets`);
  await person.page.getByRole("link", { name: new RegExp(TALK) }).click();
  await expect(person.page.getByRole("img", { name: "capture-13h31.png" })).toBeVisible();
}

const nora = (browser: Browser) => Agent.signsIn(browser, hub, NORA, hub.demoPassword());

async function opensTalkAsAgent(agent: Agent): Promise<void> {
  await agent.view("open").click();
  await agent.opens(TALK);
  await expect(agent.page.getByRole("img", { name: "capture-13h31.png" })).toBeVisible();
}

test("the README's pictures", async ({ browser }) => {
  const agent = await nora(browser);
  await opensTalkAsAgent(agent);
  await agent.page
    .getByRole("textbox", { name: agent.words.reply })
    .fill("Most banks release a hold within 24 hours. I am asking yours today.");
  await agent.page.screenshot({ path: join(IMAGES, "console.png") });
  const amina = await Requester.arrives(browser, hub, { phone: true });
  await amina.signsIn(AMINA);
  await opensTalk(amina);
  await amina.page.screenshot({ path: join(IMAGES, "conversation.png") });
  await amina.page.goto(`${hub.origin}/#/tickets`);
  await amina.page.getByRole("link", { name: /Opening hours/ }).waitFor();
  await amina.page.screenshot({ path: join(IMAGES, "tickets.png") });
  const french = await Requester.arrives(browser, hub, { phone: true, dark: true, language: "fr" });
  await french.page.goto(`${hub.origin}/#/new`);
  await french.page.getByRole("radio", { name: french.words.topic }).check();
  await french.page.screenshot({ path: join(IMAGES, "new-request.png") });
});

test("the contact sheet", async ({ browser }) => {
  const rows: [string, string[]][] = [];
  const takes = async (name: string, page: Page) => {
    const pictures = [];
    for (const colorScheme of ["light", "dark"] as const) {
      for (const { width, height } of SIZES) {
        await page.setViewportSize({ width, height });
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await page.evaluate(async () => {
          for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
        });
        pictures.push((await page.screenshot({ type: "jpeg", quality: 85 })).toString("base64"));
      }
    }
    rows.push([name, pictures]);
  };

  const visitor = await Requester.arrives(browser, hub);
  await expect(visitor.heading(visitor.words.welcome)).toBeVisible();
  await takes("Welcome", visitor.page);
  await visitor.page.goto(`${hub.origin}/#/new`);
  await visitor.page.getByRole("radio", { name: visitor.words.topic }).check();
  await takes("New request", visitor.page);
  await visitor.page.goto(`${hub.origin}/#/sign-in`);
  await expect(visitor.page.getByLabel(visitor.words.sign_in_email)).toBeVisible();
  await takes("Sign in", visitor.page);
  const linked = (await mailsTo(hub, "hugh.brennan@example.edu")).find(({ text }) => text.includes("/t/"));
  const guest = await Requester.follows(browser, hub, linkIn(linked));
  await expect(guest.page.getByRole("button", { name: guest.words.send_code })).toBeVisible();
  await takes("A guest's link", guest.page);
  const amina = await Requester.arrives(browser, hub);
  await amina.signsIn(AMINA);
  await amina.page.getByRole("link", { name: /Opening hours/ }).waitFor();
  await takes("My tickets", amina.page);
  await opensTalk(amina);
  await takes("A conversation", amina.page);

  const enters = await Requester.follows(browser, hub, `${hub.origin}/agent`);
  await expect(enters.page.getByLabel(enters.words.password)).toBeVisible();
  await takes("An agent's sign-in", enters.page);
  const agent = await nora(browser);
  await agent.view("open").click();
  await expect(agent.row(TALK)).toBeVisible();
  await takes("The console: a list", agent.page);
  await agent.page.setViewportSize({ width: 1440, height: 900 });
  await opensTalkAsAgent(agent);
  await takes("The console: a ticket", agent.page);
  await agent.page.goto(`${hub.origin}/dev/mailbox`);
  await expect(agent.page.getByRole("listitem").first()).toBeVisible();
  await takes("The local mailbox", agent.page);
  await agent.page.setViewportSize({ width: 1440, height: 900 });
  await agent.page.goto(`${hub.origin}/agent#/open`);
  await opensTalkAsAgent(agent);
  await hub.kill();
  await expect(amina.page.locator(".connection-banner")).toBeVisible();
  await takes("While the hub is away", amina.page);
  await expect(agent.page.locator(".line-state.live")).toHaveCount(0);
  await takes("The console meanwhile", agent.page);

  const width = SIZES.reduce((sum, size) => sum + Math.round((size.width * HEIGHT) / size.height) + 12, 0);
  const sheet = await browser.newPage({ viewport: { width: 2 * width + 60, height: 900 } });
  const columns = [...SIZES, ...SIZES].map((size) => `<th>${size.name}</th>`).join("");
  const body = rows.map(
    ([name, pictures]) =>
      `<tr><th colspan="6" class="name">${name}</th></tr><tr>${pictures
        .map((picture) => `<td><img height="${HEIGHT}" src="data:image/jpeg;base64,${picture}"></td>`)
        .join("")}</tr>`,
  );
  await sheet.setContent(`<style>
    body { margin: 24px; font: 15px "Inter Variable", Inter, sans-serif; background: #8b8f94; color: #111 }
    th { font-weight: 500; text-align: left; padding: 2px 6px } .name { font-weight: 700; font-size: 19px; padding-top: 18px }
    td { padding: 6px } img { display: block; border-radius: 6px }
  </style><table><tr>${columns}</tr>${body.join("")}</table>`);
  await sheet.screenshot({ path: join(IMAGES, "contact-sheet.jpg"), type: "jpeg", quality: 78, fullPage: true });
});
