//! The output filter for texts: what an agent says, without code, diffs, names of files, output of programs, markup, names
//! of tools, and anything that looks like a key.
//!
//! It takes the text sign by sign, so that it cannot matter how a stream cuts it, and what it has given out it never takes
//! back: a text that grows is always the beginning of what the whole text comes to. What is not yet decided is held back: a
//! word until it ends, a span of code until it is closed, a line until it has shown itself to be a sentence. A sentence is
//! shown word by word; a line that may be code is looked at when it is whole.

use super::inline::{self, Piece};
use super::line;
use super::terminal::Terminal;
use super::writer::Writer;
use crate::conversation::filter::{closes, is_item, opens};

/// Bytes of a line that may be undecided. Beyond that it is nothing that a person would read.
const MOST_HELD: usize = 6000;

/// A line, as far as it is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Verdict {
    #[default]
    Undecided,
    Sentence,
    Dropped,
}

/// Several lines that are left out together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Block {
    #[default]
    None,
    /// A fence of this sign and length.
    Fence(char, usize),
    /// A diff.
    Diff,
    /// Up to a text in lower case: `</script`, `-->`.
    Until(String),
    /// A key in lines.
    Key,
}

/// A text while it is being written.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    terminal: Terminal,
    line: String,
    verdict: Verdict,
    block: Block,
    /// Something of the line was thrown away for being too long.
    cut: bool,
    in_list: bool,
    after_empty: bool,
    out: Writer,
}

/// All that is shown of a whole text. Empty when nothing is.
pub fn text(raw: &str) -> String {
    let mut filter = Filter::default();
    filter.feed(raw);
    filter.finish()
}

impl Filter {
    /// Takes more of the text; gives what may be shown of it now.
    pub fn feed(&mut self, piece: &str) -> String {
        let before = self.out.text().len();
        for c in piece.chars() {
            for seen in self.terminal.take(c).into_iter().flatten() {
                match seen {
                    '\n' => self.end_line(),
                    c => self.push(c),
                }
            }
        }
        self.out.text().get(before..).unwrap_or_default().to_owned()
    }

    /// What is shown so far.
    pub fn shown(&self) -> &str {
        self.out.text()
    }

    /// The text is whole: decides what was open, and gives all of it.
    pub fn finish(mut self) -> String {
        if !self.line.is_empty() || self.verdict != Verdict::Undecided {
            self.end_line();
        }
        self.out.text().to_owned()
    }

    fn push(&mut self, c: char) {
        self.line.push(c);
        if self.block == Block::None {
            self.advance(false);
        }
        if self.line.len() > MOST_HELD {
            self.cut = true;
            if self.block == Block::None {
                self.verdict = Verdict::Dropped;
                self.line.clear();
            } else {
                // The end of what is left out may stand anywhere in it.
                let keep = (self.line.len() - 100..).find(|&at| self.line.is_char_boundary(at)).unwrap_or(0);
                self.line.drain(..keep);
            }
        }
    }

    /// Shows what can be shown of the line.
    fn advance(&mut self, at_end: bool) {
        if self.verdict == Verdict::Dropped {
            self.line.clear();
            return;
        }
        if self.verdict == Verdict::Undecided {
            let is_word_whole = self.line.ends_with(char::is_whitespace);
            let is_decided = at_end || (is_word_whole && line::begins_sentence(&self.line, self.in_list));
            if !is_decided {
                return;
            }
            self.begin_sentence();
        }
        let line = std::mem::take(&mut self.line);
        let mut at = 0;
        while self.block == Block::None
            && let Some((length, piece)) = inline::next(line.get(at..).unwrap_or_default(), at_end)
        {
            at += length;
            self.show(&piece);
        }
        line.get(at..).unwrap_or_default().clone_into(&mut self.line);
    }

    fn begin_sentence(&mut self) {
        let lead = line::marks(&self.line);
        self.out.begin_line(self.line.get(..lead).unwrap_or_default());
        self.line.drain(..lead);
        self.verdict = Verdict::Sentence;
    }

    fn show(&mut self, piece: &Piece<'_>) {
        match *piece {
            Piece::Space => self.out.space(),
            Piece::Word(word) if word.contains("-----BEGIN") => {
                self.out.omitted();
                self.block = Block::Key;
            }
            Piece::Word(word) => self.out.word(word),
            Piece::Code(inner) => self.out.code(inner),
            Piece::OpenCode(ticks, inner) => {
                self.out.gap();
                if ticks >= 3 {
                    self.block = Block::Fence('`', ticks);
                }
                // The name of a language behind a fence is not worth a word; anything else might be.
                if ticks < 3 || inner.contains(char::is_whitespace) {
                    self.out.code(inner);
                }
            }
            Piece::Tag(inner) => {
                self.out.gap();
                if let Some(end) = line::end_of_element(inner) {
                    self.block = Block::Until(end);
                }
            }
            Piece::OpenTag(inner) => {
                self.out.gap();
                self.out.omitted();
                if inner.starts_with("!--") {
                    self.block = Block::Until("-->".to_owned());
                } else if let Some(end) = line::end_of_element(inner) {
                    self.block = Block::Until(end);
                } else if inner.contains("```") {
                    self.block = Block::Fence('`', 3);
                }
            }
            Piece::Link(inner) => {
                self.out.gap();
                let mut rest = inner;
                while let Some((length, piece)) = inline::next(rest, true) {
                    // A link in a link's words is none, and so this ends.
                    if let Piece::Link(words) = piece {
                        words.split_whitespace().for_each(|word| self.out.word(word));
                    } else {
                        self.show(&piece);
                    }
                    rest = rest.get(length..).unwrap_or_default();
                }
                self.out.gap();
            }
        }
    }

    fn end_line(&mut self) {
        match std::mem::take(&mut self.verdict) {
            Verdict::Undecided => {
                let line = std::mem::take(&mut self.line);
                self.whole_line(line);
            }
            verdict => {
                self.verdict = verdict;
                if self.block == Block::None {
                    self.advance(true);
                }
                // What begins in the middle of a line goes on in the rest of it.
                while self.block != Block::None && self.ends_block() {
                    self.advance(true);
                }
                self.out.end_line();
                self.after_empty = false;
            }
        }
        self.line.clear();
        (self.verdict, self.cut) = (Verdict::Undecided, false);
    }

    /// A line of which nothing has been shown.
    fn whole_line(&mut self, line: String) {
        self.line = line;
        if self.block != Block::None {
            // What stands behind the end of a block is a line of its own.
            if !self.ends_block() || self.line.trim().is_empty() {
                return;
            }
        }
        let trimmed = self.line.trim();
        if trimmed.is_empty() {
            self.after_empty = true;
            self.out.empty_line();
            return;
        }
        if let Some((mark, length)) = opens(self.line.trim_start()) {
            self.block = Block::Fence(mark, length);
            return;
        }
        if line::is_indented(&self.line) && self.after_empty && !self.in_list {
            return;
        }
        if line::is_diff(trimmed) {
            self.block = Block::Diff;
            return;
        }
        if trimmed.contains("-----BEGIN") {
            if !trimmed.contains("-----END") {
                self.block = Block::Key;
            }
            return;
        }
        if line::is_code(trimmed) {
            self.block = line::open_element(trimmed).map_or(Block::None, Block::Until);
            return;
        }
        self.in_list = is_item(trimmed) || (self.in_list && self.line.starts_with(' '));
        self.after_empty = false;
        self.advance(true);
        while self.block != Block::None && self.ends_block() {
            self.advance(true);
        }
        self.out.end_line();
    }

    /// Looks in the line for the end of the block; leaves what stands behind it. `false` when the block goes on.
    fn ends_block(&mut self) -> bool {
        let rest = match &self.block {
            Block::None => return true,
            Block::Fence(mark, length) => {
                if !self.cut && closes(self.line.trim_start(), *mark, *length) {
                    self.block = Block::None;
                }
                // Nothing of this line is shown, wherever the fence ends.
                return false;
            }
            Block::Key => self.line.to_ascii_lowercase().find("-----end").map(|_| String::new()),
            Block::Diff => (!line::goes_on_as_diff(&self.line)).then(|| self.line.clone()),
            Block::Until(end) => {
                let found = self.line.to_ascii_lowercase().find(end.as_str());
                found.map(|at| {
                    let behind = self.line.get(at + end.len()..).unwrap_or_default();
                    let rest =
                        if end.ends_with('>') { behind } else { behind.split_once('>').map_or("", |(_, rest)| rest) };
                    rest.trim_start().to_owned()
                })
            }
        };
        let Some(rest) = rest else { return false };
        if self.block == Block::Key {
            self.block = Block::None;
            return false;
        }
        self.block = Block::None;
        self.line = rest;
        true
    }
}
