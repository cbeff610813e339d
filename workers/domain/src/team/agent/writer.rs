//! Writes the text that is shown: words with what stands between them, each once and for good.

use super::vocabulary;
use super::word::{self, CODE, Plain};
use crate::conversation::redact;

/// A word that waits for the next one, because both together may become one.
#[derive(Debug, Clone)]
struct Held {
    word: HeldWord,
    space: bool,
}

#[derive(Debug, Clone)]
enum HeldWord {
    /// `Header.tsx`, which with "component" behind it is just "the component".
    Thing { lead: String, article: &'static str, noun: &'static str },
    /// `Edit`, which with "tool" behind it is nobody's business.
    Tool(String),
}

/// The text so far, and what is to be written before the next word.
#[derive(Debug, Clone, Default)]
pub struct Writer {
    text: String,
    breaks: usize,
    lead: String,
    at_start: bool,
    has_written: bool,
    space: bool,
    /// What comes next touches what was written last, with something taken away in between.
    joint: bool,
    determined: bool,
    /// The last word says what kind of thing comes next: "the file …".
    after_kind: bool,
    secret_next: bool,
    held: Option<Held>,
}

/// Signs of which names of files and keys are made.
fn in_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '\\' | '~' | '@')
}

impl Writer {
    /// All of it so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Begins a line, with the marks in front of its text: `  - `.
    pub fn begin_line(&mut self, lead: &str) {
        lead.clone_into(&mut self.lead);
        (self.at_start, self.has_written, self.space, self.joint) = (true, false, false, false);
        (self.determined, self.after_kind, self.secret_next) = (false, false, false);
    }

    /// Ends a line. One on which nothing was written was never there.
    pub fn end_line(&mut self) {
        self.flush();
        if self.has_written {
            self.breaks = self.breaks.max(1);
        }
        (self.at_start, self.has_written) = (false, false);
    }

    /// An empty line.
    pub fn empty_line(&mut self) {
        if !self.text.is_empty() {
            self.breaks = 2;
        }
    }

    /// White space between words.
    pub fn space(&mut self) {
        self.space = true;
    }

    /// Something was taken away here.
    pub fn gap(&mut self) {
        self.flush();
        self.joint = true;
    }

    /// A word of a sentence.
    pub fn word(&mut self, word: &str) {
        let plain = word::read(word);
        let (_, core, _) = word::parts(word);
        if self.secret_next
            && plain == Plain::Keep
            && core.len() >= 6
            && core.contains(|c: char| !c.is_alphabetic() && c != '-')
        {
            self.plain("", Plain::Text(redact::HIDDEN.to_owned()));
        } else {
            self.plain(word, plain);
        }
        let names_secret = ["password", "passphrase", "secret", "token", "key", "api-key", "apikey", "credentials"];
        self.secret_next = (self.secret_next && core.is_empty())
            || (word.trim_end_matches(['*', '_']).ends_with(':')
                && names_secret.iter().any(|name| core.eq_ignore_ascii_case(name)));
    }

    /// What stood between backticks.
    pub fn code(&mut self, inner: &str) {
        self.gap();
        if let Some(plain) = word::read_code(inner) {
            self.plain(inner.trim(), plain);
        }
        self.joint = true;
    }

    /// Something that is not shown, but of which it is said that there was something.
    pub fn omitted(&mut self) {
        self.plain("", Plain::Text(CODE.to_owned()));
    }

    fn plain(&mut self, word: &str, plain: Plain) {
        let held = self.held.take_if(|_| self.space);
        if let Some(held) = held {
            let (_, core, _) = word::parts(word);
            match held.word {
                HeldWord::Thing { lead, article, .. } if plain == Plain::Keep && vocabulary::is_kind(core) => {
                    self.space = held.space;
                    let is_many = core.ends_with('s');
                    let both = self.with_article(&lead, if is_many { "" } else { article }, word);
                    self.visible(&both);
                    return;
                }
                HeldWord::Tool(_) if core == "tool" || core == "tools" => self.space = held.space,
                _ => {
                    self.held = Some(held);
                    self.flush();
                }
            }
        }
        self.flush();
        match plain {
            Plain::Keep if vocabulary::is_word_for_tool(word) => self.hold(HeldWord::Tool(word.to_owned())),
            Plain::Keep => self.visible(word),
            Plain::Text(text) => self.instead(&text),
            Plain::Noun { lead, trail, .. } if self.after_kind && self.space && lead.is_empty() => {
                self.space = false;
                self.visible(&trail);
            }
            Plain::Noun { lead, article, noun, trail } if trail.is_empty() => {
                self.hold(HeldWord::Thing { lead, article, noun });
            }
            Plain::Noun { lead, article, noun, trail } => {
                let text = self.with_article(&lead, article, noun);
                self.instead(&format!("{text}{trail}"));
            }
        }
    }

    fn hold(&mut self, word: HeldWord) {
        self.held = Some(Held { word, space: self.space });
        self.space = false;
    }

    fn flush(&mut self) {
        let Some(held) = self.held.take() else { return };
        let space = std::mem::replace(&mut self.space, held.space);
        match held.word {
            HeldWord::Thing { lead, article, noun } => {
                let text = self.with_article(&lead, article, noun);
                self.instead(&text);
            }
            HeldWord::Tool(name) => self.visible(&name),
        }
        self.space = space;
    }

    /// Other words than those that were said: what they touch must not become one with them.
    fn instead(&mut self, piece: &str) {
        self.joint = true;
        self.visible(piece);
        self.joint = true;
    }

    /// "a file", "A file" where a sentence begins, "file" after "the".
    fn with_article(&self, lead: &str, article: &str, noun: &str) -> String {
        let determined = self.determined && !self.at_start;
        if determined || article.is_empty() {
            return format!("{lead}{noun}");
        }
        let begins = self.at_start || self.text.ends_with(['.', '!', '?']);
        match (begins, article) {
            (true, "a") => format!("{lead}A {noun}"),
            (true, _) => format!("{lead}The {noun}"),
            (false, _) => format!("{lead}{article} {noun}"),
        }
    }

    fn visible(&mut self, piece: &str) {
        if piece.is_empty() || (piece == CODE && self.text.ends_with(CODE) && !self.at_start) {
            return;
        }
        if self.at_start {
            let breaks = if self.text.is_empty() { 0 } else { self.breaks };
            self.text.extend(std::iter::repeat_n('\n', breaks));
            // At the very start, what is in front of a line is no indentation of anything.
            self.text.push_str(if self.text.is_empty() { self.lead.trim_start() } else { &self.lead });
            (self.breaks, self.at_start, self.has_written) = (0, false, true);
        } else {
            let (last, first) = (self.text.chars().next_back().unwrap_or(' '), piece.chars().next().unwrap_or(' '));
            // A full stop ends a sentence, unless it begins an ending.
            let is_stop = matches!(first, '.' | '-') && !piece.chars().nth(1).is_some_and(in_name);
            let would_join = self.joint && in_name(last) && in_name(first) && !is_stop;
            if self.space || would_join {
                self.text.push(' ');
            }
        }
        for c in piece.chars() {
            // Whatever was taken away in between, nothing becomes a tag by it.
            if self.text.ends_with('<') && (c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')) {
                self.text.push(' ');
            }
            self.text.push(c);
        }
        (self.space, self.joint) = (false, false);
        let (_, core, trail) = word::parts(piece);
        let goes_on = vocabulary::is_determiner(core) || (self.determined && vocabulary::is_adjective(core));
        self.determined = goes_on && trail.is_empty();
        self.after_kind = trail.is_empty() && vocabulary::is_kind(core);
    }
}
