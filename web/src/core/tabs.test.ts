import { expect, it } from 'vitest';
import { openTabs } from './tabs';

/** The Locks API as two tabs of one browser see it: names held until their promise settles. */
function fakeLocks(): LockManager & { release: (name: string) => void } {
  const held = new Map<string, Promise<unknown>>();
  const request = async (name: string, ...rest: unknown[]) => {
    const act = rest.at(-1) as () => Promise<unknown>;
    while (held.has(name)) await new Promise((turn) => setTimeout(turn));
    const done = Promise.resolve().then(act);
    held.set(name, done);
    return done.finally(() => held.delete(name));
  };
  const query = async () => ({ held: [...held.keys()].map((name) => ({ name })), pending: [] });
  const release = (name: string) => void held.delete(name);
  return { request, query, release } as unknown as LockManager & { release: (name: string) => void };
}

it('a tab knows which tabs are alive, and when one is gone', async () => {
  const locks = fakeLocks();
  const [one, two] = [await openTabs(locks), await openTabs(locks)];
  expect(await one.alone('outbox', async (alive) => [...alive].sort())).toEqual([one.id, two.id].sort());
  const gone = one.gone(two.id);
  locks.release(`guichet-tab:${two.id}`);
  expect(await one.alone('outbox', async (alive) => [...alive])).toEqual([one.id]);
  await gone;
});

it('without the Locks API a tab takes itself for the only one', async () => {
  const tabs = await openTabs(undefined);
  expect(await tabs.alone('outbox', async (alive) => [...alive])).toEqual([tabs.id]);
});
