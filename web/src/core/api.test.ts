import { afterEach, describe, expect, it, vi } from 'vitest';
import { call, Refused, retrying, speak, Unreachable } from './api';

type Asked = { url: string; init: RequestInit };
const asked: Asked[] = [];

function hubSays(...answers: (Response | Error)[]): void {
  asked.length = 0;
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    asked.push({ url, init });
    const answer = answers.shift() ?? new Error('no answer');
    if (answer instanceof Error) throw answer;
    return answer;
  });
}

const json = (body: unknown, status = 200, type = 'application/json') =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': type } });
const problem = (code: string, status: number, more = {}) =>
  json({ status, code, title: 'No.', request_id: 'r1', ...more }, status, 'application/problem+json');

afterEach(() => vi.unstubAllGlobals());

describe('a request', () => {
  it('names its path, its query, its language and its key', async () => {
    speak(() => 'fr');
    hubSays(json({ id: 't/1' }), json({ n: 1 }));
    await call('GET /v1/tickets/{id}', { path: { id: 't/1' }, query: { before: 5 } });
    expect(asked[0]?.url).toBe('/v1/tickets/t%2F1?before=5');
    expect(asked[0]?.init.headers).toMatchObject({ 'Accept-Language': 'fr' });
    expect(asked[0]?.init.credentials).toBe('same-origin');
    await call('POST /v1/tickets/{id}/messages', {
      path: { id: 'a' },
      key: 'k',
      body: { kind: 'reply', text: 'x', attachments: [] },
    });
    expect(asked[1]?.init.headers).toMatchObject({
      'Content-Type': 'application/json',
      'Idempotency-Key': 'k',
    });
    expect(asked[1]?.init.body).toBe('{"kind":"reply","text":"x","attachments":[]}');
  });

  it('is refused with the hub’s code, sentence and field', async () => {
    hubSays(problem('too_long', 422, { field: 'text', limit: 4000 }));
    const error = await call('GET /v1/site').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Refused);
    expect(error).toMatchObject({
      code: 'too_long',
      message: 'No.',
      problem: { field: 'text', limit: 4000 },
    });
  });

  it('knows nothing when something else answered in the hub’s place', async () => {
    hubSays(
      new Response('<html>', { status: 502, headers: { 'Content-Type': 'text/html' } }),
      new TypeError('failed'),
    );
    await expect(call('GET /v1/site')).rejects.toBeInstanceOf(Unreachable);
    await expect(call('GET /v1/site')).rejects.toBeInstanceOf(Unreachable);
  });

  it('answers nothing for 204', async () => {
    hubSays(new Response(null, { status: 204 }));
    expect(await call('POST /v1/sign-out', { body: {} })).toBeUndefined();
  });
});

describe('retrying', () => {
  it('tries again what was not refused for good, as the hub asks', async () => {
    const waits: number[] = [];
    const wait = async (ms: number) => void waits.push(ms);
    hubSays(new TypeError('cut'), problem('unavailable', 503, { retry_after_s: 9 }), json({ name: 'Verso' }));
    expect(await retrying(() => call('GET /v1/site'), { wait })).toEqual({ name: 'Verso' });
    expect(waits[1]).toBe(9_000);
  });

  it('gives up what is refused, what asks for a long wait, and after its attempts', async () => {
    const wait = async () => {};
    hubSays(problem('forbidden', 403));
    await expect(retrying(() => call('GET /v1/site'), { wait })).rejects.toMatchObject({ code: 'forbidden' });
    hubSays(problem('too_many_requests', 429, { retry_after_s: 600 }));
    await expect(retrying(() => call('GET /v1/site'), { wait })).rejects.toMatchObject({
      code: 'too_many_requests',
    });
    hubSays();
    await expect(retrying(() => call('GET /v1/site'), { wait, attempts: 3 })).rejects.toBeInstanceOf(
      Unreachable,
    );
    expect(asked).toHaveLength(3);
  });
});
