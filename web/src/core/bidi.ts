// Invisible characters: taken out of whatever strangers wrote before it is shown, as far as a text can do without.

// Embeddings, overrides and isolates can make a text read as another; the plain marks (LRM, RLM) cannot.
const bidi_controls = /[\u202a-\u202e\u2066-\u2069]/g;
export const neutralise = (text: string): string => text.replace(bidi_controls, '');

// Nothing in a name or an address may hide: marks of direction, characters without a width, fillers, tags.
const unseen =
  /\u034f|[\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\u{e0000}-\u{e007f}]/gu;
// Joiners belong to Persian, to the scripts of India and to emoji; after these letters they only hide.
const needless_joiners = /(?<![^\p{sc=Latin}\p{sc=Cyrillic}\p{sc=Greek}\d\s])[\u200c\u200d]+/gu;
export const visible = (text: string): string => text.replace(unseen, '').replace(needless_joiners, '');

/** For `JSON.parse`: what people and things are called comes in without anything hidden in it. */
export const visibleNames = (key: string, value: unknown): unknown =>
  (key === 'name' || key === 'subject') && typeof value === 'string' ? visible(value) : value;
