//! `_headers`: a path, and below it the headers of what is at that path.

use super::{
    Lines, MAX_RULES, pattern,
    table::{HeaderChange, Writer},
};

/// Bytes of one header's value.
const MAX_VALUE_BYTES: usize = 8 * 1024;

/// What a site's rules may not touch: what the transport says about itself, what would be kept by browsers beyond the
/// site (`Clear-Site-Data` empties neighbours' cookies as well), and what makes visiting somebody's site safe.
const REFUSED: &[&str] = &[
    "accept-ranges",
    "age",
    "allow",
    "alt-svc",
    "clear-site-data",
    "connection",
    "content-encoding",
    "content-length",
    "content-range",
    "date",
    "etag",
    "keep-alive",
    "last-modified",
    "location",
    "origin-agent-cluster",
    "server",
    "set-cookie",
    "set-cookie2",
    "strict-transport-security",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-content-type-options",
    "x-request-id",
];
const REFUSED_BEGINNINGS: &[&str] = &["cf-", "proxy-", "x-vetka-"];
/// Can be added to and never taken away.
const KEPT: &str = "content-security-policy";

/// Reads the file.
pub fn read(text: &str, lines: &mut Lines<'_>, writer: &mut Writer) {
    let mut section = Section::None;
    for line in text.lines() {
        let Some(line) = lines.next(line) else { continue };
        if line.starts_with('/') || line.starts_with("https://") || line.starts_with("http://") {
            section.end(writer);
            if writer.header_rules() == MAX_RULES {
                lines.warn("The rules from here on were left out: there can be 2,000.");
                return;
            }
            section = match path(line) {
                Ok(path) => Section::Rule(path, Vec::new()),
                Err(why) => {
                    lines.skip(why);
                    Section::Skipped
                }
            };
            continue;
        }
        match &mut section {
            Section::Skipped => {}
            Section::None => lines.skip("it is not below a path. Write the path first, such as /*."),
            Section::Rule(_, changes) => {
                if let Err(why) = read_change(line, changes) {
                    lines.skip(why);
                }
            }
        }
    }
    section.end(writer);
}

/// What the lines belong to.
enum Section {
    /// Nothing yet.
    None,
    /// A path that was left out, and its headers with it.
    Skipped,
    /// A path.
    Rule(String, Vec<HeaderChange>),
}

impl Section {
    fn end(&mut self, writer: &mut Writer) {
        if let Self::Rule(path, changes) = std::mem::replace(self, Self::None)
            && !changes.is_empty()
        {
            writer.headers(path, changes);
        }
    }
}

fn path(line: &str) -> Result<String, &'static str> {
    if !line.starts_with('/') {
        return Err("a rule is for paths of this site, such as /*, and holds at every address that the site has.");
    }
    if line.contains(char::is_whitespace) {
        return Err("a path has no spaces. Write %20 for one.");
    }
    if line.contains(['?', '#']) {
        return Err("a rule cannot depend on the query of an address.");
    }
    let path = pattern::as_requested(line);
    pattern::problem(&path).map_or(Ok(path), Err)
}

fn read_change(line: &str, changes: &mut Vec<HeaderChange>) -> Result<(), &'static str> {
    if let Some(rest) = line.strip_prefix('!') {
        if !rest.starts_with(char::is_whitespace) || rest.contains(':') {
            return Err("to take a header away, write ! and a space and its name, nothing else.");
        }
        let name = header_name(rest.trim())?;
        if name == KEPT {
            return Err("this header protects the people who visit the site and is always sent.");
        }
        // A rule takes away before it sets, wherever the line stands.
        let at = changes.iter().take_while(|(_, value)| value.is_none()).count();
        changes.insert(at, (name, None));
        return Ok(());
    }
    let (name, value) =
        line.split_once(':').ok_or("it has no colon. Write the header's name, a colon, and its value.")?;
    let (name, value) = (name.trim(), value.trim());
    // So many files have this line that a warning would only be noise: it is sent anyway.
    if name.eq_ignore_ascii_case("x-content-type-options") && value.eq_ignore_ascii_case("nosniff") {
        return Ok(());
    }
    let name = header_name(name)?;
    if value.is_empty() {
        return Err("the header has no value.");
    }
    if !value.bytes().all(|byte| byte == b'\t' || (b' '..=b'~').contains(&byte)) {
        return Err("a header's value is written in plain letters, without accents and emoji.");
    }
    let known = changes.iter_mut().find_map(|(known, value)| value.as_mut().filter(|_| *known == name));
    let length = known.as_ref().map_or(0, |known| known.len() + 2) + value.len();
    if length > MAX_VALUE_BYTES {
        return Err("the header's value is longer than 8 KB.");
    }
    match known {
        Some(known) => {
            known.push_str(", ");
            known.push_str(value);
        }
        None => changes.push((name, Some(value.to_owned()))),
    }
    Ok(())
}

/// A header's name in lower case, if a rule may touch it.
fn header_name(text: &str) -> Result<String, &'static str> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if text.is_empty() || text.len() > 100 || !text.bytes().all(is_token) {
        return Err("a header's name has letters, digits and hyphens only, and no space before the colon.");
    }
    let name = text.to_ascii_lowercase();
    if REFUSED.contains(&name.as_str()) || REFUSED_BEGINNINGS.iter().any(|begin| name.starts_with(begin)) {
        return Err("this header is not the site's to change.");
    }
    Ok(name)
}
