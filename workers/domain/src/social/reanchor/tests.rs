use super::*;
use proptest::prelude::*;

/// The place of a quote on a page, as a browser would tell it: the `nth` occurrence, counted from 0.
fn held(html: &str, exact: &str, nth: usize) -> Held {
    let page = Page::new(&text::of_html(html.as_bytes()));
    let words: Vec<char> = exact.chars().collect();
    let start = page.chars.windows(words.len()).enumerate().filter(|(_, window)| *window == words).nth(nth);
    let start = start.unwrap_or_else(|| panic!("{exact} is not on {html}")).0;
    let anchor = page.anchor(start, start + words.len(), &Anchor { x: 5.0, y: 50.0, ..Anchor::default() });
    Held { id: "a".into(), anchor, state: State::Placed, reactions: 1 }
}

/// What becomes of a quote, and the words at its place then.
fn becomes(before: &str, exact: &str, nth: usize, after: &str) -> (State, Anchor) {
    let held = held(before, exact, nth);
    match reanchor(Some(before.as_bytes()), Some(after.as_bytes()), std::slice::from_ref(&held)).pop() {
        Some(change) => (change.state, change.anchor),
        None => (held.state, held.anchor),
    }
}

const PAGE: &str = "<h1>Ann bakes</h1><p>Every morning the oven is lit at four, long before the town wakes up.</p>
    <p>The quick brown fox jumps over the lazy dog, and nobody knows why it does.</p>
    <p>Bread is sold from seven until there is none left, which is usually around noon.</p>";

/// The page with one passage exchanged.
fn edited(from: &str, to: &str) -> String {
    assert!(PAGE.contains(from));
    PAGE.replace(from, to)
}

#[test]
fn the_edit_table() {
    let fox = "quick brown fox jumps";
    let twice = "<p>Read more about it.</p><p>Read more about it.</p>";
    let same_context = "<p>x one two three four five six seven eight: yes please</p>".repeat(2);
    for (name, before, exact, nth, after, state, words) in [
        (
            "text inserted before",
            PAGE.to_owned(),
            fox,
            0,
            edited("<h1>", "<p>News of today, and a lot of it.</p><h1>"),
            State::Placed,
            fox,
        ),
        (
            "text inserted right before",
            PAGE.to_owned(),
            fox,
            0,
            edited("The quick", "The very, very quick"),
            State::Placed,
            fox,
        ),
        (
            "one word inside changed",
            PAGE.to_owned(),
            fox,
            0,
            edited("brown fox", "red fox"),
            State::Changed,
            "quick red fox jumps",
        ),
        (
            "a word put in",
            PAGE.to_owned(),
            fox,
            0,
            edited("fox jumps", "fox often jumps"),
            State::Changed,
            "quick brown fox often jumps",
        ),
        (
            "the last word changed",
            PAGE.to_owned(),
            fox,
            0,
            edited("fox jumps", "fox leaped"),
            State::Changed,
            "quick brown fox leaped",
        ),
        (
            "paragraph deleted",
            PAGE.to_owned(),
            fox,
            0,
            edited("The quick brown fox jumps over the lazy dog, and nobody knows why it does.", ""),
            State::Lost,
            fox,
        ),
        (
            "markup only changed",
            PAGE.to_owned(),
            fox,
            0,
            edited("brown fox", "<b>brown</b> <i>fox</i>"),
            State::Placed,
            fox,
        ),
        (
            "re-wrapped, hard spaces",
            PAGE.to_owned(),
            fox,
            0,
            edited("brown fox", "brown&nbsp;\n  fox"),
            State::Placed,
            fox,
        ),
        (
            "typographic marks",
            PAGE.replace("fox", "fox's \"tail\" -"),
            "fox's \"tail\" - jumps",
            0,
            PAGE.replace("fox", "fox’s “tail” –"),
            State::Placed,
            "fox’s “tail” – jumps",
        ),
        (
            "paragraph moved",
            PAGE.to_owned(),
            "The quick brown fox jumps over the lazy dog, and nobody knows why it does.",
            0,
            "<p>The quick brown fox jumps over the lazy dog, and nobody knows why it does.</p><h1>Ann bakes</h1>"
                .to_owned(),
            State::Moved,
            "The quick brown fox jumps over the lazy dog, and nobody knows why it does.",
        ),
        (
            "second of two paragraphs removed",
            PAGE.to_owned(),
            "nobody knows why it does. Bread is sold from seven",
            0,
            edited("<p>Bread is sold from seven until there is none left, which is usually around noon.</p>", ""),
            State::Lost,
            "nobody knows why it does. Bread is sold from seven",
        ),
        (
            "translation",
            PAGE.to_owned(),
            fox,
            0,
            "<p>Der schnelle braune Fuchs springt über den faulen Hund.</p>".to_owned(),
            State::Lost,
            fox,
        ),
        (
            "one of two removed",
            twice.to_owned(),
            "Read more",
            1,
            "<p>Something else.</p>".to_owned(),
            State::Lost,
            "Read more",
        ),
        ("the page has nothing left", PAGE.to_owned(), fox, 0, String::new(), State::Lost, fox),
        (
            "position decides",
            same_context.clone(),
            "yes please",
            1,
            format!("<h1>New</h1>{same_context}"),
            State::Placed,
            "yes please",
        ),
        ("a short word is only found as it is", PAGE.to_owned(), "fox", 0, edited("fox", "cat"), State::Lost, "fox"),
    ] {
        let (became, anchor) = becomes(&before, exact, nth, &after);
        assert_eq!((became, anchor.exact.as_str()), (state, words), "{name}");
    }
}

#[test]
fn positions_are_those_of_the_new_text() {
    let (_, anchor) = becomes(PAGE, "brown fox", 0, &edited("<h1>", "<p>😀 é</p><h1>"));
    assert_eq!(anchor.start, held(&edited("<h1>", "<p>😀 é</p><h1>"), "brown fox", 0).anchor.start);
    assert_eq!((anchor.x, anchor.y), (5.0, 50.0));
}

#[test]
fn of_three_the_right_one_is_known_by_what_stands_around() {
    let before = "<p>Monday we bake rye bread, as ever.</p><p>Tuesday it is rye bread with seeds.</p><p>On Friday comes rye bread again.</p>";
    let after = "<p>Tuesday it is rye bread with seeds.</p><p>On Friday comes rye bread again.</p>";
    for nth in [1, 2] {
        let (state, anchor) = becomes(before, "rye bread", nth, after);
        let there = held(after, "rye bread", nth - 1).anchor.start;
        assert_eq!((state, anchor.start), (State::Placed, there), "{nth}");
    }
    assert_eq!(becomes(before, "rye bread", 0, after).0, State::Lost, "the others are not it");
}

#[test]
fn of_two_that_look_the_same_the_position_decides() {
    let row = "<p>one two three four five six seven eight: yes please one two three four five six seven eight</p>";
    let before = row.repeat(3);
    for nth in 0..3 {
        let after = format!("<h1>A new headline</h1>{before}");
        let wanted = held(&after, "yes please", nth).anchor.start;
        assert_eq!(becomes(&before, "yes please", nth, &after).1.start, wanted, "{nth}");
    }
}

#[test]
fn what_comes_back_is_found_again() {
    let fox = Held { state: State::Lost, reactions: 2, ..held(PAGE, "quick brown fox jumps", 0) };
    let without = edited("quick brown fox jumps", "slow one");
    assert!(reanchor(Some(PAGE.as_bytes()), Some(without.as_bytes()), std::slice::from_ref(&fox)).is_empty());
    let changes = reanchor(Some(without.as_bytes()), Some(PAGE.as_bytes()), &[fox]);
    assert_eq!(changes.first().map(|change| change.state), Some(State::Placed));
    assert_eq!(summary(&changes).as_deref(), Some("2 reactions found their place again."));
}

#[test]
fn what_changed_once_stays_marked() {
    let changed = Held { state: State::Changed, ..held(PAGE, "quick brown fox jumps", 0) };
    let after = edited("<h1>", "<p>New</p><h1>");
    let changes = reanchor(Some(PAGE.as_bytes()), Some(after.as_bytes()), &[changed]);
    assert_eq!(changes.first().map(|change| change.state), Some(State::Changed));
    assert_eq!(summary(&changes), None, "and is not told twice");
}

#[test]
fn a_place_without_words_stays_while_there_is_a_page() {
    let bare = Held { id: "a".into(), anchor: Anchor::default(), state: State::Placed, reactions: 1 };
    assert!(reanchor(Some(PAGE.as_bytes()), Some(b"<p>other</p>"), std::slice::from_ref(&bare)).is_empty());
    let gone = reanchor(Some(PAGE.as_bytes()), None, std::slice::from_ref(&bare));
    assert_eq!(summary(&gone).as_deref(), Some("1 reaction lost its place."));
    let lost = Held { state: State::Lost, ..bare };
    let back = reanchor(None, Some(PAGE.as_bytes()), &[lost]);
    assert_eq!(back.first().map(|change| change.state), Some(State::Placed));
}

#[test]
fn the_owner_is_told_in_one_sentence() {
    let change = |state, reactions| Change {
        id: "a".into(),
        anchor: Anchor::default(),
        state,
        before: State::Placed,
        reactions,
    };
    let told = |changes: &[Change]| summary(changes).unwrap_or_default();
    assert_eq!(
        told(&[change(State::Moved, 2), change(State::Moved, 1), change(State::Lost, 1)]),
        "3 reactions moved, 1 lost its place."
    );
    assert_eq!(told(&[change(State::Changed, 1)]), "1 reaction is on words that changed.");
    assert_eq!(
        told(&[change(State::Changed, 2), change(State::Lost, 3)]),
        "2 reactions are on words that changed, 3 lost their place."
    );
    assert_eq!(told(&[change(State::Placed, 1)]), "");
}

#[test]
fn a_long_page_takes_no_long_time() {
    let long = format!("{}{PAGE}", "<p>Nothing to see here, move along, quick and brown.</p>".repeat(2_000));
    let after = long.replace("brown fox", "red fox");
    let quote = held(&long, "quick brown fox jumps", 0);
    let many: Vec<Held> = vec![quote; 10];
    let began = std::time::Instant::now();
    assert_eq!(reanchor(Some(long.as_bytes()), Some(after.as_bytes()), &many).len(), 10);
    assert!(began.elapsed().as_secs() < 10, "{:?}, without optimisation", began.elapsed());
}

/// Words of which none is like another.
const WORDS: [&str; 48] = [
    "apple", "bridge", "cloud", "dragon", "engine", "feather", "garden", "harbour", "island", "jungle", "kettle",
    "lantern", "mountain", "needle", "orchard", "pepper", "quarry", "river", "saddle", "tunnel", "umbrella", "violin",
    "window", "yellow", "zipper", "amber", "biscuit", "copper", "dolphin", "ember", "falcon", "glacier", "hammock",
    "iguana", "jacket", "kingdom", "lemon", "magnet", "nectar", "oyster", "pumpkin", "quilt", "rocket", "sunset",
    "thunder", "urchin", "velvet", "walnut",
];

fn words() -> impl Strategy<Value = Vec<&'static str>> {
    Just(WORDS.to_vec()).prop_shuffle()
}

fn html(words: &[&str]) -> String {
    words.chunks(9).map(|line| format!("<p>{}</p>", line.join(" "))).collect()
}

proptest! {
    #[test]
    fn what_is_inserted_around_a_quote_leaves_it_in_place(
        words in words(), at in 10usize..30, length in 2usize..6, gap in 0usize..34, more in "[a-z]{3,9}( [a-z]{3,9}){0,6}",
    ) {
        let before = html(&words);
        let quote = words[at..at + length].join(" ");
        // Anywhere but inside the quote.
        let gap = if gap > at { gap.max(at + length) } else { gap };
        let mut after = words.clone();
        after.insert(gap.min(after.len()), &more);
        let after = html(&after);
        let (state, anchor) = becomes(&before, &quote, 0, &after);
        prop_assert_eq!(state, State::Placed);
        prop_assert_eq!(&anchor.exact, &quote);
        prop_assert_eq!(anchor.start, held(&after, &quote, 0).anchor.start);
    }

    #[test]
    fn a_letter_changed_in_a_quote_leaves_it_found(words in words(), at in 10usize..30, length in 2usize..6, inside in 0usize..5) {
        let changed = at + inside.min(length - 1);
        let mut after = words.clone();
        let (head, tail) = words[changed].split_at(2);
        let word = format!("{head}x{tail}");
        after[changed] = &word;
        let (state, anchor) = becomes(&html(&words), &words[at..at + length].join(" "), 0, &html(&after));
        prop_assert_eq!(state, State::Changed);
        prop_assert!(anchor.exact.contains(&word), "{}", anchor.exact);
    }

    #[test]
    fn a_quote_that_is_deleted_is_lost(words in words(), at in 10usize..30, length in 2usize..6) {
        let mut after = words.clone();
        after.drain(at..at + length);
        prop_assert_eq!(becomes(&html(&words), &words[at..at + length].join(" "), 0, &html(&after)).0, State::Lost);
    }

    #[test]
    fn a_page_that_stays_changes_nothing(words in words(), at in 0usize..40, length in 1usize..8) {
        let page = html(&words);
        let held = held(&page, &words[at..at + length].join(" "), 0);
        prop_assert_eq!(reanchor(Some(page.as_bytes()), Some(page.as_bytes()), std::slice::from_ref(&held)), vec![]);
        prop_assert_eq!(reanchor(None, Some(page.as_bytes()), &[held]), vec![]);
    }

    #[test]
    fn whatever_pages_and_places_there_are_nothing_panics(
        before in any::<Option<String>>(), after in "(a|b| |<p>|é|😀|&amp;){0,60}", exact in "(a|b| |é){0,12}", context in "(a|b| ){0,12}", start in any::<Option<u32>>(),
    ) {
        let anchor = Anchor { exact, prefix: context.clone(), suffix: context, start, ..Anchor::default() };
        let held = Held { id: "a".into(), anchor, state: State::Placed, reactions: 1 };
        for change in reanchor(before.as_deref().map(str::as_bytes), Some(after.as_bytes()), &[held]) {
            prop_assert!(change.state == State::Lost || change.anchor.range().is_none_or(|(_, end)| end <= after.chars().count()));
        }
    }
}
