//! Pictures of people: what may be kept. A browser has cut and encoded the picture anew; the server believes none of it
//! and reads the file's own head. Whatever tells more than the picture does is refused, so that no phone's note of where
//! it was taken ever gets here, whichever program sent it.

/// Width and height, in pixels.
pub const SIDE: u32 = 512;
/// Largest file, in bytes.
pub const MAX_BYTES: usize = 300 * 1024;
/// Longest address of a picture that lives elsewhere, in bytes.
pub const MAX_ADDRESS: usize = 2000;

/// What a picture may be encoded as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `image/webp`.
    Webp,
    /// `image/jpeg`, from browsers that cannot write WebP.
    Jpeg,
}

impl Format {
    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Webp => "image/webp",
            Self::Jpeg => "image/jpeg",
        }
    }

    /// Reads a media type.
    pub fn from_media_type(essence: &str) -> Option<Self> {
        [Self::Webp, Self::Jpeg].into_iter().find(|format| format.media_type() == essence)
    }
}

/// Why a file is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// More than [`MAX_BYTES`].
    TooLarge,
    /// Not the format that it was said to be, or broken.
    Format,
    /// Not exactly [`SIDE`] by [`SIDE`].
    Size,
    /// It holds more than the picture: where and when it was taken, say, or a film.
    More,
}

impl Problem {
    /// What the person reads.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::TooLarge => "That picture is too large: it may have 300 KB. Choose another one.",
            Self::Format => "That picture cannot be read. Choose another one.",
            Self::Size => {
                "A picture here has 512 by 512 pixels. Choose it on the settings page, which cuts it to size."
            }
            Self::More => {
                "That picture says more than it shows, such as where it was taken. Choose it on the settings page, which \
                 leaves that out."
            }
        }
    }
}

/// Checks a file that is said to be a picture.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn check(format: Format, file: &[u8]) -> Result<(), Problem> {
    if file.len() > MAX_BYTES {
        return Err(Problem::TooLarge);
    }
    let size = match format {
        Format::Webp => webp_size(file)?,
        Format::Jpeg => jpeg_size(file)?,
    };
    if size == (SIDE, SIDE) { Ok(()) } else { Err(Problem::Size) }
}

/// Whether an address of a picture that lives elsewhere can be kept: plain `https`, nothing that ends an attribute.
pub fn is_address(address: &str) -> bool {
    let rest = address.strip_prefix("https://").unwrap_or_default();
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    address.len() <= MAX_ADDRESS
        && !host.is_empty()
        && !host.contains('@')
        && address.bytes().all(|b| b.is_ascii_graphic() && !b"\"'<>\\`{}|^".contains(&b))
}

/// A RIFF file: `RIFF`, its length, `WEBP`, then chunks of a name, a length and bytes, each padded to an even length.
/// <https://developers.google.com/speed/webp/docs/riff_container>
fn webp_size(file: &[u8]) -> Result<(u32, u32), Problem> {
    let mut reader = Reader(file);
    if reader.take(4)? != b"RIFF" {
        return Err(Problem::Format);
    }
    if reader.le(4)? as usize != file.len() - 8 || reader.take(4)? != b"WEBP" {
        return Err(Problem::Format);
    }
    let mut canvas = None;
    let mut frame = None;
    while !reader.0.is_empty() {
        let name = reader.take(4)?;
        let length = reader.le(4)? as usize;
        let mut chunk = Reader(reader.take(length)?);
        if length % 2 == 1 {
            reader.take(1)?;
        }
        match name {
            b"VP8X" => {
                chunk.take(4)?;
                canvas = Some((chunk.le(3)? + 1, chunk.le(3)? + 1));
            }
            b"VP8 " => {
                chunk.take(3)?;
                if chunk.take(3)? != [0x9d, 0x01, 0x2a] {
                    return Err(Problem::Format);
                }
                frame = Some((chunk.le(2)? & 0x3fff, chunk.le(2)? & 0x3fff));
            }
            b"VP8L" => {
                if chunk.take(1)? != [0x2f] {
                    return Err(Problem::Format);
                }
                let bits = chunk.le(4)?;
                frame = Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1));
            }
            // How transparent it is and which colours are meant; what the picture needs, and no more.
            b"ALPH" | b"ICCP" => {}
            _ => return Err(Problem::More),
        }
    }
    let frame = frame.ok_or(Problem::Format)?;
    if canvas.is_some_and(|canvas| canvas != frame) { Err(Problem::Size) } else { Ok(frame) }
}

/// A JPEG file: segments that begin with `FF` and a marker, most of them with a length behind it (ITU-T T.81, B.1.1).
fn jpeg_size(file: &[u8]) -> Result<(u32, u32), Problem> {
    let mut reader = Reader(file);
    if reader.take(2)? != [0xff, 0xd8] || !file.ends_with(&[0xff, 0xd9]) {
        return Err(Problem::Format);
    }
    let mut size = None;
    loop {
        if reader.be(1)? != 0xff {
            return Err(Problem::Format);
        }
        let mut marker = reader.be(1)?;
        while marker == 0xff {
            marker = reader.be(1)?;
        }
        // From the start of the scan on there are only pixels.
        if marker == 0xda {
            return size.ok_or(Problem::Format);
        }
        let length = (reader.be(2)? as usize).checked_sub(2).ok_or(Problem::Format)?;
        let mut segment = Reader(reader.take(length)?);
        match marker {
            // Frames, baseline to progressive; C4, C8 and CC are tables.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                segment.take(1)?;
                let height = segment.be(2)?;
                size = Some((segment.be(2)?, height));
            }
            // Tables, and the marks of JFIF and of Adobe's colours.
            0xc4 | 0xdb | 0xdd | 0xe0 | 0xee => {}
            // A colour profile; phones put whole further pictures under the same marker.
            0xe2 if segment.0.starts_with(b"ICC_PROFILE\0") => {}
            _ => return Err(Problem::More),
        }
    }
}

/// Reads from the front and knows where the end is.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Problem> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Problem::Format)?;
        self.0 = rest;
        Ok(taken)
    }

    /// An unsigned number of up to four bytes, least significant first.
    fn le(&mut self, count: usize) -> Result<u32, Problem> {
        Ok(self.take(count)?.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    /// As [`Reader::le`], most significant first.
    fn be(&mut self, count: usize) -> Result<u32, Problem> {
        Ok(self.take(count)?.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn riff(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
        let mut body = b"WEBP".to_vec();
        for (name, bytes) in chunks {
            body.extend_from_slice(*name);
            body.extend(u32::try_from(bytes.len()).unwrap().to_le_bytes());
            body.extend(bytes);
            body.extend(vec![0; bytes.len() % 2]);
        }
        [b"RIFF".to_vec(), u32::try_from(body.len()).unwrap().to_le_bytes().to_vec(), body].concat()
    }

    fn vp8(width: u16, height: u16) -> (&'static [u8; 4], Vec<u8>) {
        let mut bytes = vec![0x30, 0x01, 0x00, 0x9d, 0x01, 0x2a];
        bytes.extend(width.to_le_bytes());
        bytes.extend(height.to_le_bytes());
        bytes.extend([7; 9]);
        (b"VP8 ", bytes)
    }

    fn vp8l(width: u32, height: u32) -> (&'static [u8; 4], Vec<u8>) {
        let bits = (width - 1) | (height - 1) << 14;
        (b"VP8L", [vec![0x2f], bits.to_le_bytes().to_vec(), vec![0; 4]].concat())
    }

    fn vp8x(width: u32, height: u32) -> (&'static [u8; 4], Vec<u8>) {
        let three = |number: u32| number.to_le_bytes()[..3].to_vec();
        (b"VP8X", [vec![0; 4], three(width - 1), three(height - 1)].concat())
    }

    fn segment(marker: u8, bytes: &[u8]) -> Vec<u8> {
        let length = u16::try_from(bytes.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker], length.as_slice(), bytes].concat()
    }

    fn jpeg(before: &[Vec<u8>], width: u16, height: u16) -> Vec<u8> {
        let frame = [&[8], height.to_be_bytes().as_slice(), &width.to_be_bytes(), &[3, 1, 0x22, 0]].concat();
        let parts = [
            vec![0xff, 0xd8],
            segment(0xe0, b"JFIF\0"),
            before.concat(),
            segment(0xdb, &[0; 65]),
            segment(0xc0, &frame),
            segment(0xda, &[1, 1, 0]),
            vec![1, 2, 3, 0xff, 0xd9],
        ];
        parts.concat()
    }

    #[test]
    fn takes_what_browsers_write() {
        for file in [
            riff(&[vp8(512, 512)]),
            riff(&[vp8l(512, 512)]),
            riff(&[vp8x(512, 512), (b"ICCP", vec![1; 5]), (b"ALPH", vec![2; 3]), vp8(512, 512)]),
        ] {
            assert_eq!(check(Format::Webp, &file), Ok(()));
        }
        assert_eq!(check(Format::Jpeg, &jpeg(&[], 512, 512)), Ok(()));
    }

    #[test]
    fn refuses_another_size() {
        assert_eq!(check(Format::Webp, &riff(&[vp8(512, 511)])), Err(Problem::Size));
        assert_eq!(check(Format::Webp, &riff(&[vp8l(16384, 16384)])), Err(Problem::Size));
        assert_eq!(check(Format::Webp, &riff(&[vp8x(512, 512), vp8(8, 8)])), Err(Problem::Size));
        assert_eq!(check(Format::Jpeg, &jpeg(&[], 513, 512)), Err(Problem::Size));
    }

    #[test]
    fn refuses_what_tells_more_than_the_picture() {
        for name in [b"EXIF", b"XMP ", b"ANIM", b"ANMF", b"what"] {
            let file = riff(&[vp8x(512, 512), vp8(512, 512), (name, vec![1, 2])]);
            assert_eq!(check(Format::Webp, &file), Err(Problem::More), "{name:?}");
        }
        assert_eq!(check(Format::Jpeg, &jpeg(&[segment(0xe2, b"ICC_PROFILE\0...")], 512, 512)), Ok(()));
        for marker in [0xe1, 0xe2, 0xed, 0xfe] {
            let file = jpeg(&[segment(marker, b"Exif\0\0")], 512, 512);
            assert_eq!(check(Format::Jpeg, &file), Err(Problem::More), "{marker:x}");
        }
    }

    #[test]
    fn refuses_what_is_no_picture() {
        let long = vec![0; MAX_BYTES + 1];
        assert_eq!(check(Format::Webp, &long), Err(Problem::TooLarge));
        let whole = riff(&[vp8(512, 512)]);
        for file in [&b""[..], b"RIFF", b"<svg onload=alert(1)>", b"GIF89a", &whole[..whole.len() - 1], &riff(&[])] {
            assert_eq!(check(Format::Webp, file), Err(Problem::Format), "{file:?}");
        }
        assert_eq!(check(Format::Jpeg, &whole), Err(Problem::Format));
        assert_eq!(check(Format::Webp, &jpeg(&[], 512, 512)), Err(Problem::Format));
        let trailing = [jpeg(&[], 512, 512), b"<script>".to_vec()].concat();
        assert_eq!(check(Format::Jpeg, &trailing), Err(Problem::Format));
        assert_eq!(check(Format::Jpeg, &[0xff, 0xd8, 0xff, 0xc0, 0, 1, 0xff, 0xd9]), Err(Problem::Format));
    }

    #[test]
    fn an_address_elsewhere_is_plain_https() {
        assert!(is_address("https://x.test/a.png?size=2#x"));
        for address in [
            "",
            "http://x.test/a.png",
            "javascript:alert(1)",
            "https://",
            "https:///a",
            "https://me@x.test/",
            "https://x.test/\" onload=",
            "https://x.test/a b",
            "data:image/png;base64,AA",
        ] {
            assert!(!is_address(address), "{address}");
        }
        assert!(!is_address(&format!("https://x.test/{}", "a".repeat(2000))));
    }

    proptest! {
        #[test]
        fn reading_anything_does_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = check(Format::Webp, &bytes);
            let _ = check(Format::Jpeg, &bytes);
            let _ = check(Format::Webp, &[b"RIFF".as_slice(), &bytes].concat());
            let _ = check(Format::Jpeg, &[&[0xff, 0xd8], bytes.as_slice(), &[0xff, 0xd9]].concat());
        }
    }
}
