// Takes the pictures of the README from a hub with a little life in it: `make screenshots`.

import { join, resolve } from "node:path";
import { test } from "./fixtures.ts";
import { Agent, Requester } from "./people.ts";

const IMAGES = resolve(import.meta.dirname, "../../docs/images");

test("the README's pictures", async ({ browser, hub }) => {
  const nora = await Agent.becomesFirstAdmin(browser, hub);
  for (const [text, name] of [
    ["Two-step codes arrive late", "Ines Beltrán"],
    ["Change the phone number on my account", "Chloe Whitmore"],
    ["Factura con datos incorrectos", "Pablo Ruiz"],
    ["متى تصل الحوالة إلى حسابي؟", "ياسمين سالم"],
    ["Zugang gesperrt nach Gerätewechsel", "Greta Klein"],
    ["Refund for order 48-2219", "Mathis Dubois"],
  ] as const) {
    const guest = await Requester.arrives(browser, hub);
    await guest.asks(text, { email: `${name.split(" ")[0]?.normalize("NFD").replace(/[^a-z]/gi, "") || "y"}@example.org`, name });
    await guest.context.close();
  }
  const amina = await Requester.arrives(browser, hub, { phone: true });
  await amina.signsIn("amina.haddad@example.org");
  await amina.page.evaluate(() =>
    fetch("/v1/me", {
      method: "PATCH",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ name: "Amina Haddad" }),
    }),
  );
  await amina.asks("Statement for the tax office");
  await amina.asks("Payment declined but my card was charged");
  await amina.posts("Transaction TX-8842-19F, at 13:31. The bank took 64.90 €.");
  await nora.view("open").click();
  await nora.opens("Payment declined");
  await nora.replies("Thanks, that helps a lot. The bank holds the amount for now, nothing has been captured on our side.");
  await nora.notes("Same acquirer error as yesterday. If the hold is older than 48 h, use the manual release form.");
  await amina.sees("nothing has been captured");
  await amina.posts("Ok, thank you. How long does it usually take?");
  await nora.sees("How long does it usually take?");
  await nora.page.getByRole("button", { name: nora.words.kinds.reply, exact: true }).click();
  await nora.page
    .getByRole("textbox", { name: nora.words.reply })
    .fill("Most banks release a hold within 24 hours. I am asking yours today.");
  await amina.findsSeen("How long does it usually take?");
  await nora.page.screenshot({ path: join(IMAGES, "console.png") });
  await amina.page.screenshot({ path: join(IMAGES, "guest.png") });
  await amina.page.goto(`${hub.origin}/#/tickets`);
  await amina.page.getByRole("link", { name: /Statement for the tax office/ }).waitFor();
  await amina.page.screenshot({ path: join(IMAGES, "tickets.png") });
  const french = await Requester.arrives(browser, hub, { phone: true, dark: true, language: "fr" });
  await french.page.goto(`${hub.origin}/#/new`);
  await french.page.getByRole("radio", { name: french.words.topic }).check();
  await french.page.screenshot({ path: join(IMAGES, "new-request.png") });
});
