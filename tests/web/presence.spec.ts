// Whose presence is known, said on the agents' pages while it is that of one node alone. What the hub tells is put
// into the page's socket; that and when a hub tells it, the scenarios of several nodes try.

import { expect, type WebSocketRoute } from "@playwright/test";
import { test } from "./fixtures.ts";
import { Agent, type Language, Requester } from "./people.ts";

const AMINA = { email: "amina@example.org", name: "Amina Haddad" };

const WORDS = {
  en: {
    sign: "Presence is known for this server only",
    unseen: "Amina is not seen from this server",
    away: "Amina is away",
    not_seen: "not seen",
    offline: "offline",
    maybe: "Not seen from this server; may be connected to another one",
  },
  fr: {
    sign: "Présence connue pour ce serveur seulement",
    unseen: "Amina n’est pas visible depuis ce serveur",
    away: "Amina est absent",
    not_seen: "non visible",
    offline: "hors ligne",
    maybe: "Pas visible depuis ce serveur ; connecté à un autre, peut-être",
  },
};

for (const language of ["en", "fr"] as Language[]) {
  const w = WORDS[language];

  test(`presence says that it is of one node (${language})`, async ({ browser, hub }) => {
    const nora = await Agent.becomesFirstAdmin(browser, hub, { language });
    const lena = await Agent.followsInvite(browser, hub, await nora.invites("Léna Morel", "lena@verso.example"));
    await lena.context.close();
    const amina = await Requester.arrives(browser, hub);
    await amina.asks("Who is there?", AMINA);
    await amina.context.close();
    let socket: WebSocketRoute | undefined;
    await nora.page.routeWebSocket(/\/v1\/agent\/realtime$/, (route) => {
      socket = route;
      route.connectToServer();
    });
    await nora.page.reload();
    await nora.view("unassigned").click();
    await nora.row("Who is there?").click();
    const main = nora.page.getByRole("main");
    const sign = nora.page.getByRole("navigation").getByRole("status").filter({ hasText: w.sign });
    await expect(main.getByText(w.away)).toBeVisible({ timeout: 60_000 });
    await expect(nora.page.getByText(w.offline, { exact: true })).toBeVisible({ timeout: 60_000 });
    await expect(sign).toHaveCount(0);

    const tells = (scope: string) => socket?.send(JSON.stringify({ type: "presence_scope", scope }));
    tells("node");
    await expect(sign).toBeVisible();
    await expect(main.getByText(w.unseen)).toBeVisible();
    await expect(nora.page.getByText(w.maybe)).toBeVisible();
    await expect(nora.page.getByText(w.not_seen, { exact: true })).toBeVisible();
    await expect(nora.page.getByText(w.offline, { exact: true })).toHaveCount(0);
    await nora.findsThePageAccessible();

    tells("hub");
    await expect(sign).toHaveCount(0);
    await expect(main.getByText(w.away)).toBeVisible();

    // A page that is opened meanwhile reads it with its colleagues.
    await nora.page.route("**/v1/agent/colleagues", async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...(await answer.json()), presence: "node" } });
    });
    await nora.page.reload();
    await expect(sign).toBeVisible();
  });
}
