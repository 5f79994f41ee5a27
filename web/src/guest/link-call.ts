// What a link's page asks of the hub, and how an answer that is no answer is met.
import { call, Refused } from '../core/api';
import type { LinkCodeAsked } from '../protocol';

/** Unknown, void, cut short, made for another use: nobody is told which. */
export const isVoid = (error: unknown): boolean => error instanceof Refused && error.code === 'not_found';

/** The hub binds a code to the browser that asks: one that has lost its cookie gets another first. */
export async function askForCode(token: string): Promise<LinkCodeAsked> {
  const ask = () => call('POST /v1/links/code', { body: { token } });
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof Refused && error.code === 'not_signed_in')) throw error;
    await call('GET /v1/me');
    return ask();
  }
}
