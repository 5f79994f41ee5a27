// Keeps macros at the hub: own ones, and those of everybody, each under its own address.

import type { ChangeMacro, Macro, NewMacro } from '../../../protocol';
import { ask } from '../../session';

export function create(shared: boolean, body: NewMacro, key: string): Promise<Macro> {
  return shared
    ? ask('POST /v1/agent/shared-macros', { body, key })
    : ask('POST /v1/agent/macros', { body, key });
}

export async function change({ id, shared }: Macro, body: ChangeMacro): Promise<void> {
  const path = { id };
  if (shared) await ask('PATCH /v1/agent/shared-macros/{id}', { path, body });
  else await ask('PATCH /v1/agent/macros/{id}', { path, body });
}

export async function end({ id, shared }: Macro): Promise<void> {
  const path = { id };
  if (shared) await ask('DELETE /v1/agent/shared-macros/{id}', { path });
  else await ask('DELETE /v1/agent/macros/{id}', { path });
}
