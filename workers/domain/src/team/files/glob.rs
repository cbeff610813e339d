//! One pattern: `*`, `**`, `?`, `[abc]`, `{a,b}`, `\`, as in `.gitignore` (gitignore, "PATTERN FORMAT") with braces.
//!
//! A pattern becomes a small machine whose states are walked all at once, so the time is the pattern's length times the
//! path's, whatever stars it is made of.

/// Longest pattern, in characters.
const MOST: usize = 200;
/// Braces inside of braces inside of braces.
const DEEPEST: usize = 3;

/// What is wrong with a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// Nothing is named.
    Empty,
    /// More than 200 characters.
    TooLong,
    /// One pattern more than there may be.
    TooMany,
    /// `.` or `..` between slashes.
    Dots,
    /// Two slashes in a row.
    Slashes,
    /// `[` without its `]`, or nothing between them.
    Bracket,
    /// A range from a later to an earlier character.
    Range,
    /// `{` without its `}`, or the other way around.
    Brace,
    /// Too many braces in one another.
    Deep,
    /// `**` inside of braces.
    StarsInBraces,
    /// `\` at the end.
    Backslash,
    /// A comma and a space: two patterns in one line.
    Comma,
    /// A character that no file's name has.
    Control,
}

impl Problem {
    /// The rest of a sentence that begins with the pattern.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Empty => "names no file. Write a name such as src/** or *.css.",
            Self::TooLong => "is too long: a pattern may have 200 characters.",
            Self::TooMany => "is one too many. Put several names into one pattern, such as src/** for a whole folder.",
            Self::Dots => "has a . or .. as a folder. Write the path from the top of the repository.",
            Self::Slashes => "has two slashes in a row. Write one.",
            Self::Bracket => "has a [ without its ]. Write \\[ for the character itself.",
            Self::Range => "has a range that goes backwards. Write the earlier character first, as in [a-z].",
            Self::Brace => "has a { without its }, or a } without its {. Write \\{ for the character itself.",
            Self::Deep => "has too many braces in one another.",
            Self::StarsInBraces => "has ** between braces. Write it as two patterns.",
            Self::Backslash => "ends with a \\. Write \\\\ for the character itself.",
            Self::Comma => "looks like two. Write one pattern in each line.",
            Self::Control => "has a character that no file’s name has.",
        }
    }
}

/// A pattern that can be matched.
#[derive(Debug, Clone)]
pub(super) struct Glob {
    /// A node goes on to the next one, but for those that jump. Behind the last one is the end.
    nodes: Vec<Node>,
    /// It ended with a slash: what it names is a folder, and so the files in it.
    folder: bool,
}

#[derive(Debug, Clone)]
enum Node {
    Char(char),
    /// Any but a slash.
    Any,
    /// Any at all.
    All,
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
    /// As many as there are, of [`Node::Any`] or of [`Node::All`].
    Loop {
        slashes: bool,
    },
    /// On at each of these at once.
    Split(Vec<usize>),
    /// On elsewhere.
    Jump(usize),
}

impl Glob {
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        if text.chars().count() > MOST {
            return Err(Problem::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(Problem::Control);
        }
        let text = text.strip_prefix("./").unwrap_or(text);
        let (text, anchored) = text.strip_prefix('/').map_or((text, false), |text| (text, true));
        let (text, folder) = text.strip_suffix('/').map_or((text, false), |text| (text, true));
        if text.is_empty() {
            return Err(Problem::Empty);
        }
        if text.contains("//") || text.starts_with('/') || text.ends_with('/') {
            return Err(Problem::Slashes);
        }
        if text.split('/').any(|part| matches!(part, "." | "..")) {
            return Err(Problem::Dots);
        }
        let mut parser = Parser { text: text.chars().collect(), at: 0, nodes: Vec::new() };
        // A name alone is meant wherever it stands; a path is meant from the top.
        if !anchored && !text.contains('/') {
            parser.folders();
        }
        parser.sequence(0)?;
        if parser.at < parser.text.len() {
            return Err(Problem::Brace);
        }
        Ok(Self { nodes: parser.nodes, folder })
    }

    /// Whether the pattern names the path or a folder that it is in.
    pub(super) fn matches(&self, path: &str) -> bool {
        let mut states = States::new(self.nodes.len() + 1);
        let mut next = States::new(self.nodes.len() + 1);
        self.enter(0, &mut states);
        for c in path.chars() {
            if c == '/' && states.has(self.nodes.len()) {
                return true;
            }
            next.clear();
            for at in &states.list {
                match self.nodes.get(*at) {
                    Some(Node::Loop { slashes }) if *slashes || c != '/' => self.enter(*at, &mut next),
                    Some(node) if node.takes(c) => self.enter(at + 1, &mut next),
                    _ => {}
                }
            }
            std::mem::swap(&mut states, &mut next);
            if states.list.is_empty() {
                return false;
            }
        }
        !self.folder && states.has(self.nodes.len())
    }

    /// Adds a state, and those that it goes on to without a character.
    fn enter(&self, at: usize, states: &mut States) {
        let mut open = vec![at];
        while let Some(at) = open.pop() {
            if !states.add(at) {
                continue;
            }
            match self.nodes.get(at) {
                Some(Node::Split(to)) => open.extend(to),
                Some(Node::Jump(to)) => open.push(*to),
                Some(Node::Loop { .. }) => open.push(at + 1),
                _ => {}
            }
        }
    }
}

impl Node {
    fn takes(&self, c: char) -> bool {
        match self {
            Self::Char(wanted) => *wanted == c,
            Self::Any => c != '/',
            Self::All => true,
            Self::Class { negated, ranges } => {
                c != '/' && ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)) != *negated
            }
            Self::Loop { .. } | Self::Split(_) | Self::Jump(_) => false,
        }
    }
}

/// The states that a machine is in, each once.
struct States {
    list: Vec<usize>,
    seen: Vec<bool>,
}

impl States {
    fn new(count: usize) -> Self {
        Self { list: Vec::new(), seen: vec![false; count] }
    }

    fn has(&self, at: usize) -> bool {
        self.seen.get(at).copied().unwrap_or_default()
    }

    fn add(&mut self, at: usize) -> bool {
        let Some(seen) = self.seen.get_mut(at).filter(|seen| !**seen) else { return false };
        *seen = true;
        self.list.push(at);
        true
    }

    fn clear(&mut self) {
        for at in self.list.drain(..) {
            if let Some(seen) = self.seen.get_mut(at) {
                *seen = false;
            }
        }
    }
}

struct Parser {
    text: Vec<char>,
    at: usize,
    nodes: Vec<Node>,
}

impl Parser {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.text.get(self.at + ahead).copied()
    }

    /// Any folders before what follows, or none.
    fn folders(&mut self) {
        let here = self.nodes.len();
        self.nodes.extend([Node::Split(vec![here + 1, here + 3]), Node::Loop { slashes: true }, Node::Char('/')]);
    }

    /// Up to the end, or inside of braces up to `,` or `}`, which is left to the caller.
    fn sequence(&mut self, depth: usize) -> Result<(), Problem> {
        while let Some(c) = self.peek(0) {
            match c {
                ',' if depth > 0 => return Ok(()),
                ',' if self.peek(1) == Some(' ') => return Err(Problem::Comma),
                '}' => return Ok(()),
                '{' => self.alternatives(depth + 1)?,
                '[' => self.class()?,
                '*' => self.stars(depth)?,
                '?' => self.push(Node::Any),
                '\\' => {
                    self.at += 1;
                    let literal = self.peek(0).ok_or(Problem::Backslash)?;
                    self.push(Node::Char(literal));
                }
                _ => self.push(Node::Char(c)),
            }
        }
        Ok(())
    }

    fn push(&mut self, node: Node) {
        self.nodes.push(node);
        self.at += 1;
    }

    fn stars(&mut self, depth: usize) -> Result<(), Problem> {
        let from = self.at;
        while self.peek(0) == Some('*') {
            self.at += 1;
        }
        let begins = from == 0 || from.checked_sub(1).and_then(|before| self.text.get(before)) == Some(&'/');
        if self.at - from == 1 {
            self.nodes.push(Node::Loop { slashes: false });
            return Ok(());
        }
        if depth > 0 {
            return Err(Problem::StarsInBraces);
        }
        match self.peek(0) {
            Some('/') if begins => {
                self.at += 1;
                self.folders();
            }
            None if begins => self.nodes.extend([Node::All, Node::Loop { slashes: true }]),
            // Beside other characters two stars are as good as one, as git has it.
            _ => self.nodes.push(Node::Loop { slashes: false }),
        }
        Ok(())
    }

    fn class(&mut self) -> Result<(), Problem> {
        self.at += 1;
        let negated = matches!(self.peek(0), Some('!' | '^'));
        self.at += usize::from(negated);
        let mut ranges = Vec::new();
        loop {
            let mut from = self.peek(0).ok_or(Problem::Bracket)?;
            // A bracket that comes first is one of the characters.
            if from == ']' && !ranges.is_empty() {
                break;
            }
            if from == '\\' {
                self.at += 1;
                from = self.peek(0).ok_or(Problem::Bracket)?;
            }
            self.at += 1;
            let to = match (self.peek(0), self.peek(1)) {
                (Some('-'), Some(to)) if to != ']' => {
                    self.at += 2;
                    to
                }
                _ => from,
            };
            if to < from {
                return Err(Problem::Range);
            }
            ranges.push((from, to));
        }
        self.push(Node::Class { negated, ranges });
        Ok(())
    }

    fn alternatives(&mut self, depth: usize) -> Result<(), Problem> {
        if depth > DEEPEST {
            return Err(Problem::Deep);
        }
        self.at += 1;
        let split = self.nodes.len();
        self.nodes.push(Node::Split(Vec::new()));
        let (mut starts, mut ends) = (Vec::new(), Vec::new());
        loop {
            starts.push(self.nodes.len());
            self.sequence(depth)?;
            let mark = self.peek(0).ok_or(Problem::Brace)?;
            self.at += 1;
            ends.push(self.nodes.len());
            self.nodes.push(Node::Jump(0));
            if mark == '}' {
                break;
            }
        }
        let after = self.nodes.len();
        for (at, node) in
            std::iter::once((split, Node::Split(starts))).chain(ends.into_iter().map(|end| (end, Node::Jump(after))))
        {
            if let Some(place) = self.nodes.get_mut(at) {
                *place = node;
            }
        }
        Ok(())
    }
}
