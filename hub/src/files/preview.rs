//! Small pictures of images, made by a process of its own that may die without harm (R-F7).
//!
//! The hub starts its own binary anew for each picture (`hub preview-worker`), with limits on memory, time
//! and files that end that process alone. The image goes in on its standard input, the picture comes out.
//! The picture holds pixels and nothing else: what a camera wrote beside them is lost on the way.

use std::io::{self, Cursor, Read, Write};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;

use futures_util::TryStreamExt;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader};
use rustix::process::{Resource, Rlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;

use super::{ByteStream, FilesError};
use crate::domain::Clock;
use crate::domain::limits::{
    PREVIEW_ALLOC_BYTES_MAX, PREVIEW_BYTES_MAX, PREVIEW_PIXELS_MAX, PREVIEW_SIDE_MAX, PREVIEW_WAIT_MS,
    PREVIEW_WORKER_BYTES_MAX, PREVIEW_WORKER_CPU_S, PREVIEWS_AT_ONCE_MAX,
};

/// The command of the worker.
pub const COMMAND: &str = "preview-worker";
/// This very program, also after it was replaced on disk.
const OWN_PROGRAM: &str = "/proc/self/exe";
const JPEG_QUALITY: u8 = 80;

/// A picture that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub width: u32,
    pub height: u32,
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

/// Starts workers, a few at a time.
#[derive(Clone)]
pub struct Previewer {
    program: PathBuf,
    places: Arc<Semaphore>,
}

impl Default for Previewer {
    fn default() -> Self {
        Self::with(PathBuf::from(OWN_PROGRAM))
    }
}

impl Previewer {
    /// With a program instead of this one, that does the same.
    pub fn with(program: PathBuf) -> Self {
        Self { program, places: Arc::new(Semaphore::new(PREVIEWS_AT_ONCE_MAX)) }
    }

    /// None when no picture can be made of it, or not in time.
    pub(super) async fn make(&self, image: ByteStream, clock: &Clock) -> Option<Picture> {
        let made = clock.within(PREVIEW_WAIT_MS, async {
            let _place = self.places.acquire().await.map_err(io::Error::other)?;
            self.work(image).await
        });
        match made.await {
            None => {
                tracing::info!("a preview took too long: none is shown");
                None
            }
            Some(Err(error)) => {
                tracing::info!(%error, "no preview could be made");
                None
            }
            Some(Ok(picture)) => Some(picture),
        }
    }

    async fn work(&self, image: ByteStream) -> io::Result<Picture> {
        let mut worker = Command::new(&self.program)
            .arg(COMMAND)
            // No secret of the hub's goes along.
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let made = exchange(&mut worker, image).await?;
        match worker.wait().await?.success() {
            true => read_picture(&made).ok_or_else(|| io::Error::other("what the worker made is no picture")),
            false => Err(io::Error::other("the worker gave up")),
        }
    }
}

/// Gives the worker its image while taking what it makes: neither waits for the other.
async fn exchange(worker: &mut Child, mut image: ByteStream) -> io::Result<Vec<u8>> {
    let (stdin, stdout) = (worker.stdin.take(), worker.stdout.take());
    let (Some(mut stdin), Some(stdout)) = (stdin, stdout) else { return Err(io::ErrorKind::BrokenPipe.into()) };
    let give = async move {
        while let Some(bytes) = image.try_next().await? {
            // A worker that has seen enough reads no further.
            if stdin.write_all(&bytes).await.is_err() {
                break;
            }
        }
        Ok::<_, FilesError>(())
    };
    let take = async move {
        let mut made = Vec::new();
        stdout.take(PREVIEW_BYTES_MAX as u64 + 1).read_to_end(&mut made).await.map(|_| made)
    };
    let (given, made) = tokio::join!(give, take);
    given.map_err(io::Error::other)?;
    made
}

/// One line, `width height type`, and the picture.
fn read_picture(made: &[u8]) -> Option<Picture> {
    let end = made.iter().position(|byte| *byte == b'\n')?;
    let line = std::str::from_utf8(&made[..end]).ok()?;
    let mut words = line.split(' ');
    let mut side = || words.next()?.parse().ok().filter(|side| (1..=PREVIEW_SIDE_MAX).contains(side));
    let (width, height) = (side()?, side()?);
    let media_type = match words.next()? {
        "png" => "image/png",
        "jpeg" => "image/jpeg",
        _ => return None,
    };
    let bytes = made[end + 1..].to_vec();
    (!bytes.is_empty() && bytes.len() <= PREVIEW_BYTES_MAX).then_some(Picture { width, height, media_type, bytes })
}

/// The worker: one image from standard input, one picture to standard output.
///
/// # Errors
/// When it is no image, or one that is too large.
pub fn run_worker() -> io::Result<()> {
    limit_this_process()?;
    let mut image = Vec::new();
    io::stdin().lock().read_to_end(&mut image)?;
    let (line, picture) = shrink(&image).map_err(io::Error::other)?;
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.write_all(&picture)?;
    out.flush()
}

/// Memory, time, no file written, none opened: whatever a decoder is made to do, it ends here.
fn limit_this_process() -> io::Result<()> {
    let to = |most: u64| Rlimit { current: Some(most), maximum: Some(most) };
    setrlimit(Resource::As, to(PREVIEW_WORKER_BYTES_MAX))?;
    setrlimit(Resource::Cpu, to(PREVIEW_WORKER_CPU_S))?;
    setrlimit(Resource::Fsize, to(0))?;
    setrlimit(Resource::Core, to(0))?;
    Ok(())
}

/// Size first, then the pixels, then the small picture, turned as the camera was held.
fn shrink(image: &[u8]) -> image::ImageResult<(String, Vec<u8>)> {
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(PREVIEW_ALLOC_BYTES_MAX);
    let mut reader = ImageReader::new(Cursor::new(image)).with_guessed_format()?;
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PREVIEW_PIXELS_MAX || decoder.total_bytes() > PREVIEW_ALLOC_BYTES_MAX {
        return Err(io::Error::other("too many pixels").into());
    }
    let orientation = decoder.orientation()?;
    let whole = DynamicImage::from_decoder(decoder)?;
    let mut small = match width.max(height) > PREVIEW_SIDE_MAX {
        true => whole.thumbnail(PREVIEW_SIDE_MAX, PREVIEW_SIDE_MAX),
        false => whole,
    };
    small.apply_orientation(orientation);
    encode(&small)
}

/// PNG where something shines through, JPEG else.
fn encode(small: &DynamicImage) -> image::ImageResult<(String, Vec<u8>)> {
    let mut made = Cursor::new(Vec::new());
    let kind = match small.color().has_alpha() {
        true => {
            DynamicImage::from(small.to_rgba8()).write_to(&mut made, ImageFormat::Png)?;
            "png"
        }
        false => {
            small.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut made, JPEG_QUALITY))?;
            "jpeg"
        }
    };
    Ok((format!("{} {} {kind}", small.width(), small.height()), made.into_inner()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut made = Cursor::new(Vec::new());
        DynamicImage::new_rgb8(width, height).write_to(&mut made, ImageFormat::Png).expect("written");
        made.into_inner()
    }

    #[test]
    fn a_picture_is_no_larger_than_it_may_be_and_keeps_its_shape() {
        for (from, line) in [((2000, 1000), "640 320 jpeg"), ((300, 200), "300 200 jpeg"), ((10, 4000), "2 640 jpeg")] {
            let (made, bytes) = shrink(&png(from.0, from.1)).expect("a picture");
            assert_eq!(made, line);
            assert_eq!(image::guess_format(&bytes).expect("a format"), ImageFormat::Jpeg);
        }
    }

    /// R-F7: an image that says it has more pixels than it may is not decoded.
    #[test]
    fn a_bomb_is_told_by_its_size() {
        let mut bomb = png(8, 8);
        // Its head says 100,000 x 100,000; the checksum of the head fits.
        bomb[16..24].copy_from_slice(&[0, 1, 0x86, 0xA0, 0, 1, 0x86, 0xA0]);
        let sum = crc32(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&sum.to_be_bytes());
        assert!(shrink(&bomb).is_err());
        assert!(shrink(b"GIF89a=1;alert(1)//").is_err());
        assert!(shrink(b"").is_err());
    }

    /// Of ISO 3309, bit by bit.
    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |sum, byte| {
            (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xEDB8_8320 & (sum & 1).wrapping_neg()))
        })
    }

    #[test]
    fn what_a_worker_says_is_not_believed_without_a_look() {
        assert!(read_picture(b"2 3 png\nx").is_some());
        for made in [&b""[..], b"2 3 png\n", b"2 3 svg\nx", b"0 3 png\nx", b"2 9999 png\nx", b"2 png\nx", b"x"] {
            assert_eq!(read_picture(made), None, "{:?}", String::from_utf8_lossy(made));
        }
    }
}
