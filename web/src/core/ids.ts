// Client ids: UUIDs of version 7, made once per thing the person wants done, so that a repeat is recognised.
// Their order is the order of making, which keeps the outbox in order without another field.

let last_ms = 0;
let counter = 0;

/** A UUIDv7; later ones of this page sort after earlier ones, even within one millisecond. */
export function newId(now_ms: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  if (now_ms > last_ms) {
    last_ms = now_ms;
    counter = ((bytes[6] ?? 0) & 0x07) * 256 + (bytes[7] ?? 0);
  } else if (++counter > 0xfff) {
    // The 12 bits of this millisecond are used up: borrow the next one.
    last_ms += 1;
    counter = 0;
  }
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(last_ms / 2 ** (8 * (5 - i))) % 256;
  bytes[6] = 0x70 | (counter >> 8);
  bytes[7] = counter & 0xff;
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
