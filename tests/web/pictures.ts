// Files for tests, made here: nothing of the kind is in the repository.

import { crc32, deflateSync } from "node:zlib";

export interface TestFile {
  name: string;
  mimeType: string;
  buffer: Buffer;
}

/** A PNG: stripes in two colours, or with `noise` pixels that nothing compresses, so that it has some size. */
export function png(name: string, width: number, height: number, { noise = false, hue = 0 } = {}): TestFile {
  const rows = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * (width * 3 + 1) + 1 + x * 3;
      const lit = (x + y) % 60 < 30;
      rows[at] = noise ? Math.random() * 256 : lit ? 40 + hue : 240;
      rows[at + 1] = noise ? Math.random() * 256 : lit ? 130 : 236;
      rows[at + 2] = noise ? Math.random() * 256 : lit ? 200 - hue : 228;
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  // Eight bits of red, green and blue.
  head.set([8, 2, 0, 0, 0], 8);
  const buffer = Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
  return { name, mimeType: "image/png", buffer };
}

function chunk(kind: string, bytes: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(kind, "latin1"), bytes]);
  const framed = Buffer.alloc(named.length + 8);
  framed.writeUInt32BE(bytes.length, 0);
  named.copy(framed, 4);
  framed.writeUInt32BE(crc32(named), named.length + 4);
  return framed;
}

export const text = (name: string, words: string): TestFile => ({
  name,
  mimeType: "text/plain",
  buffer: Buffer.from(words),
});

export const pdf = (name: string): TestFile => ({
  name,
  mimeType: "application/pdf",
  buffer: Buffer.from(`%PDF-1.4\n${"% nothing on it\n".repeat(4_000)}%%EOF\n`),
});
