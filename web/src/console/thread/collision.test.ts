import { describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../protocol';
import { alsoReplying, replySince } from './collision';

const typing = (participant: string, side: 'agent' | 'requester', kind: 'reply' | 'ask' | 'note') => ({
  participant,
  side,
  kind,
  name: participant,
  file: false,
  until: 0,
});
const event = (n: number, id: string, side: 'agent' | 'requester', kind: 'message' | 'note') =>
  ({ n, author: { id, side, name: id }, body: { kind, text: `${n}` } }) as unknown as AgentEvent;

describe('two who answer at the same time', () => {
  it('are colleagues who write what the requester will read', () => {
    const all = [
      typing('lena', 'agent', 'reply'),
      typing('tunde', 'agent', 'ask'),
      typing('julia', 'agent', 'note'),
      typing('amina', 'requester', 'reply'),
    ];
    expect(alsoReplying(all).map(({ participant }) => participant)).toEqual(['lena', 'tunde']);
  });
  it('collide by a colleague’s reply after one began, by nothing else', () => {
    const events = [
      event(1, 'lena', 'agent', 'message'),
      event(2, 'lena', 'agent', 'note'),
      event(3, 'nora', 'agent', 'message'),
      event(4, 'amina', 'requester', 'message'),
    ];
    expect(replySince({ events, me: 'nora' }, 0)?.n).toBe(1);
    expect(replySince({ events, me: 'nora' }, 1)).toBeUndefined();
    expect(replySince({ events: [...events, event(5, 'lena', 'agent', 'message')], me: 'nora' }, 3)?.n).toBe(
      5,
    );
  });
});
