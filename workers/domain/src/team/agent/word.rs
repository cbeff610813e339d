//! One word of an agent's text, and what a person reads instead of it.

use super::vocabulary;
use crate::conversation::{filter, redact};

/// What becomes of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plain {
    /// It may be shown.
    Keep,
    /// This is shown instead.
    Text(String),
    /// It names a thing; this is what a person calls that.
    Noun {
        /// Punctuation in front.
        lead: String,
        /// `a` or `the`.
        article: &'static str,
        /// `file`.
        noun: &'static str,
        /// Punctuation behind.
        trail: String,
    },
}

/// What stands for code.
pub const CODE: &str = "…";

const LEAD: [char; 11] = ['(', '[', '"', '\'', '“', '‘', '«', '*', '_', '~', '!'];
const TRAIL: [char; 17] = [')', ']', '"', '\'', '”', '’', '»', '*', '_', '~', '.', ',', ':', ';', '!', '?', '…'];

/// A word without the punctuation around it: in front, itself, behind.
pub fn parts(word: &str) -> (&str, &str, &str) {
    let from = word.len() - word.trim_start_matches(LEAD).len();
    let (lead, rest) = word.split_at(from);
    let (core, trail) = rest.split_at(rest.trim_end_matches(TRAIL).len());
    match core.strip_suffix("'s").or_else(|| core.strip_suffix("’s")) {
        Some(owner) => (lead, owner, rest.get(owner.len()..).unwrap_or_default()),
        None => (lead, core, trail),
    }
}

/// Reads a word of a sentence.
pub fn read(word: &str) -> Plain {
    let (lead, core, trail) = parts(word);
    let text = |inner: &str| Plain::Text(format!("{lead}{inner}{trail}"));
    let noun = |noun: &'static str| {
        let article = if matches!(noun, "settings" | "styles" | "database" | "preview") { "the" } else { "a" };
        Plain::Noun { lead: lead.to_owned(), article, noun, trail: trail.to_owned() }
    };
    if has_secret(word) {
        return text(redact::HIDDEN);
    }
    if let Some(address) = address(word) {
        return match address {
            Address::Preview => noun("preview"),
            Address::Host(host) => text(&host),
            Address::Page => noun("web page"),
            Address::File => noun("file"),
            Address::Secret => text(redact::HIDDEN),
        };
    }
    if let Some(thing) = thing(core) {
        return noun(thing);
    }
    if let Some(host) = host_of_path(core) {
        return text(host);
    }
    if is_code(core) || (core.is_empty() && is_code(word)) {
        let trail = trail.trim_matches([';', '(', ')', '{', '}']);
        return Plain::Text(format!("{}{CODE}{trail}", lead.trim_end_matches('(')));
    }
    if let Some(mixed) = with_file_names(core) {
        return text(&mixed);
    }
    match vocabulary::tool(core) {
        Some(tool) => noun(tool),
        None => Plain::Keep,
    }
}

/// Reads what stands between backticks. `None` when nothing does.
pub fn read_code(inner: &str) -> Option<Plain> {
    let inner = inner.trim();
    if inner.is_empty() {
        return None;
    }
    let is_one = !inner.contains(char::is_whitespace);
    Some(match read(inner) {
        Plain::Keep if is_value(inner) => Plain::Keep,
        Plain::Keep if let Some(words) = spelled_out(inner) => Plain::Text(words),
        plain @ Plain::Noun { .. } if is_one => plain,
        Plain::Text(text) if is_one && (text == redact::HIDDEN || address(inner).is_some()) => Plain::Text(text),
        _ if has_secret(inner) => Plain::Text(redact::HIDDEN.to_owned()),
        _ => Plain::Text(CODE.to_owned()),
    })
}

/// "Contact Form" of `ContactForm`: the name of a part of a page is made of words.
fn spelled_out(name: &str) -> Option<String> {
    let is_name = name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.len() <= 40
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && name.bytes().any(|byte| byte.is_ascii_lowercase());
    let mut words = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && words.ends_with(|last: char| last.is_ascii_lowercase()) {
            words.push(' ');
        }
        words.push(c);
    }
    is_name.then_some(words)
}

/// Words, a colour, a measure: what is between backticks and says something to a person.
fn is_value(inner: &str) -> bool {
    let is_word = |word: &str| {
        let plain = word.trim_start_matches('#').trim_end_matches(['%', ',', '.', '!', '?']);
        let is_mixed = plain.chars().zip(plain.chars().skip(1)).any(|(a, b)| a.is_lowercase() && b.is_uppercase());
        !plain.is_empty()
            && !is_mixed
            && plain.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '\'' | '’' | '.'))
            && !plain.starts_with('-')
    };
    let mut words = inner.split_whitespace();
    let is_command = words.clone().count() > 1
        && words.clone().next().is_some_and(|first| vocabulary::is_command(first) || vocabulary::is_statement(first));
    inner.chars().count() <= 40 && !is_command && words.all(|word| is_word(word) && read(word) == Plain::Keep)
}

/// What a file or a folder is to a person; `None` for what is neither.
fn thing(core: &str) -> Option<&'static str> {
    let core = without_position(core);
    if core.contains(['/', '\\']) { path(core) } else { file(core) }
}

/// `app.js:12:7` without the place in it.
fn without_position(core: &str) -> &str {
    let cut = core.split_once("#L").map_or(core, |(file, _)| file);
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match cut.split_once(':') {
        Some((file, place)) if place.split(':').all(is_digits) => file,
        _ => cut,
    }
}

/// A name of a file without folders.
fn file(name: &str) -> Option<&'static str> {
    if vocabulary::is_product(name) {
        return None;
    }
    if vocabulary::is_file_name(name) {
        return Some("file");
    }
    if name.len() > 3 && name.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase())) {
        return Some("settings");
    }
    let is_plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@' | '$' | '+'));
    let (stem, ending) = name.rsplit_once('.')?;
    if !is_plain {
        return None;
    }
    // Some languages put no space behind it.
    let ending = ending.split(|c: char| !c.is_ascii()).next().unwrap_or_default();
    let noun = vocabulary::by_ending(ending)?;
    let is_check = stem.ends_with(".test") || stem.ends_with(".spec");
    Some(if is_check { "check" } else { noun })
}

/// Something with slashes in it. Many such words are none: `and/or`, `24/7`, `CI/CD`.
fn path(core: &str) -> Option<&'static str> {
    let parts: Vec<&str> = core.split(['/', '\\']).collect();
    let name = parts.iter().rev().find(|part| !part.is_empty()).copied().unwrap_or_default();
    if name.is_empty() || parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit())) {
        return None;
    }
    let plain: String = name.chars().filter(|c| !matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | ',' | '*')).collect();
    if let Some(noun) = file(&plain).or_else(|| file(name.trim_end_matches(TRAIL))) {
        return Some(noun);
    }
    let begins = ["/", "./", "../", "~/", "@/", ".\\", "..\\"].iter().any(|begin| core.starts_with(begin));
    let is_page = core.starts_with('/') && parts.len() == 2 && !vocabulary::is_folder(name);
    let is_technical = |part: &&str| {
        let dotted = part.split_once('.').is_some_and(|(_, after)| after.starts_with(|c: char| c.is_alphabetic()));
        vocabulary::is_folder(part) || part.contains('_') || dotted || part.contains(['[', '*', '@'])
    };
    // A file in the middle, too: whatever stands around it, it is one.
    let has_file = parts.iter().any(|part| file(part.trim_matches(LEAD).trim_matches(TRAIL)).is_some());
    let is_path = begins || parts.len() >= 4 || has_file || core.contains(":\\") || parts.iter().any(is_technical);
    match (is_path, is_page) {
        (true, true) => Some("page"),
        (true, false) if host_of_path(core).is_none() => Some("folder"),
        _ => None,
    }
}

/// The domain of `example.com/a/b`.
fn host_of_path(core: &str) -> Option<&str> {
    let (host, _) = core.split_once('/')?;
    let (name, end) = host.rsplit_once('.')?;
    let is_plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    (is_plain && !name.is_empty() && vocabulary::is_domain_end(end)).then_some(host)
}

/// A word in which names of files stand among other signs: `a.js→b.js`.
fn with_file_names(core: &str) -> Option<String> {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | '\\');
    let mut out = String::new();
    let mut found = false;
    let mut rest = core;
    while !rest.is_empty() {
        let length = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        let (name, after) = rest.split_at(length);
        let bare = name.trim_matches(['.', '-', '_']);
        match thing(name).or_else(|| thing(bare)) {
            Some(noun) => {
                found = true;
                out.push_str(noun);
            }
            None => out.push_str(name),
        }
        let other = after.find(is_name).unwrap_or(after.len());
        let (signs, next) = after.split_at(other);
        out.push_str(signs);
        rest = next;
    }
    found.then_some(out)
}

enum Address {
    Preview,
    Host(String),
    Page,
    File,
    Secret,
}

/// A word that is, or holds, an address.
fn address(word: &str) -> Option<Address> {
    let Some(at) = word.find("://") else {
        let (_, core, _) = parts(word);
        let local = core.starts_with("localhost:") || core.starts_with("127.0.0.1") || core.starts_with("0.0.0.0");
        return local.then_some(Address::Preview);
    };
    let before = word.get(..at).unwrap_or_default();
    let scheme = before.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default().to_ascii_lowercase();
    let rest = word.get(at..).unwrap_or_default();
    match scheme.as_str() {
        "http" | "https" => {}
        "file" => return Some(Address::File),
        _ => return Some(Address::Secret),
    }
    let end = rest.find(['"', '\'', ')', ']', '>', '|']).unwrap_or(rest.len());
    let url = format!("{scheme}{}", rest.get(..end).unwrap_or_default().trim_end_matches(TRAIL));
    Some(match filter::host(&url) {
        None => Address::Page,
        Some(host) if is_of_preview(&host) => Address::Preview,
        Some(host) if file(&host).is_some() || has_secret(&host) || host.trim_matches(['.', '-']) != host => {
            Address::Page
        }
        Some(host) => Address::Host(host),
    })
}

fn is_of_preview(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host.contains(".preview.")
        || host.ends_with(".e2b.dev")
        || host.ends_with(".e2b.app")
        || host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// Signs that stand in code and in no sentence.
fn is_code(core: &str) -> bool {
    const SIGNS: [&str; 20] = [
        "()", "=>", "::", "${", "{{", "}}", "&&", "||", "==", "!=", "/>", "</", "+=", "\\n", "\\t", "\\x", "\\u",
        "\\0", "[0", "$(",
    ];
    let inner = |sign: char| core.len() > 1 && core.contains(sign);
    // `file(s)` is a word.
    let call = core.split_once('(').is_some_and(|(name, inside)| {
        name.ends_with(|c: char| c.is_alphanumeric())
            && !matches!(inside, "s" | "es" | "r" | "n" | "en" | "in" | "innen")
    });
    let option = core.strip_prefix("--").is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic()));
    let variable =
        core.strip_prefix('$').is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'));
    call || option
        || variable
        || SIGNS.iter().any(|sign| core.contains(sign))
        || core.contains(['{', '}'])
        || inner('=')
        || inner(';')
        || inner('\\')
        || (core.starts_with('@') && core.contains('/'))
}

/// Beginnings of keys that are nothing else, wherever they stand.
const KEYS: [&str; 21] = [
    redact::TOKEN_PREFIX,
    "sk-ant-",
    "sk-proj-",
    "sk_live_",
    "sk_test_",
    "rk_live_",
    "rk_test_",
    "pk_live_",
    "whsec_",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "xoxa-",
    "xoxs-",
    "dop_v1_",
];

/// Beginnings that words could have, too, with how many characters must follow.
const LIKELY_KEYS: [(&str, usize); 10] = [
    ("AKIA", 12),
    ("ASIA", 12),
    ("AIza", 16),
    ("ya29.", 8),
    ("SG.", 12),
    ("e2b_", 12),
    ("sk-", 16),
    ("npm_", 16),
    ("hf_", 16),
    ("vs_", 10),
];

/// Whether a word looks like a key, a token, or anything else that is random.
pub fn has_secret(word: &str) -> bool {
    let is_key = |run: &str| {
        let certain = KEYS.iter().any(|key| run.find(key).is_some_and(|at| run.len() > at + key.len()));
        let likely = LIKELY_KEYS.iter().any(|(key, more)| run.starts_with(key) && run.len() >= key.len() + more);
        certain || likely || is_signed(run)
    };
    word.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')))
        .any(|run| is_key(run.trim_matches('.')))
        || word.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+'))).any(is_random)
}

/// A JSON Web Token.
fn is_signed(run: &str) -> bool {
    run.starts_with("eyJ") && run.matches('.').count() == 2 && run.len() > 30
}

/// Long, and changing between letters and digits as no word does.
fn is_random(run: &str) -> bool {
    let kind = |byte: u8| {
        if byte.is_ascii_digit() {
            1
        } else if byte.is_ascii_lowercase() {
            2
        } else if byte.is_ascii_uppercase() {
            3
        } else {
            0
        }
    };
    let (mut changes, mut digits, mut last) = (0, 0, 0);
    for byte in run.bytes() {
        let now = kind(byte);
        digits += usize::from(now == 1);
        changes += usize::from(now != last && now != 0 && last != 0 && (now == 1 || last == 1));
        last = now;
    }
    run.len() >= 20 && digits >= 3 && changes >= 4
}
