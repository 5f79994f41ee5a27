// The link of a mail that led here. Its token leaves the address bar before anything is drawn; this tab keeps it,
// so that a reload works and nobody else finds it (R-A15). Three kinds of links, each a place of this page.
import { go } from '../core/route';
import type { TicketId } from '../protocol';

/** `link` leads to a ticket, `stop` ends its mails, `end` ends a trusted browser's access. */
export type Place = 'link' | 'stop' | 'end';
const places: Record<string, Place> = { t: 'link', u: 'stop', r: 'end' };

export interface HeldLink {
  token: string;
  /** The ticket that it was found to lead to. */
  ticket?: TicketId;
  /** A code was asked for: another may be from this time on, by this browser's clock. */
  again_at?: number;
}

const name = (place: Place) => `guichet.${place}`;

/** Where a link's path leads, and with what; null for every other path. */
export function parseLink(path: string): { place: Place; token: string } | null {
  const [, kind = '', token = ''] = /^\/([tur])\/([\w-]+)$/.exec(path) ?? [];
  const place = places[kind];
  return place && token ? { place, token } : null;
}

/** To be called before anything else of the page. */
export function takeLink(): void {
  const found = parseLink(location.pathname);
  if (!found) return;
  const { place, token } = found;
  // The same link once more, from the mail program: what is known of it stays true.
  if (heldLink(place)?.token !== token) holdLink(place, { token });
  history.replaceState(null, '', '/guest');
  go([place], 'replace');
}

export function heldLink(place: Place): HeldLink | null {
  const kept = sessionStorage.getItem(name(place));
  return kept ? (JSON.parse(kept) as HeldLink) : null;
}

export function holdLink(place: Place, link: HeldLink | null): void {
  if (link) sessionStorage.setItem(name(place), JSON.stringify(link));
  else sessionStorage.removeItem(name(place));
}

/** Does this tab hold the link of that ticket? */
export const holdsLinkOf = (ticket: TicketId): boolean => heldLink('link')?.ticket === ticket;
