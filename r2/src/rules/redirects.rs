//! `_redirects`: `from to [status]`, one rule a line.

use super::{
    Lines, MAX_RULES,
    location::path_of,
    pattern,
    serve::STATUSES,
    table::{Target, Writer},
};

/// The status of a rule that names none. It promises nothing, so that a slip can be mended.
const USUAL_STATUS: u16 = 302;

/// Reads the file. Gives the line of each redirect, in the order of the file.
pub fn read(text: &str, lines: &mut Lines<'_>, writer: &mut Writer) -> Vec<u32> {
    let mut taken = Vec::new();
    for line in text.lines() {
        let Some(line) = lines.next(line) else { continue };
        if writer.redirects() == MAX_RULES {
            lines.warn("The rules from here on were left out: there can be 2,000.");
            break;
        }
        match rule(line, taken.len() as u16) {
            Ok((from, target)) => {
                if writer.redirect(from, target) {
                    taken.push(lines.line);
                } else {
                    lines.skip("an earlier rule is for the same path.");
                }
            }
            Err(why) => lines.skip(why),
        }
    }
    taken
}

fn rule(line: &str, number: u16) -> Result<(String, Target), &'static str> {
    // A comment begins with # at the beginning of a word: inside an address it is a place on the page.
    let mut words = line.split_whitespace().take_while(|word| !word.starts_with('#'));
    let (from, to) = (words.next().unwrap_or_default(), words.next());
    let to = to.ok_or("it names one path only. Write the path, a space, and where it leads.")?;
    let status = words.next();
    if to.contains('=') && !to.starts_with('/') && !to.starts_with("https:") {
        return Err("a rule cannot depend on the query of an address.");
    }
    if words.next().is_some() {
        return Err("it has too many parts. Write the path, where it leads, and perhaps a status such as 301.");
    }
    let from = from_path(from)?;
    let (status, forced) = match status {
        None => (USUAL_STATUS, false),
        Some(text) => {
            let (digits, forced) = text.strip_suffix('!').map_or((text, false), |digits| (digits, true));
            (digits.parse().unwrap_or_default(), forced)
        }
    };
    let status_at = STATUSES.iter().position(|known| *known == status).ok_or(if status == 404 {
        "no rule is needed for 404. A page called 404.html answers where nothing is found."
    } else {
        "its third part is no status that it can have. Those are 200, 301, 302, 303, 307 and 308."
    })?;
    let to = target(to)?;
    let place = path_of(&to);
    if status == 200 && place.is_none() {
        return Err("the content of another site cannot be shown here. With 301 or 302 visitors are sent there.");
    }
    if place == Some(from.as_str()) {
        return Err("it leads to itself.");
    }
    let everything_to_one = from.ends_with("/*") && pattern::is_fixed(&to);
    let fallback = status == 200 && !forced && everything_to_one;
    let to = if fallback { place.unwrap_or_default().to_owned() } else { to };
    Ok((from, Target { to, number, status: status_at as u8, fallback }))
}

fn from_path(text: &str) -> Result<String, &'static str> {
    if text.contains("://") || text.starts_with("//") {
        return Err("its path names a host. A rule is for paths of this site, such as /old.");
    }
    if text.contains('?') {
        return Err("a rule cannot depend on the query of an address.");
    }
    if text.contains('#') {
        return Err("a rule cannot depend on what comes after #, because browsers keep that to themselves.");
    }
    let path = pattern::as_requested(text);
    pattern::problem(&path).map_or(Ok(path), Err)
}

/// Where a rule leads, checked: a path of this site, or a host on `https` that no placeholder can change.
fn target(text: &str) -> Result<String, &'static str> {
    if text.starts_with("//") {
        return Err("an address that begins with // leads to another site. Write it out with https.");
    }
    if text.starts_with('/') {
        return Ok(text.to_owned());
    }
    let rest = match text.split_at_checked("https://".len()) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https://") => rest,
        _ => return Err("where it leads has to begin with / or https."),
    };
    let (host, place) = rest.split_at_checked(rest.find(['/', '?', '#']).unwrap_or(rest.len())).unwrap_or((rest, ""));
    let (name, port) = host.split_once(':').map_or((host, "443"), |(name, port)| (name, port));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let good = name.split('.').all(|part| !part.is_empty() && part.bytes().all(plain)) && port.parse::<u16>().is_ok();
    if !good || !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("the host it leads to has to be written out, in plain letters and without placeholders.");
    }
    let slash = if place.starts_with('/') { "" } else { "/" };
    Ok(["https://", &host.to_ascii_lowercase(), slash, place].concat())
}
