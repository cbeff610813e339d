//! Zip archives, written one file after the other so that never more than one is in memory.
//!
//! Files are stored as they are: pictures do not shrink, and text is small. The few fields that pass 32 bits in a very
//! large archive are written in the Zip64 form (PKWARE's APPNOTE 6.3.9, sections 4.3 and 4.5.3). Owns the format;
//! refuses to read archives.

use chrono::{DateTime, Datelike, Timelike, Utc};
use std::collections::HashSet;

/// What a field of 32 bits says when the real number is in the Zip64 form.
const IN_ZIP64: u32 = u32::MAX;
/// Names are UTF-8 (bit 11).
const FLAGS: u16 = 0x0800;
const ZIP_2_0: u16 = 20;
const ZIP_4_5: u16 = 45;
/// Made on Unix, so that the mode below is read.
const MADE_BY: u16 = 3 << 8 | ZIP_4_5;
/// A plain file that its owner may change and everybody may read.
const MODE: u32 = 0o100_644 << 16;

/// Why a file cannot be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The name could leave the folder that the archive is unpacked into, or cannot be written down.
    Name,
    /// The name is there already.
    Twice,
    /// 4 GB or more.
    TooLarge,
}

/// An archive that is being written. What it returns is to be sent in that order, each file's bytes after its header.
#[derive(Debug, Default)]
pub struct Writer {
    /// Bytes so far.
    length: u64,
    entries: u64,
    directory: Vec<u8>,
    names: HashSet<String>,
}

impl Writer {
    /// Adds a file; gives what goes before its bytes. `at` is Unix milliseconds UTC.
    ///
    /// # Errors
    /// [`Refused`]; the archive is as it was.
    pub fn add(&mut self, name: &str, bytes: &[u8], at: i64) -> Result<Vec<u8>, Refused> {
        let name_length = u16::try_from(name.len()).map_err(|_| Refused::Name)?;
        if !is_safe(name) {
            return Err(Refused::Name);
        }
        let size = u32::try_from(bytes.len()).ok().filter(|size| *size != IN_ZIP64).ok_or(Refused::TooLarge)?;
        if !self.names.insert(name.to_lowercase()) {
            return Err(Refused::Twice);
        }
        let (date, time) = dos_time(at);
        // What the header before the file and the entry in the directory have in common.
        let mut common = Vec::new();
        put16(&mut common, &[FLAGS, 0, time, date]);
        put32(&mut common, &[crc32(bytes), size, size]);
        put16(&mut common, &[name_length]);

        let mut header = Vec::with_capacity(30 + name.len() + bytes.len());
        put32(&mut header, &[0x0403_4b50]);
        put16(&mut header, &[ZIP_2_0]);
        header.extend_from_slice(&common);
        put16(&mut header, &[0]);
        header.extend_from_slice(name.as_bytes());

        let far = u32::try_from(self.length).ok().filter(|offset| *offset != IN_ZIP64);
        put32(&mut self.directory, &[0x0201_4b50]);
        put16(&mut self.directory, &[MADE_BY, if far.is_some() { ZIP_2_0 } else { ZIP_4_5 }]);
        self.directory.extend_from_slice(&common);
        put16(&mut self.directory, &[if far.is_some() { 0 } else { 12 }, 0, 0, 0]);
        put32(&mut self.directory, &[MODE, far.unwrap_or(IN_ZIP64)]);
        self.directory.extend_from_slice(name.as_bytes());
        if far.is_none() {
            put16(&mut self.directory, &[1, 8]);
            put64(&mut self.directory, &[self.length]);
        }
        self.entries += 1;
        self.length += header.len() as u64 + u64::from(size);
        Ok(header)
    }

    /// What goes at the end.
    pub fn finish(self) -> Vec<u8> {
        let Self { length, entries, directory, .. } = self;
        let size = directory.len() as u64;
        let mut end = directory;
        let entries16 = u16::try_from(entries).ok().filter(|count| *count != u16::MAX);
        let length32 = u32::try_from(length).ok().filter(|length| *length != IN_ZIP64);
        if entries16.is_none() || length32.is_none() || size >= u64::from(IN_ZIP64) {
            put32(&mut end, &[0x0606_4b50]);
            put64(&mut end, &[44]);
            put16(&mut end, &[MADE_BY, ZIP_4_5]);
            put32(&mut end, &[0, 0]);
            put64(&mut end, &[entries, entries, size, length]);
            put32(&mut end, &[0x0706_4b50, 0]);
            put64(&mut end, &[length + size]);
            put32(&mut end, &[1]);
        }
        let entries = entries16.unwrap_or(u16::MAX);
        put32(&mut end, &[0x0605_4b50]);
        put16(&mut end, &[0, 0, entries, entries]);
        put32(&mut end, &[u32::try_from(size).unwrap_or(IN_ZIP64), length32.unwrap_or(IN_ZIP64)]);
        put16(&mut end, &[0]);
        end
    }
}

/// Whether a name stays inside the folder that an archive is unpacked into, on every system.
fn is_safe(name: &str) -> bool {
    !name.contains(['\\', '\0'])
        && !name.chars().any(char::is_control)
        && name.split('/').all(|part| !matches!(part, "" | "." | ".."))
        // A drive letter would be a root of its own on Windows.
        && name.as_bytes().get(1) != Some(&b':')
}

fn put16(to: &mut Vec<u8>, numbers: &[u16]) {
    numbers.iter().for_each(|number| to.extend_from_slice(&number.to_le_bytes()));
}

fn put32(to: &mut Vec<u8>, numbers: &[u32]) {
    numbers.iter().for_each(|number| to.extend_from_slice(&number.to_le_bytes()));
}

fn put64(to: &mut Vec<u8>, numbers: &[u64]) {
    numbers.iter().for_each(|number| to.extend_from_slice(&number.to_le_bytes()));
}

/// Date and time in steps of two seconds, from 1980 to 2107.
fn dos_time(ms: i64) -> (u16, u16) {
    let Some(at) = DateTime::<Utc>::from_timestamp_millis(ms).filter(|at| (1980..=2107).contains(&at.year())) else {
        return (1 << 5 | 1, 0);
    };
    let date = (at.year() - 1980) as u32 * 512 + at.month() * 32 + at.day();
    let time = at.hour() * 2048 + at.minute() * 32 + at.second() / 2;
    (date as u16, time as u16)
}

/// The checksum of zip: CRC-32 with the reversed polynomial 0xEDB88320.
fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = table();
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        let at = (crc ^ u32::from(*byte)) & 0xff;
        TABLE.get(at as usize).copied().unwrap_or_default() ^ (crc >> 8)
    })
}

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let mut value = at as u32;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { 0xedb8_8320 ^ (value >> 1) } else { value >> 1 };
            bit += 1;
        }
        #[expect(clippy::indexing_slicing, reason = "made while compiling, where a wrong index does not compile")]
        {
            table[at] = value;
        }
        at += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    const NOON: i64 = 1_795_262_400_000; // 2026-11-21T12:00:00Z

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn times_are_written_in_two_second_steps() {
        let (date, time) = dos_time(NOON + 34 * 60_000 + 57_000);
        assert_eq!((date >> 9, date >> 5 & 15, date & 31), (46, 11, 21));
        assert_eq!((time >> 11, time >> 5 & 63, time & 31), (12, 34, 28));
        assert_eq!(dos_time(0), (33, 0));
    }

    #[test]
    fn names_that_could_go_anywhere_else_are_refused() {
        let mut zip = Writer::default();
        for name in ["", "/etc/passwd", "../x", "a/../../x", "a//b", "a/", "C:/x", "c:x", "a\\b", "a\0", "a\nb", "./a"]
        {
            assert_eq!(zip.add(name, b"", NOON), Err(Refused::Name), "{name:?}");
        }
        assert!(zip.add("site/a b/ü.html", b"", NOON).is_ok());
        assert_eq!(zip.add("Site/A b/ü.html", b"", NOON), Err(Refused::Twice));
        assert_eq!(zip.add(&"x".repeat(70_000), b"", NOON), Err(Refused::Name));
    }

    /// Python's own reader is the judge, where there is one.
    fn unzip(archive: &[u8], script: &str) -> Option<String> {
        let mut file = std::env::temp_dir();
        file.push(format!("vetka-zip-{}-{:x}.zip", std::process::id(), crc32(script.as_bytes())));
        std::fs::File::create(&file).unwrap().write_all(archive).unwrap();
        let run = std::process::Command::new("python3").args(["-c", script]).arg(&file).output();
        std::fs::remove_file(&file).unwrap();
        let run = run.ok()?;
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        Some(String::from_utf8(run.stdout).unwrap())
    }

    #[test]
    fn another_program_reads_what_was_written() {
        let mut zip = Writer::default();
        let mut archive = Vec::new();
        for (name, bytes) in [("README.txt", "Hello".as_bytes()), ("site/grüße.html", &[7; 70_000]), ("empty", b"")] {
            archive.extend(zip.add(name, bytes, NOON).unwrap());
            archive.extend_from_slice(bytes);
        }
        archive.extend(zip.finish());
        let script = "import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nassert z.testzip() is None\n\
            for i in z.infolist(): print(i.filename, i.file_size, *i.date_time, oct(i.external_attr>>16))";
        if let Some(said) = unzip(&archive, script) {
            let time = "2026 11 21 12 0 0 0o100644";
            assert_eq!(said, format!("README.txt 5 {time}\nsite/grüße.html 70000 {time}\nempty 0 {time}\n"));
        }
    }

    #[test]
    fn more_files_than_16_bits_can_count_are_read_too() {
        let mut zip = Writer::default();
        let mut archive = Vec::new();
        for at in 0..70_000_u32 {
            archive.extend(zip.add(&format!("f{at}"), b"", NOON).unwrap());
        }
        archive.extend(zip.finish());
        let script = "import sys,zipfile\nprint(len(zipfile.ZipFile(sys.argv[1]).namelist()))";
        if let Some(said) = unzip(&archive, script) {
            assert_eq!(said.trim(), "70000");
        }
    }

    #[test]
    fn places_beyond_32_bits_are_written_in_the_long_form() {
        // Four gigabytes are not made for this: the writer only has to believe that they are there.
        let mut zip = Writer { length: u64::from(u32::MAX) + 7, ..Writer::default() };
        let header = zip.add("far", b"away", NOON).unwrap();
        let end = zip.finish();
        let place = (u64::from(u32::MAX) + 7).to_le_bytes();
        assert!(end.windows(8).any(|bytes| bytes == place));
        let length = u64::from(u32::MAX) + 7 + header.len() as u64 + 4;
        assert!(end.windows(8).any(|bytes| bytes == length.to_le_bytes()));
        assert!(end.windows(4).any(|bytes| bytes == 0x0606_4b50_u32.to_le_bytes()));
    }
}
