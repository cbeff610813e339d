//! Redirects that lead to each other: `/a` to `/b`, and `/b` back to `/a`.
//!
//! Each redirect is followed from where it leads, as a browser would, through rules and the addresses of files, until
//! nothing leads on. A way that comes to a place for the second time is a circle; so is one on which a rule holds again and
//! again while the address grows, as with `/blog/* /blog/new/:splat`. Of a circle's rules the last in the file is the one
//! that closed it, and is left out.
//!
//! What placeholders stand for is not known here. One value is tried for all of them, which finds what goes round for every
//! value. What goes round for one alone, by rules that all have placeholders, is not found here, and not followed when it
//! is served: see [`Manifest::redirect`].

use super::{Compiled, location, pattern, table::Writer};
use crate::Manifest;
use std::{collections::BTreeMap, fmt};

/// How often one rule may hold on a way. A path can be made shorter step by step.
const MOST_USES: usize = 8;
/// Steps of all ways together. What is written to lead nowhere in very many ways is not followed to its end.
const MOST_STEPS: usize = 8_000;
/// Of a place: not on the way, and nothing goes round from there.
const ARRIVES: usize = usize::MAX;
/// Of a place: not on the way any more, since a rule on it was taken out, or since the way was not followed to its end.
const UNKNOWN: usize = usize::MAX - 1;
/// Rules that a sentence names.
const MOST_NAMED: usize = 5;

/// Rules that lead to each other.
#[derive(Debug, PartialEq, Eq)]
pub struct Circle {
    /// The one that is left out, by its place in the order of the file.
    pub closed_by: u16,
    /// The paths of its rules, in the order in which visitors would come by, from the one that is left out.
    paths: Vec<String>,
    /// Whether the address would be another one each time.
    grows: bool,
}

impl fmt::Display for Circle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.paths.as_slice(), self.grows) {
            ([_], true) => f.write_str("it holds again where it leads, and so on without end."),
            ([_], false) => f.write_str("where it leads, visitors are sent back here."),
            (paths, _) => {
                f.write_str("it sends visitors round in a circle: ")?;
                for path in paths.iter().take(MOST_NAMED) {
                    write!(f, "{path} to ")?;
                }
                if paths.len() > MOST_NAMED {
                    write!(f, "{} others, and back to ", paths.len() - MOST_NAMED)?;
                }
                write!(f, "{}.", paths.first().map_or("", String::as_str))
            }
        }
    }
}

/// Takes out what closes a circle, and says which circles there were.
pub fn leave_out(writer: &mut Writer, files: &Manifest) -> Vec<Circle> {
    let all = files.with_rules(&Compiled(writer.finish()));
    let Some(rules) = all.rules() else { return Vec::new() };
    let mut search = Search { all: &all, gone: Vec::new(), places: BTreeMap::new(), steps: 0 };
    let mut circles = Vec::new();
    for rule in rules.redirects().filter(|rule| rule.status != 200) {
        let start = location::build(rule.to, rule.from, &pattern::example(rule.from), "");
        while !search.gone.contains(&rule.number)
            && let Some((numbers, grows)) = search.follow(&start)
        {
            let Some((at, closed_by)) = numbers.iter().copied().enumerate().max_by_key(|(_, number)| *number) else {
                break;
            };
            search.gone.push(closed_by);
            let (before, from) = numbers.split_at(at);
            let name = |number: &u16| {
                let named = rules.redirects().find(|rule| rule.number == *number);
                named.map_or_else(String::new, |rule| rule.from.to_owned())
            };
            circles.push(Circle { closed_by, paths: from.iter().chain(before).map(name).collect(), grows });
        }
    }
    writer.leave_out(&|number| search.gone.contains(&number));
    circles
}

/// A place on a way, and the rule by which it goes on from there; none when the site does so.
type Step = (String, Option<u16>);

struct Search<'a> {
    all: &'a Manifest,
    gone: Vec<u16>,
    /// Where on the way that is being followed a place was come by; [`ARRIVES`] for places from which visitors arrive.
    places: BTreeMap<String, usize>,
    steps: usize,
}

impl Search<'_> {
    /// Follows a way. Gives the rules of the circle that it ends in, in their order, and whether it grows.
    fn follow(&mut self, start: &str) -> Option<(Vec<u16>, bool)> {
        let mut way: Vec<Step> = Vec::new();
        let mut at = start.to_owned();
        let mut is_followed_to_its_end = true;
        let circle = loop {
            if self.steps == MOST_STEPS {
                break None;
            }
            self.steps += 1;
            let Some(place) = location::path_of(&at) else { break None };
            match self.places.get(place) {
                Some(&ARRIVES) => break None,
                None | Some(&UNKNOWN) => {}
                Some(&first) => break Some((rules_from(&way, first), false)),
            }
            let Some((number, to)) = self.all.next(place, &|number| !self.gone.contains(&number)) else { break None };
            if number.is_some() {
                let mut uses = way.iter().enumerate().rev().filter(|(_, (_, used))| *used == number).map(|(at, _)| at);
                if let (Some(last), Some(_)) = (uses.next(), uses.nth(MOST_USES - 2)) {
                    let grows = way.get(last).is_some_and(|(before, _)| before.len() < place.len());
                    is_followed_to_its_end = false;
                    break grows.then(|| (rules_from(&way, last), true));
                }
            }
            self.places.insert(place.to_owned(), way.len());
            way.push((place.to_owned(), number));
            at = to;
        };
        let known = if is_followed_to_its_end && circle.is_none() { ARRIVES } else { UNKNOWN };
        for (place, _) in way {
            self.places.insert(place, known);
        }
        circle
    }
}

fn rules_from(way: &[Step], at: usize) -> Vec<u16> {
    way.iter().skip(at).filter_map(|(_, number)| *number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        BlobHash, SitePath,
        lookup::{Found, Route, route},
        manifest::File,
        rules::{Warning, compile},
        settings::NotFound,
    };
    use proptest::prelude::*;

    fn version(redirects: &str) -> (Manifest, Vec<Warning>) {
        let names = ["index.html", "about.html", "new.html", "target.html"];
        let files: Vec<File> = names
            .iter()
            .map(|name| File { path: SitePath::parse(name).unwrap(), hash: BlobHash::of(name.as_bytes()), size: 1 })
            .collect();
        let files = Manifest::build(&files, &Compiled::default());
        let (compiled, warnings) = compile(Some(redirects.as_bytes()), None, &files);
        (files.with_rules(&compiled), warnings)
    }

    /// Warnings as `line: why`.
    fn warnings(redirects: &str) -> Vec<String> {
        let (_, warnings) = version(redirects);
        let why = |warning: &Warning| warning.message.strip_prefix("This line was left out: ").unwrap().to_owned();
        warnings.iter().map(|warning| format!("{}: {}", warning.line, why(warning))).collect()
    }

    /// Every rule as it stands, circles and all: what versions have that were published before circles were left out.
    fn unchecked(redirects: &str) -> Manifest {
        let (files, _) = version("");
        let (mut writer, mut warnings) = (Writer::default(), Vec::new());
        let mut lines = super::super::Lines::new("_redirects", &mut warnings);
        super::super::redirects::read(redirects, &mut lines, &mut writer);
        files.with_rules(&Compiled(writer.finish()))
    }

    fn answer(manifest: &Manifest, path: &str) -> String {
        match route(manifest, path, "", NotFound::Page) {
            Route::Redirect(redirect) => format!("{} {}", redirect.status, redirect.to),
            Route::Found(Found::File(entry)) => entry.path.to_owned(),
            Route::Found(Found::Moved(to)) => format!("moved {to}"),
            Route::Found(other) => format!("{other:?}"),
        }
    }

    #[test]
    fn a_circle_is_named_and_its_last_rule_left_out() {
        for (rules, expected) in [
            ("/a /b\n/b /a", "2: it sends visitors round in a circle: /b to /a to /b."),
            ("/a /b 301\n/x /new\n/b /c 308\n/c /a", "4: it sends visitors round in a circle: /c to /a to /b to /c."),
            ("/c /a\n/b /c\n\n/a /b", "4: it sends visitors round in a circle: /a to /b to /c to /a."),
            ("/a /b?x=1\n/b /a#y", "2: it sends visitors round in a circle: /b to /a to /b."),
            ("/in /a\n/a /b\n/b /a", "3: it sends visitors round in a circle: /b to /a to /b."),
            ("/a/* /b/:splat\n/b/:x /a/:x", "2: it sends visitors round in a circle: /b/:x to /a/* to /b/:x."),
            ("/* /about 301\n/about /new 302", "2: it sends visitors round in a circle: /about to /* to /about."),
            ("/b/home /a/home\n/a/:x /b/:x", "2: it sends visitors round in a circle: /a/:x to /b/home to /a/:x."),
            ("/blog/* /blog/new/:splat", "1: it holds again where it leads, and so on without end."),
            ("/a/* /b/x/:splat\n/b/* /a/:splat", "2: it sends visitors round in a circle: /b/* to /a/* to /b/*."),
            // The site sends everybody from /about.html and /about/ to /about.
            ("/about /about.html 301", "1: where it leads, visitors are sent back here."),
            ("/about /about/ 301", "1: where it leads, visitors are sent back here."),
            ("/ /index.html 302", "1: where it leads, visitors are sent back here."),
            ("/about /b\n/b /about.html", "2: it sends visitors round in a circle: /b to /about to /b."),
        ] {
            assert_eq!(warnings(rules), [expected], "{rules}");
        }
        // A way that is not followed to its end says nothing about the places on it.
        let deep = format!("/deep {}/p\n/x/* /:splat\n/p {}/p", "/x".repeat(10), "/x".repeat(7));
        let long =
            "3: it sends visitors round in a circle: /p to /x/* to /x/* to /x/* to /x/* to 3 others, and back to /p.";
        assert_eq!(warnings(&deep), [long]);
        let seven: String = (0..7).map(|n| format!("/{n} /{}\n", (n + 1) % 7)).collect();
        let named = "7: it sends visitors round in a circle: /6 to /0 to /1 to /2 to /3 to 2 others, and back to /6.";
        assert_eq!(warnings(&seven), [named]);
        let two = "/c /d\n/bad\n/d /c\n/a /b\n/b /a\n";
        let lines: Vec<u32> = version(two).1.iter().map(|warning| warning.line).collect();
        assert_eq!(lines, [2, 3, 5], "in the order of the file");
    }

    #[test]
    fn what_is_left_still_leads_on() {
        let (manifest, _) = version("/a /b\n/b /c\n/c /a\n/c/* /about\n");
        assert_eq!(answer(&manifest, "/a"), "302 /b");
        assert_eq!(answer(&manifest, "/b"), "302 /c");
        assert_eq!(answer(&manifest, "/c"), "NotFound(None)");
        assert_eq!(answer(&manifest, "/c/d"), "302 /about");
        // A rule for one path that is left out makes room for one that has a placeholder.
        let (manifest, _) = version("/a /b\n/b /a\n/:x /new");
        assert_eq!(answer(&manifest, "/b"), "302 /new");
    }

    #[test]
    fn what_arrives_is_no_circle() {
        let chain: String = (0..100).map(|n| format!("/{n} /{}\n", n + 1)).collect();
        let deep = format!("/x/* /:splat\n/deep {}/about", "/x".repeat(50));
        for rules in [
            "/* /about 301",
            "/* /:splat 301",
            "/a /b\n/b https://a.example/a",
            "/a /b\n/b /a 200",
            "/rw /rw2 200\n/rw2 /rw 200",
            "/a/* /b/:splat\n/b/x/* /a/:splat",
            "/en/* /:splat\n/de/* /en/:splat",
            &chain,
            &deep,
        ] {
            assert_eq!(warnings(rules), [""; 0], "{rules}");
        }
    }

    #[test]
    fn no_circle_is_followed_when_it_is_served() {
        for (rules, path, expected) in [
            ("/* /about 301", "/x", "301 /about"),
            ("/* /about 301", "/about", "about.html"),
            ("/* /:splat 301", "/about", "about.html"),
            ("/* /about 301\n/about /new 302", "/about", "about.html"),
            ("/rw /rw2 200\n/rw2 /target 200", "/rw", "NotFound(None)"),
            ("/about /about.html 200", "/about", "about.html"),
            // The site sends /about.html to /about, which Cloudflare would send back for ever.
            ("/about /about.html 301", "/about", "about.html"),
            ("/about /about/ 301", "/about", "about.html"),
            ("/ /index.html 302", "/", "index.html"),
            // But not when a rule leads on from there.
            ("/about /about.html 301\n/about.html /new", "/about", "301 /about.html"),
            ("/about /b\n/b /c\n/c /about", "/about", "about.html"),
            // Nor is anybody sent into one.
            ("/in /about\n/about /b\n/b /about", "/in", "NotFound(None)"),
            ("/about /b\n/b /about\n/a* /new", "/about", "302 /new"),
            ("/* /x/:splat", "/about", "about.html"),
        ] {
            assert_eq!(answer(&unchecked(rules), path), expected, "{rules}: {path}");
        }
    }

    /// However much is written to lead nowhere, it is read in a moment.
    #[test]
    fn many_circles_and_long_ways_are_read_in_bounded_time() {
        let one: String = (0..2_000).map(|n| format!("/{n} /{}\n", (n + 1) % 2_000)).collect();
        assert_eq!(warnings(&one).len(), 1);
        let pairs: String = (0..1_000).map(|n| format!("/a{n} /b{n}\n/b{n} /a{n}\n")).collect();
        assert_eq!(version(&pairs).1.len(), 50, "no more warnings than of anything else");
        let (manifest, _) = version(&pairs);
        assert!((0..1_000).all(|n| manifest.redirect(&format!("/b{n}"), "").is_none()));
        let long: String = (0..400).map(|n| format!("/p{n}/* /p{}/:splat/x{n}\n", n + 1)).collect();
        assert_eq!(warnings(&long), [""; 0]);
    }

    proptest! {
        /// Whoever follows arrives, whatever the rules are, left out or not.
        #[test]
        fn visitors_always_arrive(
            rules in "((/(a|b|:x|about|new)?(/(a|:y|\\*))?) /(a|b|:x|about\\.html|new/)?(/(a|:y|:splat|x/:splat))? 30[12378]\n){1,12}",
            start in "/(a|b|c|about|new)?(/(a|b|x/a))?",
        ) {
            for manifest in [version(&rules).0, unchecked(&rules)] {
                let mut at = start.clone();
                let arrives = (0..25).any(|_| match route(&manifest, &at, "", NotFound::Page) {
                    Route::Redirect(redirect) => {
                        at = redirect.to;
                        false
                    }
                    Route::Found(Found::Moved(to)) => {
                        at = to;
                        false
                    }
                    Route::Found(_) => true,
                });
                prop_assert!(arrives, "{} from {} in {}", at, start, rules);
            }
        }

        /// Without placeholders there is one way from every place: each circle loses its last rule, and nothing else is
        /// left out.
        #[test]
        fn of_plain_rules_exactly_what_closes_a_circle_is_left_out(targets in prop::collection::vec(0..12_usize, 12)) {
            let rules: Vec<(usize, usize)> = targets.into_iter().enumerate().filter(|(from, to)| from != to).collect();
            let to = |place: usize| rules.iter().find(|(from, _)| *from == place).map(|(_, to)| *to);
            let in_circle = |from: usize| {
                let mut way = vec![from];
                while let Some(next) = to(way[way.len() - 1]) {
                    if next == from {
                        return Some(way);
                    }
                    if way.contains(&next) {
                        break;
                    }
                    way.push(next);
                }
                None
            };
            let closes = |from: &usize| in_circle(*from).is_some_and(|way| way.iter().max() == Some(from));
            let text: String = rules.iter().map(|(from, to)| format!("/p{from} /p{to}\n")).collect();
            let (manifest, warnings) = version(&text);
            let expected: Vec<u32> = rules.iter().zip(1..).filter(|((from, _), _)| closes(from)).map(|(_, line)| line).collect();
            prop_assert_eq!(warnings.iter().map(|warning| warning.line).collect::<Vec<_>>(), expected);
            for (from, to) in &rules {
                let found = manifest.redirect(&format!("/p{from}"), "").map(|redirect| redirect.to);
                prop_assert_eq!(found, (!closes(from)).then(|| format!("/p{to}")));
            }
        }
    }
}
