// What strangers write stays text, nothing hides in it, and a browser that was signed out knows nothing more.

import { expect, type Page } from "@playwright/test";
import { test } from "./fixtures.ts";
import { Agent, Requester } from "./people.ts";

const AMINA = { email: "amina@example.org", name: "Amina Haddad" };

/** Each would do something if it were anything but text. */
const MARKUP = [
  '<img src=x onerror="document.title=\'broken\'">',
  "<script>document.title='broken'</script>",
  "![picture](https://tracker.example/pixel.png)",
  "[click](javascript:document.title='broken')",
  "javascript:void(document.title='broken')",
  "data:text/html,<b>broken</b>",
  '<a href="https://tracker.example">a</a> <iframe src="/"></iframe> <style>*{display:none}</style>',
  "&lt;b&gt; &#60;i&#62;",
];

test("R-G3: messages are text: no markup works, links are plain and tell nothing", async ({ browser, hub }) => {
  // Many messages, one after the other.
  test.slow();
  const nora = await Agent.becomesFirstAdmin(browser, hub);
  const amina = await Requester.arrives(browser, hub);
  const foreign: string[] = [];
  for (const { page } of [amina, nora]) {
    page.on("request", (request) => {
      if (!request.url().startsWith(hub.origin)) foreign.push(request.url());
    });
  }
  await amina.asks("Is this only text?", AMINA);
  await nora.view("unassigned").click();
  await nora.opens("Is this only text?");
  for (const text of MARKUP) {
    await amina.posts(text);
    await nora.sees(text);
  }
  for (const text of MARKUP) {
    await nora.replies(`Back to you: ${text}`);
    await amina.sees(`Back to you: ${text}`);
  }
  const links = "See https://example.org/a, http://example.org and mailto:help@example.org, but ftp://example.org not";
  await amina.posts(links);
  await nora.sees(links);
  for (const { page } of [amina, nora]) {
    await expect(page.locator(".bubble :is(img, script, iframe, style, b, i, object, embed, svg)")).toHaveCount(0);
    expect(await page.title()).not.toContain("broken");
    const found = await page.locator(".bubble a").evaluateAll((all) =>
      all.map((each) => [(each as HTMLAnchorElement).protocol, each.getAttribute("rel"), each.getAttribute("target")]),
    );
    expect(found.length).toBeGreaterThanOrEqual(3);
    expect(new Set(found.map(([protocol]) => protocol))).toEqual(new Set(["https:", "http:", "mailto:"]));
    for (const [, rel, target] of found) {
      expect(rel?.split(" ").sort()).toEqual(["nofollow", "noopener", "noreferrer"]);
      expect(target).toBe("_blank");
    }
  }
  expect(foreign).toEqual([]);
});

test("R-G4: nothing hides in names and links: a link that looks like another host names its own", async ({ browser, hub }) => {
  const nora = await Agent.becomesFirstAdmin(browser, hub);
  const amina = await Requester.arrives(browser, hub);
  await amina.asks("Who am I?", { email: AMINA.email, name: "Ami\u200Bna\u00AD Had\u200Ddad\uFEFF" });
  await nora.view("unassigned").click();
  await expect(nora.row("Who am I?")).toContainText("Amina Haddad");
  await nora.opens("Who am I?");
  await amina.posts("Pay at https://bank.example@other.example/pay");
  await amina.posts("Or at https://b\u0430nk.example/pay");
  // What is said aloud is text of strangers too: awaited, since it comes and goes.
  const news = nora.page.getByRole("log", { name: "New messages" });
  await expect(news).toContainText("nk.example/pay");
  await amina.posts("invoice\u202Efdp.exe");
  await expect(news).toContainText("invoicefdp.exe");
  for (const { page } of [amina, nora]) {
    await expect(page.getByRole("link", { name: "https://bank.example@other.example/pay (other.example)" })).toBeVisible();
    await expect(page.getByRole("link", { name: /\(xn--bnk-6cd\.example\)$/ })).toBeVisible();
    await expect(page.locator(".bubble").getByText("invoicefdp.exe", { exact: true })).toBeVisible();
    expect(await page.locator("body").innerText()).not.toMatch(/[\u200B\u200D\u00AD\u202A-\u202E\u2066-\u2069\uFEFF]/);
  }
  // A mark of direction in a name is refused, with a sentence by its field.
  const mallory = await Requester.arrives(browser, hub);
  await mallory.page.goto(`${hub.origin}/#/new`);
  await mallory.page.getByRole("radio", { name: mallory.words.topic }).check();
  await mallory.page.getByLabel(mallory.words.text).fill("Hello");
  await mallory.page.getByLabel(mallory.words.email).fill("mallory@example.org");
  await mallory.page.getByLabel(mallory.words.name).fill("Nora\u202E");
  await mallory.page.getByRole("button", { name: mallory.words.send_request }).click();
  await expect(mallory.page.getByLabel(mallory.words.name)).toHaveAttribute("aria-invalid", "true");
});

/** Everything that this browser keeps for the origin, as one text. */
function kept(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const found: unknown[] = [{ ...localStorage }, { ...sessionStorage }];
    for (const { name } of await indexedDB.databases()) {
      const db = await new Promise<IDBDatabase>((resolve) => {
        const request = indexedDB.open(name ?? "");
        request.onsuccess = () => resolve(request.result);
      });
      for (const table of db.objectStoreNames) {
        const store = db.transaction(table).objectStore(table);
        for (const request of [store.getAllKeys(), store.getAll()])
          found.push(await new Promise((resolve) => (request.onsuccess = () => resolve(request.result))));
      }
      db.close();
    }
    for (const name of await caches.keys())
      found.push((await (await caches.open(name)).keys()).map(({ url }) => url));
    return JSON.stringify(found);
  });
}

test("R-G10: signing out warns of what is not sent, and leaves nothing of the customer or the guest in this browser", async ({
  browser,
  hub,
}) => {
  const nora = await Agent.becomesFirstAdmin(browser, hub);
  await nora.view("unassigned").click();
  const amina = await Requester.arrives(browser, hub);
  const { page } = amina;
  const draft = page.getByRole("textbox", { name: amina.words.message });
  await amina.asks("Asked as a guest", AMINA);
  await draft.fill("a guest's draft");
  await amina.signsIn("haddad@example.org");
  await amina.asks("Asked with an account");
  await draft.fill("a customer's draft");
  await expect.poll(() => kept(page)).toContain("a customer's draft");
  expect(await kept(page)).toContain("a guest's draft");

  const [{ value: login = "" } = {}] = await amina.context.cookies();
  expect(login).not.toBe("");
  const signOut = async () => {
    await page.getByRole("button", { name: amina.words.menu }).click();
    await page.getByRole("menuitem", { name: amina.words.sign_out }).click();
  };
  await signOut();
  const question = page.getByRole("dialog");
  await expect(question).toContainText("2 messages were not sent yet");
  await question.getByRole("button", { name: amina.words.stay }).click();
  await expect(draft).toHaveValue("a customer's draft");
  await signOut();
  await question.getByRole("button", { name: amina.words.delete_and_sign_out }).click();
  await expect(page.getByRole("heading", { level: 1, name: amina.words.welcome })).toBeVisible();

  const left = await kept(page);
  for (const trace of ["draft", "haddad", "Amina", "Asked", "@example.org"]) expect(left).not.toContain(trace);
  // No id of a person or a ticket either.
  expect(left).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-7/);
  // The cookie is another browser's, so to say: a mark of nobody.
  expect((await amina.context.cookies()).map(({ value }) => value)).not.toContain(login);
  await page.goBack();
  await expect(page.getByText("Asked with an account")).toHaveCount(0);
});

test("R-G10: an agent who signs out is warned of drafts that the hub does not have, and leaves nothing behind", async ({ browser, hub }) => {
  const nora = await Agent.becomesFirstAdmin(browser, hub);
  const amina = await Requester.arrives(browser, hub);
  await amina.asks("For an agent", AMINA);
  await nora.view("unassigned").click();
  await nora.opens("For an agent");
  await nora.page.route("**/drafts/reply", (route) => route.abort());
  await nora.page.getByRole("textbox", { name: nora.words.reply }).fill("half a reply");
  await expect.poll(() => kept(nora.page)).toContain("half a reply");
  await nora.page.goto(`${hub.origin}/agent#/settings/me`);
  await nora.page.getByRole("button", { name: nora.words.sign_out, exact: true }).click();
  await nora.page.getByRole("dialog").getByRole("button", { name: nora.words.sign_out }).click();
  // Exactly: the settings, which stand there a moment longer, ask for the current and a new one.
  await expect(nora.page.getByLabel(nora.words.password, { exact: true })).toBeVisible();
  await expect.poll(() => kept(nora.page)).not.toContain("half a reply");
  const left = await kept(nora.page);
  for (const trace of ["Nora", "verso.example", "For an agent"]) expect(left).not.toContain(trace);
  expect(left).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-7/);
});
