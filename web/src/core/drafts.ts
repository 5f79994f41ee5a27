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
  /** Puts a text before what the draft holds, in the field that shows it or where it is kept. */
  giveBack(key: DraftKey, text: string): Promise<void>;
  /** A field that shows this draft takes what is given back, until the returned function is called. */
  show(key: DraftKey, field: DraftField): () => void;
  /** What the field that shows this draft holds, to the last key. */
  shown(key: DraftKey): string | undefined;
  /** Puts this text into the field that shows the draft. False: none does. */
  replace(key: DraftKey, text: string): boolean;
  /** Kept at once. An empty string or null deletes. */
  save(key: DraftKey, value: unknown): Promise<void>;
  count(participant: string): Promise<number>;
  /** Everything of this participant, when they log out of this browser. */
  forget(participant: string): Promise<void>;
}

export interface DraftField {
  take(text: string): Promise<void>;
  /** Undefined until it shows what was kept. */
  read(): string | undefined;
  write(text: string): void;
}

export function makeDrafts(store: Store): Drafts {
  const name = ({ participant, place, kind }: DraftKey) => `${participant}/${place}/${kind}`;
  const fields = new Map<string, DraftField>();
  const giving = new Map<string, Promise<void>>();
  const save = (key: DraftKey, value: unknown) =>
    value === '' || value === null
      ? store.remove('drafts', name(key))
      : store.put('drafts', name(key), value);
  const giveToStore = async (key: DraftKey, text: string) =>
    save(key, joined(text, (await store.get<string>('drafts', name(key))) ?? ''));
  return {
    load: async <T>(key: DraftKey) => {
      // What is being given back belongs to what a field begins with.
      await giving.get(name(key))?.catch(() => {});
      return store.get<T>('drafts', name(key));
    },
    save,
    giveBack(key, text) {
      const field = fields.get(name(key));
      if (field) return field.take(text);
      const given = (giving.get(name(key)) ?? Promise.resolve())
        .catch(() => {})
        .then(() => giveToStore(key, text));
      giving.set(name(key), given);
      const done = () => giving.get(name(key)) === given && giving.delete(name(key));
      given.then(done, done);
      return given;
    },
    show(key, field) {
      fields.set(name(key), field);
      return () => {
        if (fields.get(name(key)) === field) fields.delete(name(key));
      };
    },
    shown: (key) => fields.get(name(key))?.read(),
    replace(key, text) {
      const field = fields.get(name(key));
      field?.write(text);
      return field !== undefined;
    },
    count: async (participant) => (await store.list('drafts', `${participant}/`)).length,
    forget: (participant) => store.removeAll('drafts', `${participant}/`),
  };
}

/** A text that comes back stands before what was typed meanwhile, once. */
export function joined(given: string, typed: string): string {
  if (typed === '' || given === '') return given + typed;
  const there = typed === given || typed.startsWith(`${given}\n\n`);
  return there ? typed : `${given}\n\n${typed}`;
}
