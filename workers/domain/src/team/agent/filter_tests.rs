//! Tests of the filter of texts.

use super::filter::{Filter, text};
use super::vocabulary;
use proptest::prelude::*;

#[test]
fn plain_texts_stay_as_they_are() {
    for plain in [
        "I made **three changes** to your shop:\n\n- The header is blue\n- The menu has a new entry, \"Contact\"\n  - also on phones\n\nTell me what to change (or what not).",
        "## What I did\n\n1. Bigger letters\n2. More room, 24/7 opening hours and/or holidays\n\n> A quote",
        "It costs $5 < $10, that is 50% off. I <3 it! Is 3 > 2?",
        "I edited the text, then read it again. Write to ann@example.com or see the Read more button.",
        "React and Node.js, CI/CD, A/B tests, U.S. dollars, e.g. like this; that's it - done",
        "Die Überschrift heißt jetzt „Grüße aus München“, die Seite ist fertig.",
        "見出しを青にしました。メニューも直しました。",
        "Done.",
        "ok",
        "| Page | State |\n|---|---|\n| Home | done |",
    ] {
        assert_eq!(text(plain), plain);
    }
}

#[test]
fn code_is_left_out() {
    for (raw, shown) in [
        ("Here it is:\n\n```html\n<b>x</b>\n```\n\nDone.", "Here it is:\n\nDone."),
        ("~~~\ncode", ""),
        ("1. ```js\n   let a\n   ```\nafter", "after"),
        ("Here you are: ```js\nlet secret = 1\n```\nAll set.", "Here you are:\nAll set."),
        ("Look:\n\n    let x = 1;\n\nfine", "Look:\n\nfine"),
        (
            "I changed `useState` and ran `npm run build`, then made it `#ff0000`.",
            "I changed … and ran …, then made it #ff0000.",
        ),
        ("I said ``Sign `up` in`` and `Log ``in` here", "I said … and … here"),
        ("The button says `Sign up` now.", "The button says Sign up now."),
        ("It calls foo(bar) and `a` => b; all good", "It calls … and a … b; all good"),
        ("const total = items.length\nreturn (\nimport React from 'react'\nThe total is right.", "The total is right."),
        ("npm run build\n> shop@1.0.0 build\n$ vite\nnpm ERR! code 1\nIt builds again.", "It builds again."),
        (
            "Error: boom\n    at run (/workspace/src/a.js:1:2)\n    at main (b.js:2:3)\nThat was it.",
            "Error: boom\nThat was it.",
        ),
        ("SELECT * FROM users\nYour users are safe.", "Your users are safe."),
        ("The unclosed `const x = 1; is dropped", "The unclosed …"),
        ("I ran it with --save-dev and $HOME", "I ran it with … and …"),
    ] {
        assert_eq!(text(raw), shown, "{raw}");
    }
}

#[test]
fn diffs_are_left_out() {
    let raw = "I changed this:\n\ndiff --git a/x.js b/x.js\nindex 1..2 100644\n--- a/x.js\n+++ b/x.js\n@@ -1,2 +1,2 @@\n-old secret\n+new secret\n context\n\nNow it is blue.";
    assert_eq!(text(raw), "I changed this:\n\nNow it is blue.");
}

#[test]
fn files_become_words() {
    for (raw, shown) in [
        ("I changed src/components/Header.tsx and App.tsx.", "I changed a file and a file."),
        ("The `src/Header.tsx` component and the styles.css file", "The component and the file"),
        (
            "The file `config/payments.yml` is not allowed; nor the folder src/lib.",
            "The file is not allowed; nor the folder.",
        ),
        ("The `ContactForm` and the `useForm`", "The Contact Form and the …"),
        ("In the src/app/[id]/page.tsx file, line src/a.ts:12:3", "In the file, line a file"),
        ("index.html is new. package.json too.", "A page is new. The settings too."),
        ("I looked in src/lib and ./public/", "I looked in a folder and a folder"),
        ("Your new logo.svg is in /workspace/public/img", "Your new picture is in a folder"),
        ("Open /about or C:\\Users\\ann\\x.docx", "Open a page or a folder"),
        ("See (src/a.js), \"b.py\" and **c.rs**!", "See (a file), \"a file\" and **a file**!"),
        ("a.js→b.js, x.ts;y.ts", "file→file, …"),
        ("The Header.test.tsx tests pass; .env is untouched", "The tests pass; the settings is untouched"),
    ] {
        assert_eq!(text(raw), shown, "{raw}");
    }
}

#[test]
fn addresses_lose_everything_but_the_website() {
    for (raw, shown) in [
        ("It runs at http://localhost:3000/src/app.js now", "It runs at the preview now"),
        ("Look at https://ann:pw@example.com/a/b?token=1.", "Look at example.com."),
        ("See [the docs](https://docs.example.com/src/app.js) and ![a dog](dog.png)", "See the docs and a dog"),
        ("Use postgres://u:p@db/x", "Use [hidden]"),
        ("On localhost:5173/", "On the preview"),
        ("It is at example.com/pricing", "It is at example.com"),
    ] {
        assert_eq!(text(raw), shown, "{raw}");
    }
}

#[test]
fn markup_and_signs_for_terminals_are_left_out() {
    for (raw, shown) in [
        ("\u{1b}[31mRed\u{1b}[0m and \u{1b}]8;;http://x\u{7}a link\u{1b}]8;;\u{1b}\\ here", "Red and a link here"),
        ("The <b>header</b> is <span class=\"x\">blue</span> now", "The header is blue now"),
        ("Hello <script>alert(1)</script> world, my friend", "Hello world, my friend"),
        ("Hello there <style>\na { color: red }\n</style> my friend", "Hello there\nmy friend"),
        ("<system-reminder>\nThe secret plan\n</system-reminder>\nHello", "Hello"),
        ("One two <!-- three\nfour --> five", "One two …\nfive"),
        ("50%\r\nand 60%\rand 70%\n", "50%\nand 60%\nand 70%"),
        ("zero\u{200b}width and \u{202e}turned", "zerowidth and turned"),
    ] {
        assert_eq!(text(raw), shown, "{raw}");
    }
}

#[test]
fn tools_are_not_named() {
    for (raw, shown) in [
        ("I used the Edit tool and the Bash tool.", "I used the tool and the tool."),
        ("With TodoWrite I made a plan, Grep helped", "With a list I made a plan, a search helped"),
        ("I called mcp__github__search for it", "I called a connected service for it"),
        ("I will Edit it and Read on", "I will Edit it and Read on"),
    ] {
        assert_eq!(text(raw), shown, "{raw}");
    }
}

#[test]
fn keys_are_hidden() {
    for secret in [
        "sk-ant-api03-abcdefgh",
        "ghp_abcdef123456",
        "github_pat_11ABCDEFG",
        "AKIAIOSFODNN7EXAMPLE",
        "vdt_x",
        "vs_abc_0123456789",
        "sk_live_abc123",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdef",
        "d41d8cd98f00b204e9800998ecf8427e",
        "xoxb-123456-abc",
        "AIzaSyA1234567890abcdefg",
    ] {
        for raw in [
            format!("The key is {secret}."),
            format!("KEY={secret} is set"),
            format!("Use `{secret}` here"),
            format!("({secret})"),
            secret.to_owned(),
        ] {
            assert!(!text(&raw).contains(secret), "{raw} -> {}", text(&raw));
        }
    }
    assert_eq!(text("The password: hunter22 works"), "The password: [hidden] works");
    assert_eq!(
        text("My key:\n-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabc\n-----END RSA PRIVATE KEY-----\nDone"),
        "My key:\nDone"
    );
    assert_eq!(
        text("Here is my key -----BEGIN PRIVATE KEY-----\nMIIEow\n-----END PRIVATE KEY-----\nDone"),
        "Here is my key …\nDone"
    );
}

#[test]
fn a_sentence_is_shown_word_by_word() {
    let mut filter = Filter::default();
    assert_eq!(filter.feed("I made the "), "I made the");
    assert_eq!(filter.feed("head"), "");
    assert_eq!(filter.feed("er blue. See src/"), " header blue. See");
    assert_eq!(filter.feed("app.js "), "", "a kind of file may follow");
    assert_eq!(filter.feed("for more `co"), " a file for more");
    assert_eq!(filter.feed("de here"), "");
    assert_eq!(filter.finish(), "I made the header blue. See a file for more code here");
}

#[test]
fn nothing_undecided_is_kept_without_end() {
    for filler in ["x", "`x ", "[", "<a ", "\u{1b}]x"] {
        let mut filter = Filter::default();
        filter.feed("I like this ");
        (0..20_000).for_each(|_| {
            filter.feed(filler);
        });
        filter.feed("\nAnd this line is shown.");
        assert!(filter.finish().ends_with("And this line is shown."), "{filler:?}");
    }
}

/// Everything that must never be shown, whatever was said.
fn offence(shown: &str) -> Option<String> {
    let mut signs = shown.chars().peekable();
    while let Some(c) = signs.next() {
        let tag = c == '<' && signs.peek().is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, '/' | '!'));
        if tag || c == '`' || c == '\u{1b}' || (c.is_control() && c != '\n' && c != '\t') {
            return Some(format!("sign {c:?}"));
        }
    }
    for run in shown.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/'))) {
        let name = run.rsplit('/').next().unwrap_or_default().trim_matches(['.', '-', '_']);
        let is_file = name.rsplit_once('.').is_some_and(|(_, end)| vocabulary::by_ending(end).is_some())
            && !vocabulary::is_product(name);
        if is_file
            || run.starts_with("src/")
            || run.contains("/src/")
            || run.contains("vdt_a")
            || run.contains("ghp_abc")
        {
            return Some(run.to_owned());
        }
    }
    None
}

/// Texts made of what is hard to tell apart.
fn raw() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec!["I ", "made ", "the ", "header ", "blue. ", "Done", "file ", "tool "]),
        6 => prop::sample::select(vec![
            "`", "``", "```", "```\n", "\n", "\n\n", "    ", "~~~", "<", "<b", ">", "</b>", "<!--", "-->", "<script>", "</script>", "/>", "!", "[", "](", ")", "(",
            "*", "**", "_", "\u{1b}", "\u{1b}[31m", "\u{1b}]", "\r", "\u{200b}", "\t", "- ", "+", "@@ -", "{", "}", ";", "=", "\"", "'", ":", "://", "http://",
        ]),
        5 => prop::sample::select(vec![
            "src/app.js", "src/", "app.", "js", ".js", "/app", "App.tsx", "index.html", "a/b", "./x", "vdt_a", "vdt_", "a1", "ghp_", "ghp_abcdef12", "é", "文",
            "const ", "npm ", "Bash", "Edit", "localhost:3000", "0", ".", ",", "-", "---",
        ]),
        1 => "\\PC{0,6}".prop_map(|text| &*Box::leak(text.into_boxed_str())),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// More than usual: what must never happen is rare.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(2000)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn a_growing_text_is_the_beginning_of_the_whole_one(raw in raw(), cuts in prop::collection::vec(0usize..200, 0..8)) {
        let whole = text(&raw);
        let mut cuts: Vec<usize> = cuts.into_iter().filter(|&cut| cut < raw.len() && raw.is_char_boundary(cut)).chain([0, raw.len()]).collect();
        cuts.sort_unstable();
        let mut filter = Filter::default();
        let mut streamed = String::new();
        for pair in cuts.windows(2) {
            streamed.push_str(&filter.feed(&raw[pair[0]..pair[1]]));
            prop_assert!(whole.starts_with(&streamed), "{streamed:?} is no beginning of {whole:?}");
        }
        prop_assert_eq!(filter.shown(), streamed.as_str());
        prop_assert_eq!(filter.finish(), whole);
    }

    #[test]
    fn nothing_that_must_not_be_shown_ever_is(raw in raw()) {
        let mut filter = Filter::default();
        for c in raw.chars() {
            filter.feed(c.encode_utf8(&mut [0; 4]));
            prop_assert_eq!(offence(filter.shown()), None, "{:?} while writing {:?}", filter.shown(), &raw);
        }
        let whole = text(&raw);
        prop_assert_eq!(offence(&whole), None, "{:?} of {:?}", &whole, &raw);
        prop_assert_eq!(whole.trim(), whole.as_str());
    }

    #[test]
    fn no_line_of_a_fence_gets_through(before in "[a-z .]{0,20}", code in prop::collection::vec("[a-z<>{}();= `~]{0,20}", 0..6), ticks in 3usize..6, tilde: bool, indent in 0usize..4, closed: bool) {
        let mark = if tilde { "~" } else { "`" }.repeat(ticks);
        let pad = " ".repeat(indent);
        let code: Vec<String> = code.into_iter().map(|line| format!("zqxcanary{line}")).collect();
        let end = if closed { format!("{pad}{mark}\nafter") } else { String::new() };
        let raw = format!("{before}\n{pad}{mark}html\n{}\n{end}", code.join("\n"));
        prop_assert!(!text(&raw).contains("zqxcanary"));
    }
}
