// Who is signed in to the console in this browser, and every request made in that name.
// A request that finds the login gone ends the session here; the address stays, so signing in leads back.

import { type ReadonlySignal, signal } from '@preact/signals';
import { type Answer, call, type Options, Refused, type Routes } from '../core/api';
import type { AgentMe, AgentSignIn, UseLink } from '../protocol';

export type Session =
  | { state: 'unknown' }
  | { state: 'unreachable' }
  | { state: 'out'; why: 'never' | 'expired' | 'left' }
  | { state: 'in'; me: AgentMe };

const current = signal<Session>({ state: 'unknown' });
export const session: ReadonlySignal<Session> = current;

/** Asks the hub who we are. */
export async function findSession(): Promise<void> {
  try {
    current.value = { state: 'in', me: await call('GET /v1/agent/me') };
  } catch (error) {
    current.value =
      error instanceof Refused && error.code === 'not_signed_in'
        ? { state: 'out', why: 'never' }
        : { state: 'unreachable' };
  }
}

export async function signIn(body: AgentSignIn): Promise<void> {
  entered(await call('POST /v1/agent/sign-in', { body }));
}

/** A one-time link signs its holder in. */
export async function enterByLink(token: string, body: UseLink): Promise<void> {
  entered(await call('POST /v1/agent/links/{token}', { path: { token }, body }));
}

/** The hub is told as well as it can be; this page is signed out in any case but a failure to reach it. */
export async function signOut(everywhere = false): Promise<void> {
  try {
    await call(everywhere ? 'POST /v1/agent/sign-out-everywhere' : 'POST /v1/agent/sign-out', { body: {} });
  } catch (error) {
    if (!(error instanceof Refused && error.code === 'not_signed_in')) throw error;
  }
  current.value = { state: 'out', why: 'left' };
}

export function expireSession(): void {
  if (current.peek().state === 'in') current.value = { state: 'out', why: 'expired' };
}

/** The agent's own facts changed: a name, teams. */
export function meChanged(me: AgentMe): void {
  if (current.peek().state === 'in') current.value = { state: 'in', me };
}

/** For the line, whose refused handshake says nothing: is the login still there? Throws when nobody can tell. */
export async function stillSignedIn(): Promise<boolean> {
  try {
    await call('GET /v1/agent/me');
    return true;
  } catch (error) {
    if (error instanceof Refused && error.code === 'not_signed_in') return false;
    throw error;
  }
}

type Args<R extends keyof Routes> =
  Record<string, never> extends Options<R> ? [options?: Options<R>] : [options: Options<R>];

/** A request as the signed-in agent. */
export async function ask<R extends keyof Routes>(route: R, ...args: Args<R>): Promise<Answer<R>> {
  try {
    return await call(route, ...args);
  } catch (error) {
    if (error instanceof Refused && error.code === 'not_signed_in') expireSession();
    throw error;
  }
}

function entered(me: AgentMe): void {
  current.value = { state: 'in', me };
}
