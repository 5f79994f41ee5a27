// What this page knows of one draft that the hub keeps, too. Pure.
//
// The text here is the composer's, and comes first: it goes to the hub as a new state, made from the one it was
// written from. What was written elsewhere since takes its place only where nothing was typed here since.

import { joined } from '../../core/drafts';
import type { DraftRevision } from '../../protocol';

/** A state as the hub has it. `revision` null: it knows of none. */
export interface State {
  text: string;
  revision: DraftRevision | null;
}

export interface Standing {
  /** What the composer here holds. */
  local: string;
  /** The hub's state that it was made from. */
  base: State;
  /** A state that was sent and has no answer yet; it is sent again as it is. */
  under_way: { text: string; base: DraftRevision | null; revision: DraftRevision } | null;
  /** States that texts of the outbox were made from: with these the draft ends. */
  given: readonly DraftRevision[];
  /** What was written elsewhere, while something else was typed here. Until its person has decided, nothing is sent. */
  other: State | null;
  /** What the hub does not take; it is asked again once the text is another one. */
  refused: string | null;
}

export const nothing: State = { text: '', revision: null };

export const standing = (local: string): Standing => ({
  local,
  base: nothing,
  under_way: null,
  given: [],
  other: null,
  refused: null,
});

const given_max = 8;
/** The hub takes a text without a word for none. */
const worded = (text: string): string => (text.trim() === '' ? '' : text);
const same = (one: string, other: string): boolean => worded(one) === worded(other);

export const typed = (now: Standing, local: string): Standing =>
  now.local === local ? now : { ...now, local };

/** What the hub should have, when that is something else than it has. */
export function due({ local, base, under_way, given, other, refused }: Standing): string | null {
  if (under_way || other || same(local, base.text) || refused === worded(local)) return null;
  // It was sent from here: the message ends it.
  if (worded(local) === '' && base.revision !== null && given.includes(base.revision)) return null;
  return worded(local);
}

export const sends = (now: Standing, text: string, revision: DraftRevision): Standing => ({
  ...now,
  under_way: { text, base: now.base.revision, revision },
});

/** The hub has the state that was under way. */
export function kept(now: Standing): Standing {
  if (!now.under_way) return now;
  const { text, revision } = now.under_way;
  return { ...now, base: { text, revision }, under_way: null };
}

/** The hub will not have it, as it is. */
export const refusedFor = (now: Standing): Standing => ({
  ...now,
  under_way: null,
  refused: now.under_way?.text ?? null,
});

/** What stood in its way may have passed. */
export const askedAgain = (now: Standing): Standing =>
  now.refused === null ? now : { ...now, refused: null };

/** The text becomes a message: which states its draft may stand in. */
export function give(now: Standing): { now: Standing; states: DraftRevision[] } {
  const base = now.base.text === '' ? null : now.base.revision;
  const states = [base, now.under_way?.revision ?? null].filter((each) => each !== null);
  return { now: { ...now, local: '', given: [...now.given, ...states].slice(-given_max) }, states };
}

/** The message was taken back, or thrown away: the draft is this page's again. */
export const takenBack = (now: Standing): Standing => ({ ...now, given: [] });

/** This is what stands in the hub now. */
export function met(now: Standing, found: State): Standing {
  const { local, base, under_way, given } = now;
  if (under_way && found.revision === under_way.revision) return { ...kept(now), other: null };
  if (found.revision === base.revision) return { ...now, other: null };
  if (found.revision !== null && given.includes(found.revision)) return { ...now, base: found, other: null };
  // Another page's, or the end of it.
  const rest = { ...now, base: found, under_way: null, given: [], other: null };
  if (same(local, found.text)) return rest;
  if (worded(local) === '' || same(local, base.text)) return { ...rest, local: found.text };
  if (found.text === '') return rest;
  return { ...now, under_way: null, given: [], other: found };
}

/** The other text comes before the own one. */
export const takeOther = (now: Standing): Standing =>
  now.other
    ? {
        ...now,
        local: joined(now.other.text, worded(now.local)),
        base: now.other,
        other: null,
        refused: null,
      }
    : now;

/** The own text stays, and takes the other's place. */
export const leaveOther = (now: Standing): Standing =>
  now.other ? { ...now, base: now.other, other: null, refused: null } : now;

/** Does the hub lack something of it? */
export const isUnkept = ({ local, base }: Standing): boolean =>
  worded(local) !== '' && !same(local, base.text);

export const isDraft = ({ local, other }: Standing): boolean => worded(local) !== '' || other !== null;

/** Is it a state that this page had a part in, or has seen? */
export const knows = ({ base, under_way, given, other }: Standing, revision: DraftRevision): boolean =>
  [base.revision, under_way?.revision, other?.revision, ...given].includes(revision);
