// People at their browsers: each verb is something a person does or sees, found by what they read
// on the page, in their language.

import { AxeBuilder } from "@axe-core/playwright";
import { join } from "node:path";
import { type Browser, type BrowserContext, type CDPSession, expect, type Locator, type Page, test } from "@playwright/test";
import type { Hub } from "./hub.ts";
import type { TestFile } from "./pictures.ts";

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
    offline: /You are offline|Reconnecting|No connection/,
    not_live: /Connected, but not live/,
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
    menu: "Help and settings",
    sign_out: "Sign out",
    stay: "Stay signed in",
    delete_and_sign_out: "Delete and sign out",
    welcome: "How can we help?",
    edit: "Edit your message",
    corrected: "Your message, corrected",
    save: "Save",
    edited: "edited",
    address_me: "How should we address you?",
    message_menu: "Message actions",
    edit_item: "Edit",
    open_request: /^Open request No\. \d+$/,
    open_it: "Open the request",
    trust: "Trust this device for 30 days",
    another: "Send a new code",
    another_in: /You can ask for another code in/,
    wrong_code: /wrong or no longer valid/,
    void_link: "This link does not work",
    lost_link: "I lost my link",
    lost_send: "Send me my links",
    lost_asked: "Look into your mailbox",
    not_me: "This was not me",
    not_me_done: "Thank you, that is settled",
    stop: "Stop the e-mails",
    stopped: /^You get no more e\u2011mails about request No\. \d+/,
    undo: "Undo",
    undone: /^You get e\u2011mails about request No\. \d+ again/,
    end_trust: "End this access",
    ended: "The access is ended",
    end_here: "End access here",
    end_everywhere: "End access everywhere",
    no_access: "This browser has no access to the request",
    if_leaves: /^If Amina leaves$/,
    alerts: "Alerts",
    access: "Access",
    try_again: "Try again",
    end_all: "End all access",
    correct_address: "Correct it",
    same_matter: "You already have an open request about this",
    code_title: "Enter the code from the e\u2011mail",
    join: "Add to my tickets",
    not_here: "This request is not here for you",
    assign: "Assign the ticket",
    keys: "Keyboard",
    details: "Details",
    open_nav: "Open the navigation",
    link_used: "This link works no more",
    attach: "Attach files",
    choose_files: "Choose files",
    photo: "Take a photo",
    files: "Files of this message",
    sending_file: (name: string) => `Sending ${name}`,
    cancel_file: (name: string) => `Cancel ${name}`,
    remove_file: (name: string) => `Remove ${name}`,
    retry_file: (name: string) => `Send ${name} again`,
    ready: "Ready",
    too_large: /is too large: a file may have/,
    drop_here: "Drop files here",
    is_sending: /is sending a file/,
    viewer: "Images of this conversation",
    next_image: "Next image",
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
    offline: /hors ligne|Reconnexion|Pas de connexion/,
    not_live: /Connecté, mais sans le direct/,
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
    menu: "Aide et réglages",
    sign_out: "Se déconnecter",
    stay: "Rester connecté",
    delete_and_sign_out: "Effacer et se déconnecter",
    welcome: "Comment pouvons\u2011nous vous aider ?",
    edit: "Modifier votre message",
    corrected: "Votre message, corrigé",
    save: "Enregistrer",
    edited: "modifié",
    address_me: "Comment souhaitez-vous être appelé ?",
    message_menu: "Actions sur le message",
    edit_item: "Modifier",
    open_request: /^Ouvrir la demande n° \d+$/,
    open_it: "Ouvrir la demande",
    trust: "Faire confiance à cet appareil pendant 30 jours",
    another: "Renvoyer un code",
    another_in: /Vous pourrez demander un autre code/,
    wrong_code: /faux ou n’est plus valable|incorrect|plus valable/,
    void_link: "Ce lien ne fonctionne pas",
    lost_link: "J’ai perdu mon lien",
    lost_send: "Recevoir mes liens",
    lost_asked: "Regardez dans votre boîte de réception",
    not_me: "Ce n’était pas moi",
    not_me_done: "Merci, c’est réglé",
    stop: "Arrêter les e-mails",
    stopped: /^Vous ne recevez plus d’e\u2011mails au sujet de la demande n°\s\d+/,
    undo: "Annuler",
    undone: /^Vous recevez à nouveau les e\u2011mails au sujet de la demande n°\s\d+/,
    end_trust: "Mettre fin à cet accès",
    ended: "L’accès a pris fin",
    end_here: "Quitter ici",
    end_everywhere: "Quitter partout",
    no_access: "Ce navigateur n’a pas accès à la demande",
    if_leaves: /^Si Amina part$/,
    alerts: "Alertes",
    access: "Accès",
    try_again: "Réessayer",
    end_all: "Mettre fin à tout accès",
    correct_address: "La corriger",
    same_matter: "Vous avez déjà une demande en cours à ce sujet",
    code_title: "Entrez le code reçu par e\u2011mail",
    join: "Ajouter à mes demandes",
    not_here: "Cette demande n’est pas là pour vous",
    assign: "Attribuer le ticket",
    keys: "Clavier",
    details: "Détails",
    open_nav: "Ouvrir la navigation",
    link_used: "Ce lien ne fonctionne plus",
    attach: "Joindre des fichiers",
    choose_files: "Choisir des fichiers",
    photo: "Prendre une photo",
    files: "Fichiers de ce message",
    sending_file: (name: string) => `Envoi de ${name}`,
    cancel_file: (name: string) => `Annuler ${name}`,
    remove_file: (name: string) => `Retirer ${name}`,
    retry_file: (name: string) => `Renvoyer ${name}`,
    ready: "Prêt",
    too_large: /est trop volumineux/,
    drop_here: "Déposez les fichiers ici",
    is_sending: /envoie un fichier/,
    viewer: "Images de cette conversation",
    next_image: "Image suivante",
  },
} as const;

const SIZES = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
type Size = keyof typeof SIZES;
type Theme = "light" | "dark";
const not = (theme: Theme): Theme => (theme === "dark" ? "light" : "dark");
let views_seen = 0;

export interface Device {
  language?: Language;
  phone?: boolean;
  dark?: boolean;
  /** Replies wait as long as the console does by default; else the tests' agents have that switched off. */
  undoes?: boolean;
}

export interface Mail {
  id: string;
  to: string;
  subject: string;
  text: string;
}

/** What the local mailbox has for an address, oldest first. */
export async function mailsTo(hub: Hub, email: string): Promise<Mail[]> {
  const mails = (await (await fetch(`${hub.origin}/dev/mailbox/messages`)).json()) as Mail[];
  return mails.filter((mail) => mail.to === email);
}

/** The 8 digits that a mail carries. */
export const codeIn = (text = ""): string => /\b(\d{4}) (\d{4})\b/.exec(text)?.slice(1).join("") ?? "";

/** The link of one kind that a mail carries: `t` to the ticket, `u` to unsubscribe, `r` to end a trusted browser. */
export function linkIn(mail: Mail | undefined, kind: "t" | "u" | "r" = "t"): string {
  const link = new RegExp(`http\\S+/${kind}/[\\w-]+`).exec(mail?.text ?? "")?.[0];
  if (link === undefined) throw new Error(`no such link in:\n${mail?.text}`);
  return link;
}

/** What every person has: a browser of their own. */
class Person {
  readonly words: (typeof WORDS)[Language];
  /** The browser's developer tools. */
  #tools: CDPSession | undefined;

  protected constructor(
    readonly hub: Hub,
    readonly context: BrowserContext,
    readonly page: Page,
    readonly device: Device,
  ) {
    this.words = WORDS[device.language ?? "en"];
  }

  protected static async browse(browser: Browser, device: Device): Promise<[BrowserContext, Page]> {
    const context = await browser.newContext({
      locale: device.language === "fr" ? "fr-FR" : "en-GB",
      colorScheme: device.dark ? "dark" : "light",
      viewport: device.phone ? SIZES.phone : SIZES.desktop,
      hasTouch: device.phone === true,
    });
    // In pages alone: a mail in its sandboxed frame has no storage, nor has an empty page.
    if (!device.undoes)
      await context.addInitScript(() => {
        if (window === window.top && location.protocol === "http:") localStorage.setItem("guichet.undo-send", "0");
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

  /** The banner that says so, not what screen readers are told. */
  get notLive(): Locator {
    return this.page.locator(".connection-banner, .line-banner").filter({ hasText: this.words.not_live });
  }

  /** The rows of files on their way up, in a composer or under a message. */
  file(name: string): Locator {
    return this.page.getByRole("list", { name: this.words.files }).getByRole("listitem").filter({ hasText: name });
  }

  /** By the button and the browser's own window. */
  async attaches(...files: TestFile[]): Promise<void> {
    const chooser = this.page.waitForEvent("filechooser");
    await this.page.getByRole("button", { name: this.words.attach }).click();
    await this.page.getByRole("menuitem", { name: this.words.choose_files }).click();
    await (await chooser).setFiles(files);
  }

  /** From the clipboard, into the field that has the focus. */
  async pastes(file: TestFile): Promise<void> {
    await this.#hand("paste", "textarea", [file]);
  }

  /** Drags files over a place, and lets go of them there. */
  async drags(place: string, ...files: TestFile[]): Promise<void> {
    await this.#hand("dragover", place, files);
  }

  async drops(place: string, ...files: TestFile[]): Promise<void> {
    await this.#hand("drop", place, files);
  }

  async #hand(kind: "paste" | "dragover" | "drop", place: string, files: TestFile[]): Promise<void> {
    const given = files.map(({ name, mimeType, buffer }) => ({ name, mimeType, base64: buffer.toString("base64") }));
    await this.page.locator(place).last().evaluate(
      async (element, { kind, given }) => {
        const data = new DataTransfer();
        for (const { name, mimeType, base64 } of given) {
          const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
          data.items.add(new File([bytes], name, { type: mimeType }));
        }
        const how = { bubbles: true, cancelable: true };
        element.dispatchEvent(
          kind === "paste"
            ? new ClipboardEvent(kind, { ...how, clipboardData: data })
            : new DragEvent(kind, { ...how, dataTransfer: data }),
        );
      },
      { kind, given },
    );
  }

  /** Bytes a second that go up; null: as many as there are. */
  async hasLine(bytes_per_s: number | null): Promise<void> {
    this.#tools ??= await this.context.newCDPSession(this.page);
    await this.#tools.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput: bytes_per_s ?? -1,
    });
  }

  /** This browser has kept the draft: the last letter is stored a moment after it was typed. */
  async keeps(draft: string): Promise<void> {
    const kept = () =>
      this.page.evaluate(async () => {
        const open = indexedDB.open("guichet");
        const db = await new Promise<IDBDatabase>((resolve) => {
          open.onsuccess = () => resolve(open.result);
        });
        const all = db.transaction("drafts").objectStore("drafts").getAll();
        const drafts = await new Promise<unknown[]>((resolve) => {
          all.onsuccess = () => resolve(all.result);
        });
        db.close();
        return drafts.map(String);
      });
    await expect.poll(kept).toContain(draft);
  }

  async goesOffline(): Promise<void> {
    await this.context.setOffline(true);
  }

  async comesBack(): Promise<void> {
    await this.context.setOffline(false);
  }

  /**
   * WCAG 2.2 AA, as far as a machine can tell: all of it as the page stands, then what follows from looks in the
   * other theme and on the other size. `PICTURES=folder` keeps what was looked at, for human eyes.
   */
  async findsThePageAccessible(): Promise<void> {
    const before = this.page.viewportSize();
    const theme = this.device.dark ? "dark" : "light";
    const size = before?.width === SIZES.phone.width ? "phone" : "desktop";
    const view = `${test.info().title.replace(/\W+/g, "-")}-${String(++views_seen).padStart(2, "0")}`;
    await this.#looks(view, size, theme, (axe) => axe.withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]));
    for (const [other_size, other_theme] of [
      [size, not(theme)],
      [size === "phone" ? "desktop" : "phone", theme],
      [size === "phone" ? "desktop" : "phone", not(theme)],
    ] as const) {
      await this.#looks(view, other_size, other_theme, (axe) => axe.withRules(["color-contrast", "target-size"]));
    }
    if (before) await this.page.setViewportSize(before);
    await this.page.emulateMedia({ colorScheme: theme, reducedMotion: null });
  }

  async #looks(view: string, size: Size, theme: Theme, rules: (axe: AxeBuilder) => AxeBuilder): Promise<void> {
    await this.page.setViewportSize(SIZES[size]);
    await this.page.emulateMedia({ colorScheme: theme, reducedMotion: "reduce" });
    // Two frames: a colour halfway through its transition is nobody's.
    const spill = await this.page.evaluate(async () => {
      for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
      return document.documentElement.scrollWidth - innerWidth;
    });
    expect(spill, "nothing spills over sideways").toBeLessThanOrEqual(0);
    const folder = process.env["PICTURES"];
    if (folder) await this.page.screenshot({ path: join(folder, `${view}-${size}-${theme}.png`) });
    // In the page itself: nothing but the mailbox has a frame, and that one runs no scripts.
    const found = await rules(new AxeBuilder({ page: this.page }).setLegacyMode()).analyze();
    expect(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(" ")}`)).toEqual([]);
  }
}

/** A guest or a customer. */
export class Requester extends Person {
  static async arrives(browser: Browser, hub: Hub, device: Device = {}): Promise<Requester> {
    const [context, page] = await Person.browse(browser, device);
    await page.goto(`${hub.origin}/`);
    return new Requester(hub, context, page, device);
  }

  /** Opens the link of a mail in a browser of its own. */
  static async follows(browser: Browser, hub: Hub, link: string, device: Device = {}): Promise<Requester> {
    const [context, page] = await Person.browse(browser, device);
    await page.goto(link);
    return new Requester(hub, context, page, device);
  }

  get codeField(): Locator {
    return this.page.getByRole("textbox", { name: this.words.code });
  }

  /** On a link's page: presses for a code and fetches it from the mailbox. */
  async asksForCode(email: string): Promise<string> {
    const before = (await this.mails(email)).length;
    // One code a minute goes to an address, whoever asks.
    await expect(async () => {
      if (!(await this.codeField.isVisible())) await this.page.getByRole("button", { name: this.words.send_code }).click();
      await expect(this.codeField).toBeVisible({ timeout: 3_000 });
    }).toPass({ intervals: [100, 5_000], timeout: 80_000 });
    await expect.poll(async () => (await this.mails(email)).length).toBe(before + 1);
    return codeIn((await this.mails(email)).at(-1));
  }

  /** Chooses from the menu behind the question mark. */
  async chooses(item: string): Promise<void> {
    await this.page.getByRole("button", { name: this.words.menu }).click();
    await this.page.getByRole("menuitem", { name: item }).click();
  }

  heading(text: string | RegExp): Locator {
    return this.page.getByRole("heading", { level: 1, name: text });
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
    const code = await this.asksToSignIn(email);
    await this.codeField.fill(code);
    await expect(this.page.getByRole("heading", { level: 1 })).not.toHaveText(/code/i);
  }

  /** On the page to sign in: asks for a code and fetches it from the mailbox. */
  async asksToSignIn(email: string): Promise<string> {
    await this.page.getByLabel(this.words.sign_in_email).fill(email);
    const before = (await this.mails(email)).length;
    await this.page.getByRole("button", { name: this.words.send_code }).click();
    await expect.poll(async () => (await this.mails(email)).length).toBe(before + 1);
    return codeIn((await this.mails(email)).at(-1));
  }

  /** The texts of this person's mails, newest last. */
  async mails(email: string): Promise<string[]> {
    return (await mailsTo(this.hub, email)).map(({ text }) => text);
  }

  async findsSeen(text: string): Promise<void> {
    await expect(this.bubble(text).getByText(this.words.seen)).toBeVisible();
  }
}

export const PASSWORD = "three plain words suffice";

export class Agent extends Person {
  /** Follows the link that the hub printed at its first start. */
  static async becomesFirstAdmin(browser: Browser, hub: Hub, device: Device = {}): Promise<Agent> {
    const [context, page] = await Person.browse(browser, device);
    const agent = new Agent(hub, context, page, device);
    await page.goto(hub.firstAdminLink());
    await page.getByLabel(agent.words.agent_email).fill("nora@verso.example");
    await page.getByLabel(agent.words.name).fill("Nora Bakker");
    await page.getByLabel(agent.words.password).fill(PASSWORD);
    await page.getByRole("button", { name: agent.words.create }).click();
    await expect(agent.view("unassigned")).toBeVisible();
    return agent;
  }

  static async signsIn(browser: Browser, hub: Hub, email: string, password: string, device: Device = {}): Promise<Agent> {
    const [context, page] = await Person.browse(browser, device);
    const agent = new Agent(hub, context, page, device);
    await page.goto(`${hub.origin}/agent`);
    await page.getByLabel(agent.words.agent_email).fill(email);
    await page.getByLabel(agent.words.password).fill(password);
    await page.keyboard.press("Enter");
    await expect(agent.view("unassigned")).toBeVisible();
    return agent;
  }

  /** Follows an invitation. */
  static async followsInvite(browser: Browser, hub: Hub, link: string, device: Device = {}): Promise<Agent> {
    const [context, page] = await Person.browse(browser, device);
    const agent = new Agent(hub, context, page, device);
    await page.goto(link);
    await page.getByLabel(agent.words.password).fill(PASSWORD);
    await page.getByRole("button", { name: agent.words.begin }).click();
    await expect(agent.view("unassigned")).toBeVisible();
    return agent;
  }

  /** By keyboard, one key after the other. */
  async presses(...keys: string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  dialog(name: string): Locator {
    return this.page.getByRole("dialog", { name, exact: true });
  }

  /** Makes an invitation, and answers its link. */
  async invites(name: string, email: string): Promise<string> {
    return this.page.evaluate(
      async (invitation) => {
        const answer = await fetch("/v1/agent/agents", {
          method: "POST",
          headers: { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() },
          body: JSON.stringify({ ...invitation, role: "agent", teams: [] }),
        });
        return ((await answer.json()) as { url: string }).url;
      },
      { name, email },
    );
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
