// People at their browsers: each verb is something a person does or sees, found by what they read
// on the page, in their language.

import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContext, expect, type Locator, type Page } from "@playwright/test";
import type { Hub } from "./hub.ts";

export type Language = "en" | "fr";

/** The words that people look for. */
const WORDS = {
  en: {
    topic: /Payment/,
    text: "What happened?",
    email: "Your e-mail address",
    name: "Your name",
    send_request: "Send request",
    message: "Your message",
    send: "Send",
    conversation: "Conversation",
    not_confirmed: "Your address is not confirmed:",
    sign_in_email: "E-mail address",
    send_code: "Send me a code",
    code: "8-digit code",
    sign_in: "Sign in",
    my_tickets: "My tickets",
    seen: /Seen/,
    solved: /marked this request as solved/,
    offline: /You are offline|Reconnecting/,
    views: { unassigned: "Unassigned", open: "All open", mine: "My inbox", solved: "Solved" },
    reply: /^Reply to/,
    kinds: { reply: "Reply", note: "Note", ask: "Ask for information" },
    note: "Internal note; only agents see it",
    add_note: "Add note",
    solve: "Solve",
    reopen: "Reopen",
    create: "Create account",
    begin: "Begin",
    password: "Password",
    agent_email: "E-mail address",
    agent_not_confirmed: "Address not confirmed",
  },
  fr: {
    topic: /Paiement/,
    text: "Que s’est-il passé ?",
    email: "Votre adresse e-mail",
    name: "Votre nom",
    send_request: "Envoyer la demande",
    message: "Votre message",
    send: "Envoyer",
    conversation: "Conversation",
    not_confirmed: "Votre adresse n’est pas confirmée :",
    sign_in_email: "Adresse e-mail",
    send_code: "Recevoir un code",
    code: "Code à 8 chiffres",
    sign_in: "Se connecter",
    my_tickets: "Mes demandes",
    seen: /Vu/,
    solved: /a marqué (la|cette) demande comme résolue/,
    offline: /hors ligne|Reconnexion/,
    views: { unassigned: "Non attribués", open: "Tous les ouverts", mine: "Ma boîte", solved: "Résolus" },
    reply: /^Répondre à/,
    kinds: { reply: "Réponse", note: "Note", ask: "Demander des précisions" },
    note: /^Note interne/,
    add_note: "Ajouter la note",
    solve: "Résoudre",
    reopen: "Rouvrir",
    create: "Créer le compte",
    begin: "Commencer",
    password: "Mot de passe",
    agent_email: "Adresse e-mail",
    agent_not_confirmed: "Adresse non confirmée",
  },
} as const;

export interface Device {
  language?: Language;
  phone?: boolean;
  dark?: boolean;
}

/** What every person has: a browser of their own. */
class Person {
  readonly words: (typeof WORDS)[Language];

  protected constructor(
    readonly hub: Hub,
    readonly context: BrowserContext,
    readonly page: Page,
    readonly language: Language,
  ) {
    this.words = WORDS[language];
  }

  protected static async browse(browser: Browser, device: Device): Promise<[BrowserContext, Page]> {
    const context = await browser.newContext({
      locale: device.language === "fr" ? "fr-FR" : "en-GB",
      colorScheme: device.dark ? "dark" : "light",
      viewport: device.phone ? { width: 390, height: 844 } : { width: 1440, height: 900 },
      hasTouch: device.phone === true,
    });
    const page = await context.newPage();
    // A page that breaks, or that its own content security policy had to stop, fails the test.
    page.on("pageerror", (error) => {
      throw error;
    });
    page.on("console", (line) => {
      if (/Content Security Policy|Trusted/i.test(line.text())) throw new Error(line.text());
    });
    return [context, page];
  }

  get log(): Locator {
    return this.page.getByRole("region", { name: this.words.conversation });
  }

  bubble(text: string): Locator {
    return this.page.locator("article").filter({ hasText: text });
  }

  async sees(text: string): Promise<void> {
    await expect(this.bubble(text)).toHaveCount(1);
    await expect(this.bubble(text)).toBeVisible();
  }

  /** The texts of the conversation, in order. */
  async conversation(): Promise<string[]> {
    return this.page.locator("article .bubble").allInnerTexts();
  }

  async goesOffline(): Promise<void> {
    await this.context.setOffline(true);
  }

  async comesBack(): Promise<void> {
    await this.context.setOffline(false);
  }

  /** R-G1 and WCAG 2.2 AA, as far as a machine can tell. */
  async findsThePageAccessible(): Promise<void> {
    const found = await new AxeBuilder({ page: this.page })
      .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
      .analyze();
    expect(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(" ")}`)).toEqual([]);
  }
}

/** A guest or a customer. */
export class Requester extends Person {
  static async arrives(browser: Browser, hub: Hub, device: Device = {}): Promise<Requester> {
    const [context, page] = await Person.browse(browser, device);
    await page.goto(`${hub.origin}/`);
    return new Requester(hub, context, page, device.language ?? "en");
  }

  /** Opens a ticket; as a guest when an address is given. */
  async asks(text: string, person?: { email: string; name: string }): Promise<void> {
    await this.page.goto(`${this.hub.origin}/#/new`);
    await this.page.getByRole("radio", { name: this.words.topic }).check();
    await this.page.getByLabel(this.words.text).fill(text);
    if (person) {
      await this.page.getByLabel(this.words.email).fill(person.email);
      await this.page.getByLabel(this.words.name).fill(person.name);
    }
    await this.page.getByRole("button", { name: this.words.send_request }).click();
    await this.sees(text);
  }

  async posts(text: string): Promise<void> {
    await this.page.getByRole("textbox", { name: this.words.message }).fill(text);
    await this.page.getByRole("button", { name: this.words.send, exact: true }).click();
  }

  /** Signs in with the code from the local mailbox. */
  async signsIn(email: string): Promise<void> {
    await this.page.goto(`${this.hub.origin}/#/sign-in`);
    await this.page.getByLabel(this.words.sign_in_email).fill(email);
    const before = (await this.mails(email)).length;
    await this.page.getByRole("button", { name: this.words.send_code }).click();
    await expect.poll(async () => (await this.mails(email)).length).toBe(before + 1);
    const code = /\b(\d{4}) (\d{4})\b/.exec((await this.mails(email)).at(-1) ?? "")?.slice(1).join("") ?? "";
    await this.page.getByRole("textbox", { name: this.words.code }).fill(code);
    await this.page.getByRole("button", { name: this.words.sign_in, exact: true }).click();
    await expect(this.page.getByRole("heading", { level: 1 })).not.toHaveText(/code/i);
  }

  /** The texts of this person's mails, newest last. */
  async mails(email: string): Promise<string[]> {
    const answer = await this.page.request.get(`${this.hub.origin}/dev/mailbox/messages`);
    const mails = (await answer.json()) as { to: string; text: string }[];
    return mails.filter((mail) => mail.to === email).map((mail) => mail.text);
  }

  async findsSeen(text: string): Promise<void> {
    await expect(this.bubble(text).getByText(this.words.seen)).toBeVisible();
  }
}

const PASSWORD = "three plain words suffice";

export class Agent extends Person {
  /** Follows the link that the hub printed at its first start. */
  static async becomesFirstAdmin(browser: Browser, hub: Hub, device: Device = {}): Promise<Agent> {
    const [context, page] = await Person.browse(browser, device);
    const agent = new Agent(hub, context, page, device.language ?? "en");
    await page.goto(hub.firstAdminLink());
    await page.getByLabel(agent.words.agent_email).fill("nora@verso.example");
    await page.getByLabel(agent.words.name).fill("Nora Bakker");
    await page.getByLabel(agent.words.password).fill(PASSWORD);
    await page.getByRole("button", { name: agent.words.create }).click();
    await expect(agent.view("unassigned")).toBeVisible();
    return agent;
  }

  /** Follows an invitation. */
  static async followsInvite(browser: Browser, hub: Hub, link: string, device: Device = {}): Promise<Agent> {
    const [context, page] = await Person.browse(browser, device);
    const agent = new Agent(hub, context, page, device.language ?? "en");
    await page.goto(link);
    await page.getByLabel(agent.words.password).fill(PASSWORD);
    await page.getByRole("button", { name: agent.words.begin }).click();
    await expect(agent.view("unassigned")).toBeVisible();
    return agent;
  }

  view(name: "unassigned" | "open" | "mine" | "solved"): Locator {
    return this.page.getByRole("link", { name: this.words.views[name] });
  }

  row(text: string): Locator {
    return this.page.getByRole("listitem").filter({ hasText: text });
  }

  async opens(text: string): Promise<void> {
    await this.row(text).getByRole("link").first().click();
    await expect(this.page.getByRole("textbox", { name: this.words.reply })).toBeVisible();
  }

  async replies(text: string): Promise<void> {
    await this.page.getByRole("button", { name: this.words.kinds.reply, exact: true }).click();
    const box = this.page.getByRole("textbox", { name: this.words.reply });
    await box.fill(text);
    await box.press("Control+Enter");
    await this.sees(text);
  }

  async notes(text: string): Promise<void> {
    await this.page.getByRole("button", { name: this.words.kinds.note, exact: true }).click();
    await this.page.getByRole("textbox", { name: this.words.note }).fill(text);
    await this.page.getByRole("button", { name: this.words.add_note }).click();
    await this.sees(text);
  }

  async solves(): Promise<void> {
    await this.page.getByRole("button", { name: this.words.solve }).click();
    await expect(this.page.getByRole("button", { name: this.words.reopen })).toBeVisible();
  }
}
