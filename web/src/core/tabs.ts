// Which of this browser's tabs are alive, by one held lock each: an unsent text belongs to one tab alone.
// When that tab is gone, another takes its texts over. Without the Locks API this page is taken for the only one.
import { newId } from './ids';

export interface Tabs {
  readonly id: string;
  /** Runs `act` while no other tab does the same for this name, with the ids of the tabs alive. */
  alone<T>(name: string, act: (alive: ReadonlySet<string>) => Promise<T>): Promise<T>;
  /** Settles when that tab is gone; a page that is being reloaded holds its lock a moment longer. */
  gone(id: string): Promise<void>;
}

const prefix = 'guichet-tab:';

export async function openTabs(locks: LockManager | undefined = globalThis.navigator?.locks): Promise<Tabs> {
  const id = newId();
  if (!locks) return { id, alone: (_, act) => act(new Set([id])), gone: async () => {} };
  // Held until the page is gone: the promise never settles.
  await new Promise<void>((held) => {
    const hold = () => {
      held();
      return new Promise<never>(() => {});
    };
    locks.request(prefix + id, hold).catch(() => held());
  });
  return {
    id,
    gone: async (other) => {
      await locks.request(prefix + other, { mode: 'shared' }, () => {});
    },
    alone: (name, act) =>
      locks.request(`guichet:${name}`, async () => {
        const { held = [] } = await locks.query();
        return act(
          new Set([
            id,
            ...held
              .map((lock) => lock.name ?? '')
              .filter((lock) => lock.startsWith(prefix))
              .map((lock) => lock.slice(prefix.length)),
          ]),
        );
      }) as Promise<Awaited<ReturnType<typeof act>>>,
  };
}
