import { describe, expect, it } from 'vitest';
import type { AlertMail, AlertState, HoldReason } from '../../protocol';
import { canTryAgain } from './Route';
import { concerns } from './told';

const mail = (state: AlertState, hold?: HoldReason): AlertMail => ({
  kind: 'updated',
  state,
  at: 1,
  ...(hold && { hold }),
});

describe('the route of alerts', () => {
  it('can be tried again where the hub or a mail server stopped it, and not where the requester did', () => {
    expect(canTryAgain({ mails: [] })).toBe(false);
    expect(canTryAgain({ hold: 'not_confirmed', mails: [] })).toBe(true);
    expect(canTryAgain({ hold: 'bounces', mails: [mail('bounced', 'bounces')] })).toBe(true);
    expect(canTryAgain({ hold: 'unsubscribed', mails: [mail('sent')] })).toBe(false);
    expect(canTryAgain({ hold: 'muted', mails: [mail('held', 'muted')] })).toBe(false);
    expect(canTryAgain({ mails: [mail('failed'), mail('sent')] })).toBe(true);
    // What failed once and was told later is settled.
    expect(canTryAgain({ mails: [mail('sent'), mail('failed')] })).toBe(false);
  });

  it('is read again after what may have changed it', () => {
    expect(concerns({ type: 'alerts', ticket: 'a' }, 'a')).toBe(true);
    expect(concerns({ type: 'alerts', ticket: 'b' }, 'a')).toBe(false);
    expect(concerns({ type: 'presence', ticket: 'a', people: [] }, 'a')).toBe(true);
    expect(concerns({ type: 'stale' }, 'a')).toBe(true);
    expect(concerns({ type: 'ping' }, 'a')).toBe(false);
  });
});
