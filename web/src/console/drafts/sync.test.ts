// The page's drafts and the hub's, with a hub that is played by the test.

import { beforeEach, describe, expect, it } from 'vitest';
import { Refused, Unreachable } from '../../core/api';
import { makeDrafts } from '../../core/drafts';
import { memoryStore, type Store } from '../../core/storage';
import { ManualClock, settle } from '../../core/testing/fakes';
import type { Draft, DraftRef, ErrorCode, KeepDraft, PostKind } from '../../protocol';
import { again_ms_min, type DraftHub, nameOf } from './sending';
import { DraftSync, pause_ms, pause_ms_max } from './sync';

const key = (place = 't1', kind = 'reply') => ({ participant: 'nora', place, kind });

const refused = (code: ErrorCode, draft?: Draft) =>
  new Refused({ status: 409, code, title: code, request_id: 'q', ...(draft && { draft }) });

/** Does what the hub does with states, and counts what it is asked. */
class FakeHub implements DraftHub {
  readonly kept = new Map<string, Draft>();
  asked: string[] = [];
  offline = false;
  refuses: ErrorCode | null = null;

  #ask(what: string): void {
    this.asked.push(what);
    if (this.offline) throw new Unreachable('offline');
  }
  async list(): Promise<DraftRef[]> {
    this.#ask('list');
    return [...this.kept]
      .filter(([, { text }]) => text !== '')
      .map(([name, { kind, revision }]) => ({ ticket: name.split('/')[0] ?? '', kind, revision }));
  }
  async ofTicket(ticket: string): Promise<Draft[]> {
    this.#ask(`read ${ticket}`);
    return [...this.kept].filter(([name]) => name.startsWith(`${ticket}/`)).map(([, draft]) => draft);
  }
  async keep(ticket: string, kind: PostKind, { text, base, revision }: KeepDraft): Promise<void> {
    this.#ask(`keep ${ticket} ${kind}: ${text}`);
    if (this.refuses) throw refused(this.refuses);
    const found = this.kept.get(nameOf(ticket, kind));
    if (found?.revision === revision) return;
    if (found && found.revision !== base) throw refused('draft_changed', found);
    this.writes(text, revision, ticket, kind);
  }
  /** Another device does. */
  writes(text: string, revision: string, ticket = 't1', kind: PostKind = 'reply'): void {
    this.kept.set(nameOf(ticket, kind), { kind, text, revision, at: 0 });
  }
  get text(): string | undefined {
    return this.kept.get('t1/reply')?.text;
  }
}

let hub: FakeHub;
let clock: ManualClock;
let store: Store;
let sync: DraftSync;
let made: number;

async function page(): Promise<DraftSync> {
  const opened = new DraftSync({
    drafts: makeDrafts(store),
    store,
    me: 'nora',
    hub,
    clock,
    newRevision: () => `mine${++made}`,
  });
  await opened.start();
  await wait();
  return opened;
}

/** Everything that needs no time has been done. */
async function wait(): Promise<void> {
  for (let turn = 0; turn < 6; turn++) await settle();
}

async function pass(ms: number): Promise<void> {
  clock.pass(ms);
  await wait();
}

/** The composer of this draft, as `ui/draft.ts` is it. */
function field(of: DraftSync, at = key()) {
  const now = { text: '' };
  const type = async (text: string) => {
    now.text = text;
    await of.drafts.save(at, text);
  };
  of.drafts.show(at, {
    take: async (text) => type(text + now.text),
    read: () => now.text,
    write: (text) => void type(text),
  });
  return { now, type };
}

const welcome = { type: 'welcome', connection: 'c', epoch: 'e', heartbeat_ms: 1, now: 0 } as const;
const told = (revision?: string) =>
  ({ type: 'draft', ticket: 't1', kind: 'reply', ...(revision && { revision }) }) as const;

beforeEach(async () => {
  hub = new FakeHub();
  clock = new ManualClock();
  store = memoryStore();
  made = 0;
  sync = await page();
});

describe('typing', () => {
  it('is told after a pause, and of many letters only what stands there then', async () => {
    const { type } = field(sync);
    await type('h');
    await pass(pause_ms - 1);
    await type('hello');
    await pass(pause_ms - 1);
    expect(hub.asked).toEqual([]);
    await pass(1);
    expect(hub.asked).toEqual(['keep t1 reply: hello']);
    await pass(pause_ms_max);
    expect(hub.asked.length).toBe(1);
  });
  it('is told now and then where nobody pauses', async () => {
    const { type } = field(sync);
    for (let ms = 0; ms <= pause_ms_max; ms += 500) {
      await type(`${ms}`);
      await pass(500);
    }
    expect(hub.asked.length).toBe(1);
  });
  it('is told when the ticket is left, and ends the draft when nothing is left', async () => {
    const leave = sync.open('t1');
    await wait();
    const { type } = field(sync);
    await type('hello');
    leave();
    await wait();
    expect(hub.text).toBe('hello');
    await type('');
    await pass(pause_ms);
    expect([hub.text, [...sync.tickets.value]]).toEqual(['', []]);
  });
  it('waits for a hub that is away, is not lost by a reload, and goes out once', async () => {
    hub.offline = true;
    const { type } = field(sync);
    await type('written offline');
    await pass(pause_ms);
    await pass(again_ms_min);
    expect(hub.asked).toEqual(['keep t1 reply: written offline', 'keep t1 reply: written offline']);
    expect([...sync.tickets.value]).toEqual(['t1']);
    sync.close();
    hub.offline = false;
    hub.asked = [];
    const again = await page();
    await pass(again_ms_min);
    expect([hub.asked, hub.text]).toEqual([['keep t1 reply: written offline'], 'written offline']);
    expect([...again.tickets.value]).toEqual(['t1']);
    // The same state as before the reload: had it come through, it would have been known.
    expect(hub.kept.get('t1/reply')?.revision).toBe('mine1');
  });
  it('is not forgotten by a reload that was quicker than the pause', async () => {
    const { type } = field(sync);
    await type('quick');
    await wait();
    sync.close();
    const again = await page();
    expect([hub.text, [...again.tickets.value]]).toEqual(['quick', ['t1']]);
  });
  it('goes on at once when a socket is welcomed', async () => {
    hub.offline = true;
    const { type } = field(sync);
    await type('hello');
    await pass(pause_ms);
    hub.offline = false;
    sync.onFrame(welcome);
    await wait();
    expect(hub.text).toBe('hello');
  });
  it('stays here where the hub refuses it, until it is another text', async () => {
    hub.refuses = 'too_long';
    const { type } = field(sync);
    await type('long');
    await pass(pause_ms);
    await pass(pause_ms_max);
    expect(hub.asked.length).toBe(1);
    hub.refuses = null;
    await type('lon');
    await pass(pause_ms);
    expect([hub.text, await sync.drafts.load(key())]).toEqual(['lon', 'lon']);
    // What stood in its way may have passed when the ticket is opened again.
    hub.refuses = 'not_found';
    await type('out of reach');
    await pass(pause_ms);
    hub.refuses = null;
    sync.open('t1');
    await wait();
    expect(hub.text).toBe('out of reach');
  });
});

describe('another device', () => {
  it('is read when the ticket is opened, and when it is told of', async () => {
    hub.writes('from the phone', 'p1');
    sync.open('t1');
    await wait();
    expect(await sync.drafts.load(key())).toBe('from the phone');
    const { now } = field(sync);
    now.text = 'from the phone';
    hub.writes('from the phone, and on', 'p2');
    sync.onFrame(told('p2'));
    await wait();
    expect([now.text, sync.others.value.size, hub.asked]).toEqual([
      'from the phone, and on',
      0,
      ['read t1', 'read t1'],
    ]);
    // One's own states are no news.
    sync.onFrame(told('p2'));
    await wait();
    expect(hub.asked.length).toBe(2);
  });
  it('never writes over what was typed here, to the last letter', async () => {
    sync.open('t1');
    await wait();
    const { now, type } = field(sync);
    await type('mine');
    // Typed, and not yet told by the field.
    now.text = 'mine, and on';
    hub.writes('theirs', 'p1');
    sync.onFrame(told('p1'));
    await wait();
    expect([now.text, sync.others.value.get('t1/reply')?.text]).toEqual(['mine, and on', 'theirs']);
    await pass(pause_ms_max);
    expect(hub.text).toBe('theirs');
    sync.takeOther('t1', 'reply');
    await wait();
    expect([now.text, hub.text, sync.others.value.size]).toEqual([
      'theirs\n\nmine, and on',
      'theirs\n\nmine, and on',
      0,
    ]);
  });
  it('that was quicker is found out by the refusal, and can be left out', async () => {
    const { now, type } = field(sync);
    await type('mine');
    hub.writes('theirs', 'p1');
    await pass(pause_ms);
    expect([now.text, hub.text, sync.others.value.get('t1/reply')?.text]).toEqual([
      'mine',
      'theirs',
      'theirs',
    ]);
    sync.leaveOther('t1', 'reply');
    await wait();
    expect([now.text, hub.text, sync.others.value.size]).toEqual(['mine', 'mine', 0]);
  });
  it('sends it: the composer here is emptied', async () => {
    sync.open('t1');
    const { now, type } = field(sync);
    await type('hello');
    await pass(pause_ms);
    hub.writes('', 'end');
    sync.onFrame(told());
    await wait();
    expect([now.text, [...sync.tickets.value]]).toEqual(['', []]);
    expect(hub.asked.at(-1)).toBe('list');
  });
  it('marks its tickets, which none of this page’s composers shows', async () => {
    hub.writes('elsewhere', 'p1', 't2', 'note');
    sync.onFrame(welcome);
    await wait();
    expect([...sync.tickets.value]).toEqual(['t2']);
    hub.kept.clear();
    sync.onFrame({ type: 'draft', ticket: 't2', kind: 'note' });
    await wait();
    expect([...sync.tickets.value]).toEqual([]);
  });
});

describe('sending', () => {
  it('takes the states along, and leaves the end to the message', async () => {
    const { type } = field(sync);
    await type('hello');
    await pass(pause_ms);
    expect([...sync.tickets.value]).toEqual(['t1']);
    expect(sync.give('t1', 'reply')).toEqual(['mine1']);
    await type('');
    await pass(pause_ms_max);
    expect([hub.text, hub.asked.length, [...sync.tickets.value]]).toEqual(['hello', 1, []]);
    // Also over a reload, while it can still be taken back.
    const again = await page();
    again.open('t1');
    await wait();
    expect([await again.drafts.load(key()), hub.text]).toEqual([undefined, 'hello']);
    await again.drafts.giveBack(key(), 'hello');
    await pass(pause_ms);
    expect([await again.drafts.load(key()), hub.text, hub.asked]).toEqual([
      'hello',
      'hello',
      ['keep t1 reply: hello', 'read t1'],
    ]);
  });
  it('leaves what was written elsewhere, which is the draft then', async () => {
    const { now, type } = field(sync);
    await type('mine');
    hub.writes('theirs', 'p1');
    await pass(pause_ms);
    expect(sync.others.value.size).toBe(1);
    sync.give('t1', 'reply');
    await type('');
    await pass(pause_ms_max);
    expect([now.text, sync.others.value.size, hub.text]).toEqual(['', 1, 'theirs']);
    // The message is committed.
    sync.onFrame(told());
    await wait();
    expect([now.text, sync.others.value.size, hub.text]).toEqual(['theirs', 0, 'theirs']);
  });
  it('of what comes back as the draft, its end is told when it is thrown away', async () => {
    const { type } = field(sync);
    await type('hello');
    await pass(pause_ms);
    sync.give('t1', 'reply');
    await type('');
    sync.takenBack('t1', 'reply');
    sync.flush();
    await wait();
    expect(hub.text).toBe('');
  });
});

describe('leaving this browser', () => {
  it('counts what the hub has not, and leaves the hub’s', async () => {
    const { type } = field(sync);
    await type('hello');
    expect(await sync.countUnkept()).toBe(1);
    const left = sync.flushed();
    await left;
    expect(await sync.countUnkept()).toBe(0);
    await sync.drafts.save(key('t1', 'note'), 'for us');
    expect(await sync.countUnkept()).toBe(1);
    await sync.forget();
    await sync.drafts.forget('nora');
    await pass(pause_ms_max);
    expect([hub.text, (await store.list('drafts', '')).length]).toEqual(['hello', 0]);
  });
});
