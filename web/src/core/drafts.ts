// Text being written, kept over reload: one draft per participant, place and kind.
// The place is a ticket's id, or `new` for a request that is not sent yet.
import type { Store } from './storage';

export interface DraftKey {
  participant: string;
  place: string;
  kind: string;
}

export interface Drafts {
  load<T = string>(key: DraftKey): Promise<T | undefined>;
  /** Kept at once. An empty string or null deletes. */
  save(key: DraftKey, value: unknown): Promise<void>;
  count(participant: string): Promise<number>;
  /** Everything of this participant, when they log out of this browser. */
  forget(participant: string): Promise<void>;
}

export function makeDrafts(store: Store): Drafts {
  const name = ({ participant, place, kind }: DraftKey) => `${participant}/${place}/${kind}`;
  return {
    load: <T>(key: DraftKey) => store.get<T>('drafts', name(key)),
    save: (key, value) =>
      value === '' || value === null
        ? store.remove('drafts', name(key))
        : store.put('drafts', name(key), value),
    count: async (participant) => (await store.list('drafts', `${participant}/`)).length,
    forget: (participant) => store.removeAll('drafts', `${participant}/`),
  };
}
