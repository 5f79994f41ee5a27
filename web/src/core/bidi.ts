// Invisible characters that turn the direction of a text: taken out of whatever strangers wrote before it is shown.

// Embeddings, overrides and isolates can make a text read as another; the plain marks (LRM, RLM) cannot.
const bidi_controls = /[\u202a-\u202e\u2066-\u2069]/g;
export const neutralise = (text: string): string => text.replace(bidi_controls, '');
