//! Takes away what is for terminals and what nobody sees: colours, movements of the cursor, signs without width.

/// Where a sequence for a terminal stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Escape {
    #[default]
    None,
    Begun,
    /// Skips one sign.
    One,
    /// `ESC [` up to a letter.
    Control,
    /// `ESC ]` and its like, up to a terminator.
    Text,
}

/// Reads a text sign by sign.
#[derive(Debug, Clone, Default)]
pub struct Terminal {
    escape: Escape,
    carriage: bool,
}

impl Terminal {
    /// Takes a sign; gives what is left for a reader, with every end of a line as a newline.
    pub fn take(&mut self, c: char) -> [Option<char>; 2] {
        // A program that goes back to the beginning of a line begins a new one for whoever reads.
        let newline = (std::mem::take(&mut self.carriage) && c != '\n').then(|| {
            self.escape = Escape::None;
            '\n'
        });
        [newline, self.sign(c)]
    }

    fn sign(&mut self, c: char) -> Option<char> {
        match (self.escape, c) {
            (_, '\n' | '\u{85}' | '\u{2028}' | '\u{2029}') => {
                self.escape = Escape::None;
                return Some('\n');
            }
            (_, '\r') => self.carriage = true,
            (_, '\u{1b}') => self.escape = Escape::Begun,
            (Escape::Begun, '[') | (Escape::None, '\u{9b}') => self.escape = Escape::Control,
            (Escape::Begun, ']' | 'P' | 'X' | '^' | '_')
            | (Escape::None, '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}') => {
                self.escape = Escape::Text;
            }
            (Escape::Begun, ' '..='/') => self.escape = Escape::One,
            (Escape::Begun | Escape::One, _) => self.escape = Escape::None,
            (Escape::Control, ' '..='?') => {}
            (Escape::Text, _) if c != '\u{7}' && c != '\u{9c}' => {}
            (Escape::Control | Escape::Text, _) => {
                let is_end = self.escape == Escape::Text || matches!(c, '@'..='~');
                self.escape = Escape::None;
                // What cannot be in a sequence was never part of it.
                return if is_end { None } else { self.sign(c) };
            }
            (Escape::None, '\t') => return Some(c),
            (Escape::None, _) if c.is_control() || is_invisible(c) => {}
            (Escape::None, _) => return Some(c),
        }
        None
    }
}

/// Signs that take no room: they could hide in the middle of what is looked for.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}
