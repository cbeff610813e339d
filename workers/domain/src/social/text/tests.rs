use super::*;
use proptest::prelude::*;

#[test]
fn a_page_is_read_by_the_rules() {
    for (page, text) in [
        ("", ""),
        ("<p>One</p><p>Two</p>", "One Two"),
        ("<p>One<b>Two</b> <i> Three</i></p>", "OneTwo Three"),
        ("  a \n\t b&nbsp;&nbsp;c\u{2003}d  ", "a b c d"),
        ("a<br>b<hr>c<wbr>d<img alt=x>e", "a b cde"),
        ("soft&shy;hyphen zero\u{200b}width\u{feff}", "softhyphen zerowidth"),
        ("cafe&#x301; &eacute;", "café é"),
        ("a<script>x</script>b<style>x</style>c<noscript>x</noscript>d<template><p>x</p></template>e", "abcde"),
        ("a<textarea>x</textarea>b<select><option>x</select>c<svg><title>x</title><text>x</text></svg>d", "abcd"),
        ("<p hidden>x<p>y", "y"),
        ("<p hidden=until-found>x</p>y", "y"),
        ("a<div hidden>x<div>x</div>x</div>b", "a b"),
        ("a<span hidden>x<b>x</b></span>b", "ab"),
        ("a<span data-no-annotate>x</span>b<span DATA-NO-ANNOTATE=false>x</span>c", "abc"),
        ("<title>x</title><body>a", "a"),
        ("<ul><li hidden>x<li>y<ul><li>z</ul><li>w</ul>v", "y z w v"),
        ("<dl><dt>a<dd hidden>x<dt>b</dl>", "a b"),
        ("<table><tr><td>a<td hidden>x<td>b<tr><td>c</table>d", "a b c d"),
        ("<div><table><tr><td hidden></div>x</td><td>y</table></div>z", "y z"),
        ("<b hidden>x</b>y<h1 hidden>x<h2>y</h2>", "y y"),
        ("<custom-card>a</custom-card>b", "ab"),
        ("a<!-- x -->b<![CDATA[x]]>c", "abc"),
        ("1 < 2 & 3 > 2", "1 < 2 & 3 > 2"),
        ("<p>a</div>b</p>c", "ab c"),
        ("<h2>a</h3>b", "a b"),
        ("\u{1F600} <b>ok</b>", "\u{1F600} ok"),
        ("a</p>b", "a b"),
    ] {
        assert_eq!(of_html(page.as_bytes()), text, "{page}");
    }
}

#[test]
fn what_is_no_utf8_does_no_harm() {
    assert_eq!(of_html(b"a\xff<b>\xc3</b>"), "a\u{fffd}\u{fffd}");
}

#[test]
fn deep_nesting_ends_somewhere() {
    let page = format!("{}x{}", "<div>".repeat(100_000), "</div>".repeat(100_000));
    assert_eq!(of_html(page.as_bytes()), "x");
}

#[test]
fn parts_are_counted_in_code_points() {
    assert_eq!(length("a😀é"), 3);
    assert_eq!((first("a😀é", 2), first("ab", 5), first("ab", 0)), ("a😀", "ab", ""));
}

/// Pages made of such parts.
fn page() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[a-zé ]{0,6}",
        Just("&amp;".to_owned()),
        Just("&nbsp;".to_owned()),
        Just("e\u{301}".to_owned()),
        prop::sample::select(vec![
            "p", "b", "li", "div", "td", "tr", "table", "svg", "select", "h1", "br", "script", "x-y"
        ])
        .prop_flat_map(|name| prop::sample::select(vec![
            format!("<{name}>"),
            format!("</{name}>"),
            format!("<{name} hidden>"),
        ])),
    ];
    prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn the_text_is_normalised_whatever_the_page(page in page(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for text in [of_html(page.as_bytes()), of_html(&bytes)] {
            prop_assert!(!text.starts_with(' ') && !text.ends_with(' ') && !text.contains("  "));
            prop_assert!(!text.chars().any(|c| (c.is_whitespace() && c != ' ') || is_dropped(c)));
            prop_assert_eq!(of_plain(&text), text);
        }
    }

    #[test]
    fn bold_text_reads_as_plain_text(before in "[a-z ]{0,10}", word in "[a-z]{1,8}", after in "[a-z ]{0,10}") {
        let plain = of_html(format!("<p>{before}{word}{after}</p>").as_bytes());
        prop_assert_eq!(of_html(format!("<p>{before}<b><i>{word}</i></b>{after}</p>").as_bytes()), plain);
    }

    #[test]
    fn what_is_hidden_is_not_said(inside in "[a-z<>/ ]{0,20}") {
        let page = format!("before <div hidden>{}</div> after", inside.replace("</", "< "));
        prop_assert!(of_html(page.as_bytes()).starts_with("before"));
        let skipped = format!("before <svg>{}</svg> after", inside.replace(['<', '>'], " "));
        prop_assert_eq!(of_html(skipped.as_bytes()), "before after");
    }
}
