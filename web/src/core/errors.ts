// A failure as a sentence for the person: the hub's own where it spoke, ours where it could not be reached.
import { Refused } from './api';

export interface Failure {
  /** The hub's stable code, or `unreachable`. */
  code: string;
  message: string;
  field?: string;
  request_id?: string;
}

export function failureOf(error: unknown, unreachable: string): Failure {
  if (!(error instanceof Refused)) return { code: 'unreachable', message: unreachable };
  const { code, title, field, request_id } = error.problem;
  return { code, message: title, request_id, ...(field && { field }) };
}

/** Is this the failure of that input? Paths such as `details.transaction_id`. */
export const isAbout = (failure: Failure | null | undefined, field: string): boolean =>
  failure?.field === field;
