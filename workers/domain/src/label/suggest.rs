//! Free names near one that is not to be had. Deterministic: the same wish gives the same list, so that a test and a
//! person who types the name again see what they saw.

use super::{Label, MAX, Problem};

/// Room that is left for what is put before or after a name.
const MAX_BASE: usize = MAX - 10;

/// Candidates near what a person typed, best first. Whether they are free is for the database to say.
/// A name that is kept for the house has none: the neighbours of `login` are no better than `login`.
pub fn suggestions(typed: &str) -> Vec<Label> {
    let base = base(typed);
    if base.is_empty() || Label::parse(&base) == Err(Problem::Reserved) {
        return Vec::new();
    }
    let joined = base.replace('-', "");
    let wishes = [
        base.clone(),
        joined,
        format!("{base}-site"),
        format!("hello-{base}"),
        format!("{base}-page"),
        format!("the-{base}"),
        format!("{base}-online"),
        format!("my-{base}"),
        format!("{base}2"),
        format!("{base}-place"),
        format!("its-{base}"),
        format!("{base}3"),
    ];
    let mut found: Vec<Label> = Vec::new();
    for wish in wishes {
        if wish == typed {
            continue;
        }
        match Label::parse(&wish) {
            Ok(label) if !found.contains(&label) => found.push(label),
            _ => {}
        }
    }
    found
}

/// What of the typed text can stand in a name: letters without their accents, digits, single hyphens.
pub(crate) fn base(typed: &str) -> String {
    let mut out = String::new();
    for c in typed.trim().chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            'à' | 'á' | 'â' | 'ã' | 'å' | 'ā' | 'ă' | 'ą' => out.push('a'),
            'ä' | 'æ' => out.push_str("ae"),
            'ç' | 'ć' | 'č' => out.push('c'),
            'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => out.push('e'),
            'ì' | 'í' | 'î' | 'ï' | 'ī' | 'ı' => out.push('i'),
            'ł' => out.push('l'),
            'ñ' | 'ń' | 'ň' => out.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ō' => out.push('o'),
            'ö' | 'ø' | 'œ' => out.push_str("oe"),
            'ř' => out.push('r'),
            'ś' | 'š' | 'ş' => out.push('s'),
            'ß' => out.push_str("ss"),
            'ù' | 'ú' | 'û' | 'ū' | 'ů' => out.push('u'),
            'ü' => out.push_str("ue"),
            'ý' | 'ÿ' => out.push('y'),
            'ź' | 'ż' | 'ž' => out.push('z'),
            // An apostrophe and a combining accent join what they stand between; everything else parts it.
            '\'' | '’' | '\u{300}'..='\u{36f}' => {}
            _ if out.ends_with('-') || out.is_empty() => {}
            _ => out.push('-'),
        }
    }
    out.truncate(MAX_BASE);
    out.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(typed: &str) -> Vec<String> {
        suggestions(typed).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_taken_name_gets_neighbours_and_not_itself() {
        let near = words("ann");
        assert_eq!(near[..3], ["ann-site", "hello-ann", "ann-page"]);
        assert!(!near.contains(&"ann".to_owned()));
    }

    #[test]
    fn what_cannot_be_a_name_becomes_one() {
        assert_eq!(words("Zoë's Bakery!")[0], "zoes-bakery");
        assert_eq!(words("Café Müller")[..2], ["cafe-mueller", "cafemueller"]);
        assert_eq!(words("a--b")[0], "a-b");
        assert_eq!(words("jo")[0], "jo-site");
    }

    #[test]
    fn kept_names_and_empty_ones_have_no_neighbours() {
        assert!(words("login").is_empty());
        assert!(words("L0gin").is_empty());
        assert!(words("").is_empty());
        assert!(words("日本").is_empty());
    }

    proptest! {
        #[test]
        fn every_suggestion_is_a_name_and_comes_once(typed in ".{0,90}") {
            let near = suggestions(&typed);
            for label in &near {
                prop_assert_eq!(Label::parse(label.as_str()), Ok(label.clone()));
                prop_assert_eq!(near.iter().filter(|other| *other == label).count(), 1);
            }
        }
    }
}
