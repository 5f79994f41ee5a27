// Where unsent texts, drafts and files live: IndexedDB, or memory where the browser denies it.
// Small choices (language, theme, keys) live in localStorage. Neither ever holds a credential.

const tables = ['outbox', 'drafts', 'files'] as const;
export type Table = (typeof tables)[number];

export interface Store {
  /** `memory` means that nothing survives a reload: the page then warns before it is left with unsent text. */
  readonly kind: 'indexeddb' | 'memory';
  get<T>(table: Table, key: string): Promise<T | undefined>;
  put(table: Table, key: string, value: unknown): Promise<void>;
  remove(table: Table, key: string): Promise<void>;
  /** Values whose key starts with the prefix, in key order. */
  list<T>(table: Table, prefix: string): Promise<T[]>;
  removeAll(table: Table, prefix: string): Promise<void>;
}

export async function openStore(name = 'guichet'): Promise<Store> {
  try {
    return indexedStore(await openDatabase(name));
  } catch {
    return memoryStore();
  }
}

export function memoryStore(): Store {
  const kept: Record<Table, Map<string, unknown>> = {
    outbox: new Map(),
    drafts: new Map(),
    files: new Map(),
  };
  const keys = (table: Table, prefix: string) =>
    [...kept[table].keys()].filter((key) => key.startsWith(prefix)).sort();
  return {
    kind: 'memory',
    get: async <T>(table: Table, key: string) => kept[table].get(key) as T | undefined,
    put: async (table, key, value) => void kept[table].set(key, structuredClone(value)),
    remove: async (table, key) => void kept[table].delete(key),
    list: async <T>(table: Table, prefix: string) =>
      keys(table, prefix).map((key) => kept[table].get(key) as T),
    removeAll: async (table, prefix) => keys(table, prefix).forEach((key) => void kept[table].delete(key)),
  };
}

/** 2: files on their way up. */
const version = 2;

function openDatabase(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, version);
    request.onupgradeneeded = () => {
      const { objectStoreNames: known } = request.result;
      for (const table of tables) if (!known.contains(table)) request.result.createObjectStore(table);
    };
    request.onsuccess = () => {
      // A later version of the page in another tab must be able to upgrade.
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error('blocked'));
  });
}

function indexedStore(db: IDBDatabase): Store {
  const run = <T>(
    table: Table,
    mode: IDBTransactionMode,
    act: (store: IDBObjectStore) => IDBRequest<T>,
  ): Promise<T> =>
    new Promise((resolve, reject) => {
      const tx = db.transaction(table, mode);
      const request = act(tx.objectStore(table));
      // Written means committed: a reload right after must find it.
      tx.oncomplete = () => resolve(request.result);
      tx.onabort = () => reject(tx.error);
      tx.onerror = () => reject(tx.error);
    });
  const within = (prefix: string) => IDBKeyRange.bound(prefix, `${prefix}\uffff`);
  return {
    kind: 'indexeddb',
    get: <T>(table: Table, key: string) =>
      run(table, 'readonly', (store) => store.get(key) as IDBRequest<T | undefined>),
    put: async (table, key, value) => void (await run(table, 'readwrite', (store) => store.put(value, key))),
    remove: (table, key) => run(table, 'readwrite', (store) => store.delete(key)),
    list: <T>(table: Table, prefix: string) =>
      run(table, 'readonly', (store) => store.getAll(within(prefix)) as IDBRequest<T[]>),
    removeAll: (table, prefix) => run(table, 'readwrite', (store) => store.delete(within(prefix))),
  };
}

/** A remembered choice, or null; a browser that denies localStorage forgets. */
export function recall(key: string): string | null {
  try {
    return localStorage.getItem(`guichet.${key}`);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`guichet.${key}`);
    else localStorage.setItem(`guichet.${key}`, value);
  } catch {
    // Denied (a third-party frame, private mode): the choice holds until the page is left.
  }
}
