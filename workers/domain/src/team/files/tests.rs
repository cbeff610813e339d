use super::*;
use proptest::prelude::*;

fn patterns(lines: &[&str]) -> Patterns {
    Patterns::parse(lines.iter().copied()).unwrap()
}

fn allows(lines: &[&str], path: &str) -> bool {
    check(&patterns(lines), &[Change { path, previous: None }]) == Verdict::Allowed
}

#[test]
fn patterns_match_as_in_gitignore() {
    for (pattern, yes, no) in [
        // A name alone is meant everywhere.
        ("*.css", &["a.css", "x/y/a.css", ".css"][..], &["a.scss", "a.css.map", "A.CSS"][..]),
        ("index.html", &["index.html", "a/index.html"], &["xindex.html", "index.htm"]),
        // A folder means what is in it.
        ("public", &["public", "public/a", "x/public/a/b"], &["publics/a", "republic"]),
        ("public/", &["public/a", "x/public/a/b"], &["public"]),
        // A path is meant from the top.
        ("/index.html", &["index.html"], &["a/index.html"]),
        ("src/*.ts", &["src/a.ts", "src/.ts"], &["src/a/b.ts", "x/src/a.ts", "src/a.tsx"]),
        ("src/*", &["src/a", "src/a/b"], &["src", "srca"]),
        ("./src/**", &["src/a", "src/a/b/c"], &["src", "x/src/a"]),
        ("src/**/*.ts", &["src/a.ts", "src/a/b/c.ts"], &["src/a.js", "a.ts", "srca.ts"]),
        ("**/test/**", &["test/a", "x/test/a/b"], &["test", "testa/b"]),
        ("**/a.txt", &["a.txt", "x/y/a.txt"], &["ba.txt"]),
        ("**", &["a", "a/b/c"], &[]),
        ("a**b", &["ab", "axxb"], &["a/b"]),
        ("a/**/b", &["a/b", "a/x/b", "a/x/y/b"], &["ab", "a/xb", "x/a/b"]),
        // One character, some characters, one of several words.
        ("?.md", &["a.md", "é.md"], &["ab.md", ".md"]),
        ("src/?", &["src/a"], &["src/", "src/ab"]),
        ("[a-c0].md", &["a.md", "c.md", "0.md"], &["d.md", "-.md"]),
        ("[!a-c].md", &["d.md"], &["a.md"]),
        ("[]x-].md", &["].md", "x.md", "-.md"], &["a.md"]),
        ("src/[^x]", &["src/a"], &["src/x"]),
        ("{src,app}/**/*.{ts,tsx}", &["src/a.ts", "app/x/y.tsx"], &["lib/a.ts", "src/a.js"]),
        ("a{,b{c,d}}e", &["ae", "abce", "abde"], &["abe", "abcde"]),
        ("{a/b,c}/d", &["a/b/d", "c/d"], &["b/d", "x/c/d"]),
        // The character itself.
        ("\\*.md", &["*.md"], &["a.md"]),
        ("\\!a", &["!a"], &["a"]),
        ("a,b", &["a,b"], &["a"]),
        ("docs/новости/*.md", &["docs/новости/раз.md"], &["docs/новост/раз.md"]),
    ] {
        for path in yes {
            assert!(allows(&[pattern], path), "{pattern} names {path}");
        }
        for path in no {
            assert!(!allows(&[pattern], path), "{pattern} does not name {path}");
        }
    }
}

#[test]
fn an_exclusion_holds_in_whatever_order() {
    for lines in [["src/**", "!src/secret/**"], ["!src/secret/**", "src/**"]] {
        assert!(allows(&lines, "src/a.ts"));
        assert!(!allows(&lines, "src/secret/a.ts"));
    }
    assert!(allows(&["!*.lock"], "anything.txt"), "with exclusions alone, all else is allowed");
    assert!(!allows(&["!*.lock"], "x/yarn.lock"));
    assert!(allows(&["", "  ", "# styles", " *.css "], "a.css"));
    assert!(allows(&[], "anything/at/all.txt"));
}

#[test]
fn what_cannot_be_read_is_said_in_words() {
    for (line, problem) in [
        ("!", Problem::Empty),
        ("/", Problem::Empty),
        ("src//a", Problem::Slashes),
        ("src/../a", Problem::Dots),
        ("..", Problem::Dots),
        ("[ab", Problem::Bracket),
        ("[]", Problem::Bracket),
        ("[z-a]", Problem::Range),
        ("{a,b", Problem::Brace),
        ("a}", Problem::Brace),
        ("{{{{a}}}}", Problem::Deep),
        ("{**/a,b}", Problem::StarsInBraces),
        ("a\\", Problem::Backslash),
        ("src/**, public/**", Problem::Comma),
        ("a\u{7}b", Problem::Control),
        (&"a".repeat(201), Problem::TooLong),
    ] {
        let wrong = Patterns::parse([line]).unwrap_err();
        assert_eq!(wrong.problem, problem, "{line}");
        assert!(wrong.sentence().starts_with("The pattern “") && wrong.sentence().ends_with('.'));
    }
    let many = vec!["a"; MOST_PATTERNS + 1];
    assert_eq!(Patterns::parse(many).unwrap_err().problem, Problem::TooMany);
    let long = "a".repeat(150);
    assert_eq!(Patterns::parse(vec![long.as_str(); 40]).unwrap_err().problem, Problem::TooMany);
    let wrong = Patterns::parse(["*.css", "[ab"]).unwrap_err();
    assert_eq!(wrong.sentence(), "The pattern “[ab” has a [ without its ]. Write \\[ for the character itself.");
}

#[test]
fn what_nobody_means_by_everything_has_to_be_named() {
    for path in [
        ".github/workflows/ci.yml",
        ".GitHub/Workflows/ci.yml",
        ".github/actions/a/action.yml",
        ".env",
        ".env.local",
        "app/.env",
        "app/.ENV",
        ".envrc",
        ".npmrc",
        "certs/server.pem",
        "id_rsa",
        ".gitmodules",
        "CODEOWNERS",
        "docs/CODEOWNERS",
        ".husky/pre-commit",
        ".husky",
        ".vscode/tasks.json",
        ".claude/settings.json",
        ".circleci/config.yml",
        "Jenkinsfile",
    ] {
        for lines in [&[][..], &["**"], &["*"], &["**/*"], &["/*", ".*/**", ".github/**"], &["src/**"]] {
            assert!(!allows(lines, path), "{path} with {lines:?}");
        }
        assert!(allows(&["src/**", path], path), "{path} by its name");
        assert!(!allows(&[path, &format!("!{path}")], path), "{path} by its name, but excluded");
    }
    assert!(allows(&[".github/workflows/**"], ".github/workflows/ci.yml"));
    assert!(allows(&["**/.env.example"], "app/.env.example"));
    assert!(!allows(&["**/.env.example"], "app/.env"));
    for path in [".git/config", "a/.git/hooks/pre-commit", ".git", ".GIT/config"] {
        assert!(!allows(&[path, ".git/**"], path), "{path}");
    }
    for path in ["src/environment.ts", "docs/env.md", "keys.ts", "github/workflows/a", ".gitignore", "a.keynote"] {
        assert!(allows(&[], path), "{path}");
    }
}

#[test]
fn a_renamed_file_counts_in_both_places_and_is_said_once() {
    let styles = patterns(&["*.css"]);
    let renamed = Change { path: "b.css", previous: Some("package.json") };
    let plain = Change { path: "package.json", previous: None };
    let Verdict::Outside(outside) = check(&styles, &[renamed, plain]) else { panic!("allowed") };
    assert_eq!(outside, [Outside { path: "package.json".into(), why: Why::NotAllowed }]);
    assert_eq!(
        outside[0].sentence(),
        "a settings file (package.json): this project’s settings do not allow changes there"
    );
    assert_eq!(check(&styles, &[Change { path: "b.css", previous: Some("a.css") }]), Verdict::Allowed);
    assert_eq!(check(&styles, &[]), Verdict::Allowed);
}

#[test]
fn what_cannot_be_known_is_not_allowed() {
    let change = Change { path: "a.css", previous: None };
    assert_eq!(check(&Patterns::default(), &vec![change; MOST_FILES]), Verdict::TooMany);
    for path in ["", "/etc/passwd", "a//b", "../a", "a/./b", "a\0b", "a\nb", &"a".repeat(1001)] {
        assert!(!allows(&[], path), "{path:?}");
    }
}

#[test]
fn files_have_names_for_people() {
    for (path, words) in [
        ("package.json", "a settings file (package.json)"),
        ("src/styles/site.css", "the styles (site.css)"),
        ("public/logo.PNG", "a picture (logo.PNG)"),
        ("pages/about.html", "a page (about.html)"),
        ("src/Header.tsx", "a part of a page (Header.tsx)"),
        ("src/Header.test.tsx", "a test (Header.test.tsx)"),
        ("vite.config.ts", "a settings file (vite.config.ts)"),
        ("yarn.lock", "the list of installed packages (yarn.lock)"),
        (".github/workflows/ci.yml", "an automation (ci.yml)"),
        ("db/migrate/1_a.rb", "a change of the database (1_a.rb)"),
        ("src/main.rs", "a part of the program (main.rs)"),
        ("LICENSE", "a file (LICENSE)"),
        ("a/\u{202e}gpj.x", "a file (gpj.x)"),
        ("a/", "a file"),
    ] {
        assert_eq!(describe(path), words);
    }
    assert!(describe(&"a".repeat(300)).chars().count() < 75);
}

/// The plainest matcher there is, for the parts of the language that it can do.
fn slow(pattern: &[char], path: &[char]) -> bool {
    match (pattern, path) {
        ([], []) => true,
        (['*', rest @ ..], _) => {
            slow(rest, path) || path.split_first().is_some_and(|(c, tail)| *c != '/' && slow(pattern, tail))
        }
        (['?', rest @ ..], [c, tail @ ..]) if *c != '/' => slow(rest, tail),
        ([p, rest @ ..], [c, tail @ ..]) if p == c && *p != '?' => slow(rest, tail),
        _ => false,
    }
}

#[test]
fn many_stars_take_no_time() {
    let line = format!("/{}b", "*a".repeat(90));
    let path = "a".repeat(1000);
    assert!(!allows(&[&line], &path));
    let line = format!("{}b", "**/a*/".repeat(30));
    assert!(!allows(&[&line], &"a/".repeat(499)[..997]));
    let line = "{a,aa}".repeat(33);
    assert!(!allows(&[&line], &path));
}

proptest! {
    #[test]
    fn it_agrees_with_a_matcher_that_tries_everything(parts in proptest::collection::vec("[ab?]{0,2}\\*?[ab?]{1,2}", 1..4), path in "[ab]{1,4}(/[ab]{1,4}){0,3}", folder: bool) {
        let pattern = format!("/{}{}", parts.join("/"), if folder { "/" } else { "" });
        let Ok(patterns) = Patterns::parse([pattern.as_str()]) else { return Ok(()) };
        let wanted: Vec<char> = pattern.trim_matches('/').chars().collect();
        let path_chars: Vec<char> = path.chars().collect();
        let ends = (1..=path.len()).filter(|end| *end == path.len() || path_chars[*end] == '/');
        let expected = ends
            .filter(|end| *end < path.len() || !pattern.ends_with('/'))
            .any(|end| slow(&wanted, &path_chars[..end]));
        prop_assert_eq!(patterns.refuse(&path).is_none(), expected);
    }

    #[test]
    fn anything_is_read_or_refused_in_words(line in "(?s).{0,60}", odd in "[\\[\\]{}*?,/!a\\\\^-]{0,40}", path in "(?s).{0,80}") {
        for line in [line, odd] {
            match Patterns::parse([line.as_str()]) {
                Ok(patterns) => { check(&patterns, &[Change { path: &path, previous: Some("a/b") }]); }
                Err(wrong) => prop_assert!(wrong.sentence().ends_with('.')),
            }
        }
        prop_assert!(!describe(&path).is_empty());
    }

    #[test]
    fn a_plain_path_names_itself_and_nothing_beside(path in "[a-z]{1,5}(/[a-z]{1,5}){1,3}", other in "[a-z]{1,5}(/[a-z]{1,5}){1,3}") {
        prop_assert!(allows(&[&path], &path));
        let under = other.starts_with(&format!("{path}/")) || other == path;
        prop_assert_eq!(allows(&[&path], &other), under);
    }
}

#[test]
fn a_refusal_names_a_few_and_counts_the_rest() {
    let outside = |count: usize| -> Vec<Outside> {
        (0..count).map(|at| Outside { path: format!("lib/{at}.ts"), why: Why::NotAllowed }).collect()
    };
    let one = refusal(&outside(1));
    assert!(
        one.contains("a part of the program (0.ts): this project’s settings do not allow changes there. Leave it out"),
        "{one}"
    );
    assert!(
        refusal(&outside(4)).contains("(2.ts): this project’s settings do not allow changes there; and one more file.")
    );
    assert!(refusal(&outside(9)).contains("; and 6 more files."));
}
