use super::*;
use proptest::prelude::*;

#[test]
fn a_branch_is_made_of_a_sessions_id() {
    let branch = Branch::of("k3v9-a1").unwrap();
    assert_eq!(branch.name(), "vendi/session-k3v9-a1");
    assert_eq!(branch.reference(), "refs/heads/vendi/session-k3v9-a1");
    for id in ["", "A", "a b", "../main", "a/b", "-a", "a-", "a--b", "a.lock", "a~1", "a\n", "ä", &"a".repeat(64)] {
        assert_eq!(Branch::of(id), None, "{id:?}");
    }
}

#[test]
fn a_pull_request_says_what_was_asked_and_what_came_of_it() {
    let conversation = [
        Exchange { asked: "make the header green. It is too dark now", answered: "The header is green." },
        Exchange {
            asked: "and bigger?",
            answered: "I made it bigger:\n```css\nh1 { font-size: 3em }\n```\nAnything else?",
        },
        Exchange { asked: "thanks", answered: "" },
    ];
    let written = pull_request(&conversation, "Shop");
    assert_eq!(written.title, "Make the header green");
    assert_eq!(
        written.body,
        "Made in a session with Vetka.\n\n**What was asked for**\n\n- make the header green. It is too dark now\n\
         - and bigger?\n- thanks\n\n**What was done**\n\nI made it bigger: Anything else?\n"
    );
}

#[test]
fn without_words_the_project_gives_its_name() {
    let coded = [Exchange { asked: "```\nrm -rf /\n```", answered: "" }];
    assert_eq!(pull_request(&coded, "Shop").title, "Change Shop");
    assert_eq!(pull_request(&[], "").title, "Change the project");
    assert_eq!(pull_request(&[], "").body, "Made in a session with Vetka.\n");
}

#[test]
fn text_at_the_forge_has_no_power() {
    let asked =
        "@octocat fixes #12 and closes: ann/shop#3, see ![x](https://evil.test/p.png) <img src=x> \u{202e}olleh";
    let body = pull_request(&[Exchange { asked, answered: "" }], "").body;
    for power in ["@octocat", "#12", "#3", "![", "<img", "fixes #", "fixes \u{23}", "closes:", "\u{202e}"] {
        assert!(!body.contains(power), "{power}: {body}");
    }
    assert!(body.contains("octocat") && body.contains("12") && body.contains("&lt;img"));
}

#[test]
fn a_long_conversation_keeps_its_last_requests() {
    let asked: Vec<String> = (0..100).map(|at| format!("request {at} {}", "word ".repeat(100))).collect();
    let conversation: Vec<_> =
        asked.iter().map(|asked| Exchange { asked, answered: "done, and more of that" }).collect();
    let written = pull_request(&conversation, "Shop");
    assert!(written.title.chars().count() <= TITLE && written.title.ends_with('…'));
    assert!(written.body.contains("- 70 earlier requests\n- request 70 "));
    assert!(written.body.contains("- and more\n") && written.body.contains("done, and more of that"));
    assert!(written.body.chars().count() <= BODY);
}

#[test]
fn a_commits_message_has_a_short_first_line_and_signs_for_nobody() {
    let message =
        "\n\nMake the header green   \r\n\r\nIt was too dark.\nSigned-off-by: Ann <a@b.test>\nCo-Authored-By : Eve\n\n";
    assert_eq!(commit_message(message).unwrap(), "Make the header green\n\nIt was too dark.");
    assert_eq!(commit_message(" \n\u{7}\n"), None);
    let long = commit_message(&"word ".repeat(3000)).unwrap();
    assert!(long.chars().count() <= TITLE && long.ends_with('…'));
    assert!(!commit_message("Fixes #4").unwrap().contains("Fixes #4"));
}

#[test]
fn a_slug_is_made_of_words() {
    assert_eq!(slug("  Make the Header GREEN, please! "), "make-the-header-green-please");
    assert_eq!(slug("ä / ö"), "");
    assert_eq!(slug(&"ab ".repeat(40)), "ab-".repeat(13) + "a");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn whatever_was_said_the_bounds_hold(texts in proptest::collection::vec(("(?s).{0,400}", "(?s).{0,2000}"), 0..40), project in ".{0,80}") {
        let conversation: Vec<_> =
            texts.iter().map(|(asked, answered)| Exchange { asked, answered }).collect();
        let written = pull_request(&conversation, &project);
        prop_assert!(written.title.chars().count() <= TITLE);
        prop_assert!(!written.title.is_empty() && !written.title.contains(['\n', '\r']));
        prop_assert!(written.body.chars().count() <= BODY);
        prop_assert!(!written.body.contains('`') && !written.body.contains('<'));
    }

    #[test]
    fn a_message_is_bounded_and_cleaning_it_does_not_panic(text in "(?s).{0,6000}") {
        if let Some(message) = commit_message(&text) {
            prop_assert!(message.chars().count() <= MESSAGE);
            prop_assert!(message.lines().next().unwrap().chars().count() <= TITLE);
            prop_assert!(message.chars().all(|c| c == '\n' || !c.is_control()));
        }
    }

    #[test]
    fn a_slug_fits_into_a_name(text in ".{0,200}") {
        let slug = slug(&text);
        prop_assert!(slug.len() <= 40 && !slug.contains("--") && !slug.starts_with('-') && !slug.ends_with('-'));
    }
}

#[test]
fn words_that_a_person_chose() {
    let made = || pull_request(&[Exchange { asked: "Make it blue", answered: "It is blue." }], "Bakery");
    assert_eq!(made().wished(None, None), made());
    assert_eq!(made().wished(Some("  "), Some("\n \n")), made());
    let wished = made().wished(Some("Blue, for `summer`\nand more"), Some("For @everyone.\n\n- one\n- fixes #1\n"));
    assert_eq!(wished.title, "Blue, for `summer`");
    assert_eq!(wished.body, "For @\u{200b}everyone.\n\n- one\n- fixes\u{200b} #\u{200b}1");
    assert!(made().wished(Some(&"x".repeat(500)), Some(&"y\n".repeat(90_000))).body.chars().count() <= BODY);
}
