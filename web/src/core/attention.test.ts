import { beforeEach, describe, expect, it } from 'vitest';
import type { ClientFrame } from '../protocol';
import { type Attention, makeAttention } from './attention';
import { FakePage, ManualClock } from './testing/fakes';

let clock: ManualClock;
let page: FakePage;
let sent: ClientFrame[];
let attention: Attention;

beforeEach(() => {
  clock = new ManualClock();
  page = new FakePage();
  sent = [];
  attention = makeAttention({ clock, page, send: (frame) => sent.push(frame) > 0 });
});

describe('attention', () => {
  it('is renewed every 20 s while there was input within a minute', () => {
    attention.look('t1');
    clock.pass(40_000);
    expect(sent).toEqual([
      { type: 'attend', ticket: 't1' },
      { type: 'attend', ticket: 't1' },
      { type: 'attend', ticket: 't1' },
    ]);
    clock.pass(40_000);
    expect(sent.slice(3)).toEqual([{ type: 'attend', ticket: 't1' }, { type: 'attend' }]);
    page.input();
    expect(sent.at(-1)).toEqual({ type: 'attend', ticket: 't1' });
  });

  it('ends when the page is left and comes back with the person', () => {
    attention.look('t1');
    page.look(false);
    expect(sent.at(-1)).toEqual({ type: 'attend' });
    page.look(true);
    expect(sent.at(-1)).toEqual({ type: 'attend', ticket: 't1' });
    attention.look(null);
    expect(sent.at(-1)).toEqual({ type: 'attend' });
  });

  it('begins anew once the connection has subscribed to the ticket, and to no other', () => {
    attention.look('t1');
    attention.subscribed('t2');
    expect(sent).toHaveLength(1);
    attention.subscribed('t1');
    expect(sent).toEqual([
      { type: 'attend', ticket: 't1' },
      { type: 'attend', ticket: 't1' },
    ]);
    clock.pass(20_000);
    expect(sent).toHaveLength(3);
  });

  it('says typing at most every 3 s, and anew after the message', () => {
    const typing = () => attention.typing('t1', 'reply');
    typing();
    clock.pass(2_999);
    typing();
    expect(sent).toHaveLength(1);
    clock.pass(1);
    typing();
    expect(sent).toHaveLength(2);
    attention.typed('t1');
    typing();
    expect(sent).toHaveLength(3);
  });

  it('only ever moves its marks forward, and repeats them on a new connection', () => {
    attention.read('t1', 5);
    attention.read('t1', 4);
    expect(sent).toEqual([{ type: 'read', ticket: 't1', n: 5 }]);
    attention.renew();
    expect(sent.slice(1)).toEqual([{ type: 'read', ticket: 't1', n: 5 }]);
  });

  it('counts as active for five minutes after input', () => {
    clock.pass(5 * 60_000);
    expect(attention.active()).toBe(true);
    clock.pass(1);
    expect(attention.active()).toBe(false);
    page.input();
    expect(attention.active()).toBe(true);
  });
});
