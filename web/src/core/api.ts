// Typed requests to the hub: same origin, JSON, a time limit on each, refusals as values with a code.
// Knows nothing of pages or signals. The route map is types only and costs no bytes.

import type {
  AgentEvents,
  AgentMe,
  AgentSignIn,
  AgentSnapshot,
  Agents,
  AskCode,
  Attending,
  ChangeAddress,
  ChangeAgent,
  ChangeAgentMe,
  ChangeMacro,
  ChangeMe,
  ChangeView,
  Colleagues,
  Drafts,
  Edit,
  EndAccess,
  EnterLinkCode,
  ErrorCode,
  Inbox,
  Invite,
  KeepDraft,
  LinkCodeAsked,
  LinkInfo,
  LinkLook,
  LinkMails,
  LinkOpened,
  LinkToken,
  LocalMail,
  LostLinks,
  Macro,
  Macros,
  ManyActs,
  ManyDone,
  MarkDelivered,
  MarkRead,
  Me,
  NewMacro,
  NewTicket,
  NewView,
  OneTimeLink,
  Post,
  Posted,
  Problem,
  PublicEvents,
  PublicSnapshot,
  PublicTicket,
  RealtimeToken,
  SameMatter,
  SavedView,
  SavedViews,
  SearchHits,
  SharedFiles,
  SignIn,
  Site,
  Tags,
  TeamName,
  TeamRef,
  TicketAccess,
  TicketAction,
  TicketAlerts,
  TicketDrafts,
  TicketList,
  UseLink,
  View,
  Views,
} from '../protocol';
import { visibleNames } from './bidi';

type Empty = Record<string, never>;
type Page = { cursor?: string; limit?: number };
type After = { after?: number; limit?: number; wait?: number };

/** Every request a page makes. `key`: an `Idempotency-Key` is required. */
export interface Routes {
  'GET /v1/site': { answer: Site };
  'GET /v1/me': { answer: Me };
  'PATCH /v1/me': { body: ChangeMe; answer: Me };
  'POST /v1/sign-in/code': { body: AskCode; answer: Empty };
  'POST /v1/sign-in': { body: SignIn; answer: Me };
  'POST /v1/sign-out': { body: Empty; answer: undefined };
  'GET /v1/tickets': { query: Page & { state?: 'open' | 'closed' }; answer: TicketList };
  'GET /v1/tickets/same-matter': { query: { topic: string }; answer: SameMatter };
  'POST /v1/tickets': { body: NewTicket; key: true; answer: PublicTicket };
  'GET /v1/tickets/{id}': { query: { before?: number }; answer: PublicSnapshot };
  'GET /v1/tickets/{id}/events': { query: After; answer: PublicEvents };
  'POST /v1/tickets/{id}/messages': { body: Post; key: true; answer: Posted };
  'POST /v1/tickets/{id}/messages/{n}/edit': { body: Edit; key: true; answer: Posted };
  'DELETE /v1/tickets/{id}/attachments/{attachment}': { answer: undefined };
  'PUT /v1/tickets/{id}/read': { body: MarkRead; answer: undefined };
  'PUT /v1/tickets/{id}/delivered': { body: MarkDelivered; answer: undefined };
  'PUT /v1/tickets/{id}/attend': { body: Attending; answer: undefined };
  'PUT /v1/tickets/{id}/address': { body: ChangeAddress; answer: undefined };
  'POST /v1/tickets/{id}/join': { body: Empty; answer: PublicTicket };
  'POST /v1/tickets/{id}/end-access': { body: EndAccess; answer: undefined };
  'POST /v1/links/look': { body: LinkToken; answer: LinkLook };
  'POST /v1/links/code': { body: LinkToken; answer: LinkCodeAsked };
  'POST /v1/links/enter': { body: EnterLinkCode; answer: LinkOpened };
  'POST /v1/links/lost': { body: LostLinks; answer: Empty };
  'POST /v1/links/not-me': { body: LinkToken; answer: undefined };
  'POST /v1/links/mails': { body: LinkToken; answer: LinkMails };
  'POST /v1/links/unsubscribe': { body: LinkToken; answer: undefined };
  'POST /v1/links/subscribe': { body: LinkToken; answer: undefined };
  'POST /v1/links/end-trust': { body: LinkToken; answer: undefined };
  'POST /v1/realtime/token': { body: Empty; answer: RealtimeToken };
  'GET /v1/agent/links/{token}': { answer: LinkInfo };
  'POST /v1/agent/links/{token}': { body: UseLink; answer: AgentMe };
  'POST /v1/agent/sign-in': { body: AgentSignIn; answer: AgentMe };
  'POST /v1/agent/sign-out': { body: Empty; answer: undefined };
  'POST /v1/agent/sign-out-everywhere': { body: Empty; answer: undefined };
  'GET /v1/agent/me': { answer: AgentMe };
  'PATCH /v1/agent/me': { body: ChangeAgentMe; answer: AgentMe };
  'GET /v1/agent/views': { answer: Views };
  'GET /v1/agent/saved-views': { answer: SavedViews };
  'POST /v1/agent/saved-views': { body: NewView; key: true; answer: SavedView };
  'PATCH /v1/agent/saved-views/{id}': { body: ChangeView; answer: undefined };
  'DELETE /v1/agent/saved-views/{id}': { answer: undefined };
  'POST /v1/agent/shared-views': { body: NewView; key: true; answer: SavedView };
  'PATCH /v1/agent/shared-views/{id}': { body: ChangeView; answer: undefined };
  'DELETE /v1/agent/shared-views/{id}': { answer: undefined };
  'GET /v1/agent/macros': { answer: Macros };
  'POST /v1/agent/macros': { body: NewMacro; key: true; answer: Macro };
  'PATCH /v1/agent/macros/{id}': { body: ChangeMacro; answer: undefined };
  'DELETE /v1/agent/macros/{id}': { answer: undefined };
  'POST /v1/agent/shared-macros': { body: NewMacro; key: true; answer: Macro };
  'PATCH /v1/agent/shared-macros/{id}': { body: ChangeMacro; answer: undefined };
  'DELETE /v1/agent/shared-macros/{id}': { answer: undefined };
  'GET /v1/agent/drafts': { answer: Drafts };
  'GET /v1/agent/tickets/{id}/drafts': { answer: TicketDrafts };
  'PUT /v1/agent/tickets/{id}/drafts/{kind}': { body: KeepDraft; answer: undefined };
  'GET /v1/agent/tickets': { query: Page & { view?: View; team?: string; saved?: string }; answer: Inbox };
  'GET /v1/agent/search': { query: { q: string; after?: string; limit?: number }; answer: SearchHits };
  'GET /v1/agent/tickets/{id}': { query: { before?: number }; answer: AgentSnapshot };
  'GET /v1/agent/tickets/{id}/events': { query: After; answer: AgentEvents };
  'POST /v1/agent/tickets/{id}/messages': { body: Post; key: true; answer: Posted };
  'POST /v1/agent/tickets/{id}/messages/{n}/edit': { body: Edit; key: true; answer: Posted };
  'DELETE /v1/agent/tickets/{id}/attachments/{attachment}': { answer: undefined };
  'POST /v1/agent/tickets/actions': { body: ManyActs; key: true; answer: ManyDone };
  'GET /v1/agent/tags': { query: { q?: string }; answer: Tags };
  'POST /v1/agent/tickets/{id}/actions': { body: TicketAction; key: true; answer: Posted };
  'PUT /v1/agent/tickets/{id}/read': { body: MarkRead; answer: undefined };
  'PUT /v1/agent/tickets/{id}/delivered': { body: MarkDelivered; answer: undefined };
  'PUT /v1/agent/tickets/{id}/attend': { body: Attending; answer: undefined };
  'GET /v1/agent/tickets/{id}/alerts': { answer: TicketAlerts };
  'POST /v1/agent/tickets/{id}/alerts/try-again': { body: Empty; answer: undefined };
  'GET /v1/agent/tickets/{id}/files': { query: { before?: number }; answer: SharedFiles };
  'GET /v1/agent/tickets/{id}/access': { answer: TicketAccess };
  'POST /v1/agent/tickets/{id}/access/end': { body: Empty; answer: undefined };
  'GET /v1/agent/colleagues': { answer: Colleagues };
  'GET /v1/agent/agents': { answer: Agents };
  'POST /v1/agent/agents': { body: Invite; key: true; answer: OneTimeLink };
  'PATCH /v1/agent/agents/{id}': { body: ChangeAgent; answer: undefined };
  'POST /v1/agent/agents/{id}/reset-link': { body: Empty; answer: OneTimeLink };
  'POST /v1/agent/agents/{id}/end-sessions': { body: Empty; answer: undefined };
  'POST /v1/agent/teams': { body: TeamName; key: true; answer: TeamRef };
  'PATCH /v1/agent/teams/{id}': { body: TeamName; answer: TeamRef };
  'POST /v1/agent/realtime/token': { body: Empty; answer: RealtimeToken };
  'GET /dev/mailbox/messages': { query: { after?: string }; answer: LocalMail[] };
}

type Placeholders<R> = R extends `${string}{${infer P}}${infer Rest}` ? P | Placeholders<Rest> : never;
type PathOf<R> = [Placeholders<R>] extends [never]
  ? unknown
  : { path: Record<Placeholders<R>, string | number> };
type BodyOf<T> = T extends { body: infer B } ? { body: B } : unknown;
type QueryOf<T> = T extends { query: infer Q } ? { query?: Q } : unknown;
type KeyOf<T> = T extends { key: true } ? { key: string } : unknown;
/** `keepalive`: it is sent though the page goes. */
type Extra = { signal?: AbortSignal; timeout_ms?: number; keepalive?: boolean };
export type Options<R extends keyof Routes> = PathOf<R> &
  BodyOf<Routes[R]> &
  QueryOf<Routes[R]> &
  KeyOf<Routes[R]> &
  Extra;
export type Answer<R extends keyof Routes> = Routes[R]['answer'];

/** The hub said no: a stable code, a sentence in the page's language, the field at fault. */
export class Refused extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.title);
    this.name = 'Refused';
    this.problem = problem;
  }
  get code(): ErrorCode {
    return this.problem.code;
  }
}

/** The hub could not be reached, or something between answered in its place. Nothing is known about the request. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

const settings = { timeout_ms: 15_000, language: () => 'en' };
/** The page's language, for the sentences of refusals. Set once by i18n. */
export function speak(language: () => string): void {
  settings.language = language;
}

export const spoken = (): string => settings.language();

/** The refusal that a body of `problem+json` holds. */
export const problemIn = (text: string): Refused => new Refused(JSON.parse(text) as Problem);

/** One request. Throws `Refused` or `Unreachable`, nothing else, but for an abort by the caller's own signal. */
export async function call<R extends keyof Routes>(
  route: R,
  ...args: Record<string, never> extends Options<R> ? [options?: Options<R>] : [options: Options<R>]
): Promise<Answer<R>> {
  const options = (args[0] ?? {}) as AnyOptions;
  const limit = AbortSignal.timeout(options.timeout_ms ?? settings.timeout_ms);
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
  try {
    const response = await fetch(address(route, options), { ...request(route, options), signal });
    return (await parse(response)) as Answer<R>;
  } catch (error) {
    if (error instanceof Refused || error instanceof Unreachable || options.signal?.aborted) throw error;
    throw new Unreachable('the hub could not be reached', { cause: error });
  }
}

/** Tries again what was not refused for good: with the same options, so with the same idempotency key. */
export async function retrying<T>(
  once: () => Promise<T>,
  {
    attempts = 4,
    wait = pause,
    signal,
  }: { attempts?: number; wait?: (ms: number) => Promise<void>; signal?: AbortSignal } = {},
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await once();
    } catch (error) {
      const wait_ms = retryAfter(error, attempt);
      if (wait_ms === null || attempt >= attempts || signal?.aborted) throw error;
      await wait(wait_ms);
    }
  }
}

type AnyOptions = Extra & {
  path?: Record<string, string | number>;
  query?: Record<string, unknown>;
  body?: unknown;
  key?: string;
};

function address(route: string, { path = {}, query = {} }: AnyOptions): string {
  const url = route
    .slice(route.indexOf(' ') + 1)
    .replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(path[name])));
  const pairs = Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, String(value)]);
  return pairs.length ? `${url}?${new URLSearchParams(pairs)}` : url;
}

function request(route: string, { body, key, keepalive = false }: AnyOptions): RequestInit {
  const headers: Record<string, string> = {
    Accept: 'application/json, application/problem+json',
    'Accept-Language': settings.language(),
  };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (key) headers['Idempotency-Key'] = key;
  const init: RequestInit = {
    method: route.slice(0, route.indexOf(' ')),
    headers,
    credentials: 'same-origin',
    cache: 'no-store',
    keepalive,
  };
  return body === undefined ? init : { ...init, body: JSON.stringify(body) };
}

async function parse(response: Response): Promise<unknown> {
  const type = response.headers.get('Content-Type') ?? '';
  if (response.ok) {
    if (response.status === 204 || (response.status === 202 && !type)) return undefined;
    if (type.includes('json')) return JSON.parse(await response.text(), visibleNames);
  } else if (type.includes('problem+json')) {
    throw problemIn(await response.text());
  }
  throw new Unreachable(`an answer that is not the hub's: ${response.status}`);
}

/** Milliseconds until another try is worth it, or null when it never is. */
function retryAfter(error: unknown, attempt: number): number | null {
  const backoff = Math.min(400 * 2 ** attempt, 8000) * (0.5 + Math.random() / 2);
  if (error instanceof Unreachable) return backoff;
  if (!(error instanceof Refused)) return null;
  const { code, retry_after_s } = error.problem;
  if (code !== 'unavailable' && code !== 'too_many_requests') return null;
  // A long wait is the person's to decide about, not the page's.
  if (retry_after_s !== undefined && retry_after_s > 10) return null;
  return Math.max(backoff, (retry_after_s ?? 0) * 1000);
}

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));
