// A new request while it is written: kept over reload with its one idempotency key, so that it is never opened twice.
import type { Drafts } from '../core/drafts';
import { newId } from '../core/ids';
import type { NewTicket, Site, Topic } from '../protocol';

export interface RequestDraft {
  /** Made once for this request, used by every attempt to send it. */
  key: string;
  topic: string;
  text: string;
  details: Record<string, string>;
  email: string;
  name: string;
  /** Topics for which the person said: no, it is something else. */
  not_the_same: string[];
  /** It was sent and no answer came: it may exist by now, so it is not changed any more, only sent again. */
  submitted: boolean;
}

export const emptyRequest = (): RequestDraft => ({
  key: newId(),
  topic: '',
  text: '',
  details: {},
  email: '',
  name: '',
  not_the_same: [],
  submitted: false,
});

export const draftKey = (participant: string) => ({ participant, place: 'new', kind: 'request' });

export function isUntouched({ topic, text, details, email, name }: RequestDraft): boolean {
  return [topic, text, email, name, ...Object.values(details)].every((value) => value.trim() === '');
}

/** What was written before signing in goes on after it, unless this customer has a draft already. True: it does. */
export async function adoptDraft(drafts: Drafts, from: string, to: string): Promise<boolean> {
  try {
    const draft = await drafts.load<RequestDraft>(draftKey(from));
    // Once sent as a guest it stays a guest's: nothing is sent under another identity.
    if (draft?.submitted || (await drafts.load(draftKey(to)))) return false;
    if (draft) await drafts.save(draftKey(to), { ...draft, email: '', name: '' });
    await drafts.save(draftKey(from), null);
    return true;
  } catch {
    // The draft stays where it is.
    return false;
  }
}

export function bodyOf(
  draft: RequestDraft,
  topic: Topic | undefined,
  guest: boolean,
  locale: string,
): NewTicket {
  const fields = topic?.fields ?? [];
  const details = fields
    .map(({ key }) => ({ key, value: (draft.details[key] ?? '').trim() }))
    .filter(({ value }) => value !== '');
  const body: NewTicket = { topic: draft.topic, subject: '', text: draft.text.trim(), details, locale };
  if (!guest) return body;
  const name = draft.name.trim();
  return { ...body, email: draft.email.trim(), ...(name && { name }) };
}

/** What can be seen without asking the hub: the fields that are empty and must not be, in the order of the form. */
export function missing(draft: RequestDraft, site: Site, guest: boolean): string[] {
  const needed: [string, string][] = [['text', draft.text]];
  if (site.topics.length > 0) needed.unshift(['topic', draft.topic]);
  if (guest) needed.push(['email', draft.email]);
  return needed.filter(([, value]) => value.trim() === '').map(([field]) => field);
}
