//! Images for tests: real ones, one with what a camera writes, and one that claims to be huge.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

/// What stands in the metadata of [`photograph`].
pub const CAMERA: &[u8] = b"48.8584 N 2.2945 E, camera 4711";

/// Every pixel another one, so that it does not shrink to nothing.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    encode(&coloured(width, height), ImageFormat::Png)
}

/// A JPEG that was taken with the camera on its side, with place and camera in its metadata (Exif 2.3).
pub fn photograph(width: u32, height: u32) -> Vec<u8> {
    let plain = encode(&coloured(width, height), ImageFormat::Jpeg);
    // Little-endian TIFF with two entries: orientation 6 (turn right), and the maker's words.
    let mut exif = b"Exif\0\0II\x2A\0\x08\0\0\0\x02\0".to_vec();
    exif.extend(b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0");
    exif.extend(b"\x0F\x01\x02\0");
    exif.extend(u32::try_from(CAMERA.len()).unwrap().to_le_bytes());
    exif.extend(38_u32.to_le_bytes());
    exif.extend([0; 4]);
    exif.extend(CAMERA);
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    [&plain[..2], b"\xFF\xE1", &length, &exif, &plain[2..]].concat()
}

/// A PNG whose head says 50,000 by 50,000.
pub fn bomb() -> Vec<u8> {
    let mut bomb = png(8, 8);
    bomb[16..24].copy_from_slice(&[0, 0, 0xC3, 0x50, 0, 0, 0xC3, 0x50]);
    let sum = crc32(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&sum.to_be_bytes());
    bomb
}

/// Width and height.
pub fn size(image: &[u8]) -> (u32, u32) {
    let image = image::load_from_memory(image).unwrap();
    (image.width(), image.height())
}

fn coloured(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let [a, b, c, _] = x.wrapping_mul(2_654_435_761).wrapping_add(y.wrapping_mul(40_503)).to_be_bytes();
        Rgb([a, b, c])
    })
}

fn encode(image: &RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut made = Cursor::new(Vec::new());
    DynamicImage::from(image.clone()).write_to(&mut made, format).unwrap();
    made.into_inner()
}

/// Of ISO 3309, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg()))
    })
}
