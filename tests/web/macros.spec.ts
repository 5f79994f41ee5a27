// Macros by keyboard alone, in both languages: written with a preview, used at the caret, done when the text is sent or
// at once, on many tickets, live to colleagues.

import { expect, type Locator } from "@playwright/test";
import { test } from "./fixtures.ts";
import { Agent, type Language, Requester } from "./people.ts";

const AMINA = { email: "amina@example.org", name: "Amina Haddad" };
const MATHIS = { email: "mathis@example.org", name: "Mathis Dubois" };

const WORDS = {
  en: {
    all: "New macro for everybody",
    own: "New macro",
    name: "Name",
    text: "Text",
    first_name: "Requester’s first name",
    filled: (agent: string) => `Hello Amina, it is done. ${agent}`,
    unnamed: "For a requester without a name",
    unnamed_filled: "Hello there, it is done.",
    unknown: "There is no variable {{requester.nam}}",
    add_tags: "Add tags",
    solve: "Solve the ticket",
    save: "Save",
    priority: "Priority",
    urgent: "Urgent",
    use: "Use a macro",
    use_many: "Use a macro on the selected tickets",
    when_sent: "When it is sent:",
    leave_out: "Leave out: Solve",
    told: "Refund: Tag refunded, Solve.",
    told_urgent: "On fire: Priority Urgent.",
    told_many: "On fire: 2 tickets changed.",
    nothing: "On fire: there was nothing to change.",
    undo: "Undo",
    taken_back: "Taken back (2).",
    macro: "Macro: On fire",
    later: "Move Refund down",
    remove: "Delete Refund",
    confirm: "Delete",
    none: "None yet.",
  },
  fr: {
    all: "Nouvelle macro pour tous",
    own: "Nouvelle macro",
    name: "Nom",
    text: "Texte",
    first_name: "Prénom du demandeur",
    filled: (agent: string) => `Hello Amina, it is done. ${agent}`,
    unnamed: "Pour un demandeur sans nom",
    unnamed_filled: "Hello à vous, it is done.",
    unknown: "Il n’y a pas de variable {{requester.nam}}",
    add_tags: "Ajouter des étiquettes",
    solve: "Résoudre le ticket",
    save: "Enregistrer",
    priority: "Priorité",
    urgent: "Urgente",
    use: "Utiliser une macro",
    use_many: "Utiliser une macro sur les tickets sélectionnés",
    when_sent: "À l’envoi :",
    leave_out: "Ne pas faire : Résoudre",
    told: "Refund : Étiqueter refunded, Résoudre.",
    told_urgent: "On fire : Priorité Urgente.",
    told_many: "On fire : 2 tickets modifiés.",
    nothing: "On fire : il n’y avait rien à changer.",
    undo: "Annuler",
    taken_back: "Annulé (2).",
    macro: "Macro: On fire",
    later: "Descendre Refund",
    remove: "Supprimer Refund",
    confirm: "Supprimer",
    none: "Aucune pour l’instant.",
  },
};

const pressOn = async (target: Locator, key = "Enter"): Promise<void> => {
  await target.focus();
  await target.press(key);
};

/** Chooses by a few letters what the open list of macros offers. */
const uses = async (agent: Agent, title: string, letters: string): Promise<void> => {
  await expect(agent.dialog(title)).toBeVisible();
  await agent.page.keyboard.type(letters);
  await expect(agent.page.getByRole("option")).toHaveCount(1);
  await agent.presses("Enter");
  await expect(agent.dialog(title)).toBeHidden();
};

/** Makes a macro behind the page's back, as a colleague's page would. */
const writes = async (
  agent: Agent,
  name: string,
  text: { kind: "reply" | "note"; text: string },
  actions: { add_tags?: string[]; solve?: boolean },
  { shared = false } = {},
): Promise<void> => {
  const status = await agent.page.evaluate(
    async ([path, body]) => {
      const headers = { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() };
      return (await fetch(path, { method: "POST", headers, body })).status;
    },
    [shared ? "/v1/agent/shared-macros" : "/v1/agent/macros", JSON.stringify({ name, content: { text, actions } })] as const,
  );
  expect(status).toBe(201);
};

for (const language of ["en", "fr"] as Language[]) {
  const w = WORDS[language];

  test(`macros are written with a preview, used at the caret, and done once the text is sent (${language})`, async ({
    browser,
    hub,
  }) => {
    const nora = await Agent.becomesFirstAdmin(browser, hub, { language });
    const amina = await Requester.arrives(browser, hub);
    await amina.asks("Where is my refund?", AMINA);
    const { page } = nora;
    await page.goto(`${hub.origin}/agent#/settings/macros`);
    await pressOn(page.getByRole("button", { name: w.all, exact: true }));
    const form = nora.dialog(w.all);
    await expect(form.getByLabel(w.name, { exact: true })).toBeFocused();
    await page.keyboard.type("Refund");
    await nora.presses("Tab");
    await expect(form.getByLabel(w.text, { exact: true })).toBeFocused();
    await page.keyboard.type("Hello {{requester.nam}}");
    await expect(form.getByText(w.unknown)).toBeVisible();
    await pressOn(form.getByRole("button", { name: w.save }));
    const text = form.getByLabel(w.text, { exact: true });
    await expect(text).toBeFocused();
    await text.fill("Hello ");
    await pressOn(form.getByRole("button", { name: w.first_name }));
    await expect(text).toBeFocused();
    await page.keyboard.type(", it is done. {{agent.first_name}}");
    await expect(form.getByText(w.filled("Nora"))).toBeVisible();
    await pressOn(form.getByLabel(w.unnamed), "Space");
    await expect(form.getByText(w.unnamed_filled)).toBeVisible();
    await form.getByLabel(w.add_tags).focus();
    await page.keyboard.type("refunded");
    await pressOn(form.getByLabel(w.solve), "Space");
    await nora.findsThePageAccessible();
    await form.getByLabel(w.solve).focus();
    await nora.presses("Enter");
    await expect(form).toBeHidden();
    await expect(page.getByText("Refund", { exact: true })).toBeVisible();
    await nora.findsThePageAccessible();

    await nora.presses("g", "u");
    await expect(nora.row("Where is my refund?")).toBeVisible();
    await nora.presses("j", "Enter");
    const box = page.getByRole("textbox", { name: nora.words.reply });
    await expect(box).toBeVisible();
    await nora.presses("r");
    await page.keyboard.type("Dear customer! Bye.");
    for (let back = 0; back < " Bye.".length; back++) await nora.presses("ArrowLeft");
    await nora.presses("Escape", "c");
    await expect(page.getByRole("option", { name: /Refund/ })).toContainText(w.filled("Nora"));
    await nora.findsThePageAccessible();
    await uses(nora, w.use, "refu");
    await expect(box).toBeFocused();
    await page.keyboard.type("!");
    await expect(box).toHaveValue(`Dear customer! ${w.filled("Nora")}! Bye.`);
    await expect(page.getByText(w.when_sent)).toBeVisible();
    await nora.findsThePageAccessible();
    // Both outlive a reload.
    await page.reload();
    await expect(page.getByText(w.when_sent)).toBeVisible();
    await expect(box).toHaveValue(`Dear customer! ${w.filled("Nora")}! Bye.`);
    // Nothing has happened to the ticket so far.
    await expect(page.getByRole("complementary").getByText("refunded", { exact: true })).toBeHidden();
    await box.press("Control+Enter");
    await amina.sees(`Dear customer! ${w.filled("Nora")}! Bye.`);
    await expect(page.getByText(w.told).first()).toBeVisible();
    await expect(page.getByText(w.when_sent)).toBeHidden();
    await expect(page.getByRole("complementary").getByText("refunded", { exact: true })).toBeVisible();
    await expect(page.getByRole("button", { name: nora.words.reopen }).first()).toBeVisible();
  });

  test(`a macro without a text is done at once, from the bar and on many tickets, with a way back (${language})`, async ({
    browser,
    hub,
  }) => {
    const nora = await Agent.becomesFirstAdmin(browser, hub, { language });
    for (const [text, who] of [
      ["First matter", AMINA],
      ["Second matter", MATHIS],
    ] as const) {
      const requester = await Requester.arrives(browser, hub);
      await requester.asks(text, who);
    }
    const { page } = nora;
    await page.goto(`${hub.origin}/agent#/settings/macros`);
    await pressOn(page.getByRole("button", { name: w.own, exact: true }));
    const form = nora.dialog(w.own);
    await expect(form.getByLabel(w.name, { exact: true })).toBeFocused();
    await page.keyboard.type("On fire");
    await form.getByLabel(w.priority).selectOption({ label: w.urgent });
    await form.getByLabel(w.name, { exact: true }).press("Enter");
    await expect(form).toBeHidden();

    await nora.presses("g", "u");
    await expect(nora.row("First matter")).toBeVisible();
    await expect(nora.row("Second matter")).toBeVisible();
    await nora.presses("j", "x", "j", "Shift+X", "c");
    await uses(nora, w.use_many, "fire");
    await expect(page.getByText(w.told_many).first()).toBeVisible();
    for (const text of ["First matter", "Second matter"])
      await expect(nora.row(text).getByText(w.urgent)).toBeVisible();
    await pressOn(page.getByRole("button", { name: w.undo, exact: true }));
    await expect(page.getByText(w.taken_back).first()).toBeVisible();
    for (const text of ["First matter", "Second matter"])
      await expect(nora.row(text).getByText(w.urgent)).toBeHidden();

    await nora.opens("First matter");
    await expect(page.getByRole("textbox", { name: nora.words.reply })).toBeVisible();
    for (const told of [w.told_urgent, w.nothing]) {
      await nora.presses("Control+k");
      await page.keyboard.type("macro fire");
      await expect(page.getByRole("option", { name: w.macro })).toBeVisible();
      await nora.presses("Enter");
      await expect(page.getByText(told).first()).toBeVisible();
      await expect(nora.row("First matter").getByText(w.urgent)).toBeVisible();
    }
  });
}

test("a note's macro goes into the note, two of them join, and one act can be left out", async ({ browser, hub }) => {
  const nora = await Agent.becomesFirstAdmin(browser, hub, { undoes: true });
  const amina = await Requester.arrives(browser, hub);
  await amina.asks("A matter for two macros", AMINA);
  const { page } = nora;
  const w = WORDS.en;
  await writes(nora, "Noted", { kind: "note", text: "Seen by {{agent.name}}" }, { add_tags: ["seen"] });
  await writes(nora, "Closing", { kind: "reply", text: "All done for #{{ticket.number}}" }, { solve: true });
  await writes(nora, "Tagging", { kind: "reply", text: "Thank you" }, { add_tags: ["thanked"] });
  await nora.view("unassigned").click();
  await nora.opens("A matter for two macros");
  const reply = page.getByRole("textbox", { name: nora.words.reply });
  const note = page.getByRole("textbox", { name: nora.words.note });
  await expect(reply).toBeVisible();
  await reply.fill("a draft that stays");
  await nora.presses("Escape", "c");
  await uses(nora, w.use, "noted");
  await expect(note).toHaveValue("Seen by Nora Bakker");
  await expect(note).toBeFocused();
  await note.press("Control+Enter");
  await expect(page.getByText("Noted: Tag seen.").first()).toBeVisible();

  await nora.presses("Escape", "r");
  await expect(reply).toHaveValue("a draft that stays");
  await nora.presses("Escape", "c");
  await uses(nora, w.use, "closing");
  await nora.presses("Escape", "c");
  await uses(nora, w.use, "tagging");
  await expect(reply).toHaveValue(/^a draft that stays All done for #\d+ Thank you$/);
  await pressOn(page.getByRole("button", { name: w.leave_out }));
  await expect(page.getByRole("button", { name: /^Leave out/ })).toHaveCount(1);
  // Taken back, text and act stand where they were.
  await reply.press("Control+Enter");
  await expect(page.getByText(w.when_sent)).toBeHidden();
  await pressOn(page.getByRole("button", { name: /^Undo \(/ }));
  await expect(reply).toHaveValue(/Thank you$/);
  await expect(page.getByRole("button", { name: "Leave out: Tag thanked" })).toBeVisible();
});

test("a changed macro of everybody is there for a colleague at once, who may not change it", async ({ browser, hub }) => {
  const nora = await Agent.becomesFirstAdmin(browser, hub);
  const amina = await Requester.arrives(browser, hub);
  await amina.asks("A matter of two agents", AMINA);
  const link = await nora.invites("Léna Morel", "lena@verso.example");
  const lena = await Agent.followsInvite(browser, hub, link);
  const w = WORDS.en;
  await lena.page.goto(`${hub.origin}/agent#/settings/macros`);
  await expect(lena.page.getByText(w.none)).toHaveCount(2);
  await writes(nora, "Refund", { kind: "reply", text: "Hello" }, {}, { shared: true });
  await expect(lena.page.getByText("Refund", { exact: true })).toBeVisible();
  await expect(lena.page.getByRole("button", { name: /Refund/ })).toHaveCount(0);
  await expect(lena.page.getByRole("button", { name: w.all })).toHaveCount(0);

  await nora.page.goto(`${hub.origin}/agent#/settings/macros`);
  await writes(nora, "Sorry", { kind: "reply", text: "Sorry" }, {}, { shared: true });
  await pressOn(nora.page.getByRole("button", { name: w.later }));
  await expect(lena.page.locator(".macro-list strong")).toHaveText(["Sorry", "Refund"]);
  await pressOn(nora.page.getByRole("button", { name: w.remove }));
  await pressOn(nora.page.getByRole("dialog").getByRole("button", { name: w.confirm }));
  await expect(lena.page.locator(".macro-list strong")).toHaveText(["Sorry"]);
});
