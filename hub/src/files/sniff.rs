//! What a file is, from its bytes alone: one of the types we know, or just bytes (R-F3, M-11).
//!
//! Neither a name nor a header is asked: both are a stranger's word.

/// Whatever is not known to be anything else.
pub const OCTETS: &str = "application/octet-stream";
const TEXT: &str = "text/plain";
/// Types told as what they are. Nothing here runs in a browser that opens it.
const KNOWN: [&str; 13] = [
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "application/pdf",
    "application/zip",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/vnd.oasis.opendocument.presentation",
    "application/epub+zip",
];
/// Text that some program would run: told as bytes.
const RUNS: [&str; 3] = ["text/html", "text/xml", "text/x-shellscript"];
/// What the known types are told by stands in here.
const HEAD_BYTES: usize = 8 * 1024;

/// Looks at bytes as they come by.
#[derive(Debug)]
pub struct Sniffer {
    head: Vec<u8>,
    text: Utf8,
}

/// A type that a browser may show as an image.
pub fn is_image(media_type: &str) -> bool {
    KNOWN[..4].contains(&media_type)
}

impl Default for Sniffer {
    fn default() -> Self {
        Self { head: Vec::new(), text: Utf8 { is_plain: true, broken_off: Vec::new() } }
    }
}

impl Sniffer {
    pub fn look(&mut self, bytes: &[u8]) {
        let missing = HEAD_BYTES - self.head.len();
        self.head.extend_from_slice(&bytes[..bytes.len().min(missing)]);
        self.text.look(bytes);
    }

    /// Once all bytes have come by.
    pub fn media_type(&self) -> &'static str {
        let told = infer::get(&self.head).map(|kind| kind.mime_type());
        if let Some(known) = KNOWN.into_iter().find(|known| told == Some(known)) {
            return known;
        }
        let runs = told.is_some_and(|told| RUNS.contains(&told)) || looks_like_markup(&self.head);
        match self.text.is_whole() && !self.head.is_empty() && !runs {
            true => TEXT,
            false => OCTETS,
        }
    }
}

/// An SVG without an XML head, for one.
fn looks_like_markup(head: &[u8]) -> bool {
    let byte_order_mark = b"\xEF\xBB\xBF";
    head.strip_prefix(byte_order_mark).unwrap_or(head).trim_ascii_start().first() == Some(&b'<')
}

/// Whether everything so far is UTF-8 without control characters.
#[derive(Debug)]
struct Utf8 {
    is_plain: bool,
    /// The beginning of a character whose rest has not come yet.
    broken_off: Vec<u8>,
}

impl Utf8 {
    fn look(&mut self, mut bytes: &[u8]) {
        while let (true, false, Some((first, rest))) = (self.is_plain, self.broken_off.is_empty(), bytes.split_first())
        {
            self.broken_off.push(*first);
            bytes = rest;
            match std::str::from_utf8(&self.broken_off) {
                Ok(_) => self.broken_off.clear(),
                Err(error) => self.is_plain = error.error_len().is_none(),
            }
        }
        if !self.is_plain {
            return;
        }
        let is_odd = |byte: &u8| (*byte < b' ' && !b"\t\n\r\x0C".contains(byte)) || *byte == 0x7F;
        match std::str::from_utf8(bytes) {
            Ok(_) => {}
            Err(error) if error.error_len().is_none() => self.broken_off = bytes[error.valid_up_to()..].to_vec(),
            Err(_) => self.is_plain = false,
        }
        self.is_plain &= !bytes.iter().any(is_odd);
    }

    fn is_whole(&self) -> bool {
        self.is_plain && self.broken_off.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sniff(bytes: &[u8]) -> &'static str {
        let types = [1, 2, 3, 7, bytes.len().max(1)].map(|size| {
            let mut sniffer = Sniffer::default();
            bytes.chunks(size).for_each(|chunk| sniffer.look(chunk));
            sniffer.media_type()
        });
        assert!(types.iter().all(|other| *other == types[0]), "whatever the size of the pieces: {types:?}");
        types[0]
    }

    /// R-F3: by content, from a list; the rest is just bytes.
    #[test]
    fn a_type_is_one_that_is_known_or_none() {
        for (bytes, expected) in [
            (&b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR"[..], "image/png"),
            (b"\xFF\xD8\xFF\xE0\0\x10JFIF\0", "image/jpeg"),
            (b"GIF89a\x01\0\x01\0", "image/gif"),
            (b"RIFF\x24\0\0\0WEBPVP8 ", "image/webp"),
            (b"%PDF-1.7\n", "application/pdf"),
            (b"PK\x03\x04\x14\0\0\0\0\0abcdefghijklmnopqrst", "application/zip"),
            ("Grüße, 12 €\r\n\tfin".as_bytes(), TEXT),
            (b"BMW, invoice 7", TEXT),
            // Scripts and markup are never told as what they are, nor as text.
            (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", OCTETS),
            (b"\xEF\xBB\xBF  <svg/>", OCTETS),
            (b"<?xml version='1.0'?><svg/>", OCTETS),
            (b"<!DOCTYPE html><script>alert(1)</script>", OCTETS),
            (b"  <HTML><body>", OCTETS),
            (b"#!/bin/sh\nrm -rf /", OCTETS),
            (b"\x7FELF\x02\x01\x01", OCTETS),
            (b"MZ\x90\0", OCTETS),
            (b"text with \0", OCTETS),
            (b"text with \x1B[31mred", OCTETS),
            (b"caf\xE9", OCTETS),
            (b"broken off: \xE2\x82", OCTETS),
            (b"", OCTETS),
        ] {
            assert_eq!(sniff(bytes), expected, "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    /// M-11: what is a GIF and a script at once is a GIF, and is never run as the other.
    #[test]
    fn what_is_two_things_is_the_harmless_one() {
        assert_eq!(sniff(b"GIF89a=1;alert(1)//"), "image/gif");
    }
}
