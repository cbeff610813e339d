//! Pushes as git writes them, cut anywhere, and as git would never write them.

use super::pkt_line::{self, FLUSH};
use super::push::{End, MOST_PACK, Push, Step};
use super::refusal::Refusal;
use crate::team::branch::Branch;
use proptest::prelude::*;

pub(super) const OWN: &str = "refs/heads/vendi/session-a1";
const CAPS: &str = " report-status-v2 side-band-64k object-format=sha1 agent=git/2.47.3";
const OLD: &str = "7d1665144a3a975c05f1f43902ddaf084e784dbe";
const NEW: &str = "74730d410fcb6603ace96f1dc55ea6196122532d";
const ZERO: &str = "0000000000000000000000000000000000000000";

pub(super) fn branch() -> Branch {
    Branch::of("a1").unwrap()
}

/// A list of lines with its end.
fn list(lines: &[&str]) -> Vec<u8> {
    let mut bytes = Vec::new();
    lines.iter().for_each(|line| pkt_line::write(&mut bytes, line.as_bytes()));
    bytes.extend_from_slice(FLUSH);
    bytes
}

fn pack(length: usize) -> Vec<u8> {
    let mut pack = b"PACK\0\0\0\x02\0\0\0\0".to_vec();
    pack.resize(length, 9);
    pack
}

fn update(old: &str, new: &str, name: &str, caps: &str) -> String {
    format!("{old} {new} {name}\0{caps}")
}

/// What goes on, and how it ends.
fn run(push: &mut Push, body: &[u8], size: usize) -> (Vec<u8>, Result<End, Refusal>) {
    let mut on = Vec::new();
    for piece in body.chunks(size) {
        match push.feed(piece) {
            Ok(Step::Pass(bytes)) => on.extend_from_slice(&bytes),
            Ok(Step::Hold) => {}
            Err(refusal) => return (on, Err(refusal)),
        }
    }
    let end = push.end();
    (on, end)
}

fn read(body: &[u8]) -> (Vec<u8>, Result<End, Refusal>) {
    run(&mut Push::new(&branch(), MOST_PACK, None), body, usize::MAX)
}

/// What is said about a list that a pack follows.
fn verdict(lines: &[&str]) -> Result<End, Refusal> {
    let (on, end) = read(&[list(lines), pack(40)].concat());
    assert_eq!(on.is_empty(), end.is_err(), "nothing of a refused push goes on");
    end
}

#[test]
fn a_push_to_the_sessions_own_branch_goes_on_as_it_came() {
    for (old, new) in [(ZERO, NEW), (OLD, NEW)] {
        for lines in [
            vec![update(old, new, OWN, CAPS)],
            vec![update(old, new, OWN, " report-status\n")],
            vec![format!("{old} {new} {OWN}")],
            vec![format!("shallow {OLD}"), format!("shallow {NEW}\n"), update(old, new, OWN, CAPS)],
        ] {
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let body = [list(&lines), pack(5000)].concat();
            for size in [1, 2, 3, 7, 64, 997, usize::MAX] {
                let mut push = Push::new(&branch(), MOST_PACK, Some(body.len() as u64));
                assert_eq!(run(&mut push, &body, size), (body.clone(), Ok(End::Passed)), "{size}");
            }
        }
    }
}

#[test]
fn what_git_2_47_sent_is_read() {
    // Whole bodies of `git push`, kept as they came over HTTP.
    let create = include_bytes!("fixtures/create.push").as_slice();
    let force = include_bytes!("fixtures/force.push");
    for body in [create, force] {
        for size in [1, 11, usize::MAX] {
            assert_eq!(run(&mut Push::new(&branch(), MOST_PACK, None), body, size), (body.to_vec(), Ok(End::Passed)));
        }
        let mut push = Push::new(&Branch::of("b2").unwrap(), MOST_PACK, None);
        assert_eq!(run(&mut push, body, 11), (vec![], Err(Refusal::OtherBranch)));
    }
    let two = include_bytes!("fixtures/two-branches.push");
    assert_eq!(read(two), (vec![], Err(Refusal::OtherBranch)));
    assert_eq!(read(include_bytes!("fixtures/options.push")), (vec![], Err(Refusal::Options)));
    assert_eq!(read(include_bytes!("fixtures/delete.push")), (vec![], Err(Refusal::Delete)));
}

#[test]
fn the_verdict_comes_with_the_end_of_the_list() {
    let mut push = Push::new(&branch(), MOST_PACK, None);
    let list = list(&[&update(OLD, NEW, OWN, CAPS)]);
    let (before, last) = list.split_at(list.len() - 1);
    assert_eq!(push.feed(before), Ok(Step::Hold));
    assert_eq!(push.feed(last), Ok(Step::Pass(list.clone().into())));
    assert_eq!(push.feed(b"PACK"), Ok(Step::Pass(b"PACK".into())));
}

#[test]
fn any_other_branch_or_tag_is_refused() {
    for name in [
        "refs/heads/main",
        "refs/heads/vendi/session-a",
        "refs/heads/vendi/session-a11",
        "refs/heads/vendi/session-a1/x",
        "refs/heads/vendi/Session-a1",
        "refs/heads/../heads/vendi/session-a1",
        "refs/tags/vendi/session-a1",
        "refs/heads//vendi/session-a1",
        "vendi/session-a1",
        "HEAD",
        "refs/pull/1/head",
        "refs/heads/vendi/session-a1\u{301}",
    ] {
        assert_eq!(verdict(&[&update(OLD, NEW, name, CAPS)]), Err(Refusal::OtherBranch), "{name}");
        let own = update(OLD, NEW, OWN, CAPS);
        assert_eq!(verdict(&[&own, &format!("{OLD} {NEW} {name}")]), Err(Refusal::OtherBranch), "{name} as well");
    }
}

#[test]
fn what_would_do_more_than_move_the_branch_is_refused() {
    let zeros = "0".repeat(64);
    let long = "7d1665144a3a975c05f1f43902ddaf08".repeat(2);
    for (lines, refusal) in [
        (vec![update(OLD, ZERO, OWN, CAPS)], Refusal::Delete),
        (vec![update(ZERO, ZERO, OWN, CAPS)], Refusal::Delete),
        (vec![update(OLD, NEW, OWN, " report-status push-options")], Refusal::Options),
        (vec![update(OLD, NEW, OWN, " report-status push-cert=abc")], Refusal::Capability),
        (vec![update(OLD, NEW, OWN, " report-status frobnicate")], Refusal::Capability),
        (vec![update(OLD, NEW, OWN, " object-format=sha256")], Refusal::ObjectFormat),
        (vec![update(&zeros, &long, OWN, " object-format=sha256")], Refusal::ObjectFormat),
        (vec!["push-cert\0 report-status".into(), "certificate version 0.1\n".into()], Refusal::Certificate),
        (vec![update(OLD, NEW, OWN, CAPS), format!("{OLD} {NEW} {OWN}")], Refusal::Malformed),
    ] {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert_eq!(verdict(&lines), Err(refusal), "{lines:?}");
    }
}

#[test]
fn what_git_reads_in_another_way_than_we_might_is_refused() {
    let own = update(OLD, NEW, OWN, CAPS);
    for lines in [
        // Git reads capabilities after any command, and takes a tab for a separator.
        vec![own.clone(), update(OLD, NEW, OWN, " push-options")],
        vec![update(OLD, NEW, OWN, " agent=x\tpush-options")],
        vec![update(OLD, NEW, OWN, " agent=x\npush-options")],
        vec![update(OLD, NEW, OWN, " agent=x\0push-options")],
        vec![own.clone(), format!("shallow {OLD}")],
        vec![format!("shallow {OLD}\0push-options"), own.clone()],
        vec!["shallow x".into(), own.clone()],
        vec![format!("{OLD}  {NEW} {OWN}")],
        vec![format!("{OLD} {NEW}")],
        vec![format!("{OLD} {NEW} ")],
        vec![format!("{} {NEW} {OWN}", OLD.to_uppercase())],
        vec![format!("{OLD}\t{NEW}\t{OWN}")],
        vec![format!("{OLD} {NEW} {OWN}\nrefs/heads/main")],
        vec![format!("{OLD} {NEW} {OWN} ")],
        vec![format!("{OLD} {NEW} {OWN}\r\n")],
        vec!["\n".into(), own.clone()],
        vec!["push-option".into()],
    ] {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let said = verdict(&lines);
        assert_eq!(said, Err(Refusal::Malformed), "{lines:?}");
    }
    // An empty packet, which writing does not make.
    assert_eq!(read(&[b"0004".as_slice(), &list(&[&own]), &pack(40)].concat()).1, Err(Refusal::Malformed));
    // Git's loop ends at any packet that is no line.
    for mark in ["0001", "0002"] {
        let mut body = list(&[&own]);
        body.truncate(body.len() - 4);
        body.extend_from_slice(mark.as_bytes());
        assert_eq!(read(&body).1, Err(Refusal::Malformed), "{mark}");
    }
    for body in ["", "0", "0003", "zzzz", "PACK", "fff1"] {
        assert!(read(body.as_bytes()).1.is_err(), "{body:?}");
    }
}

#[test]
fn a_pack_has_to_follow_and_to_be_whole() {
    let own = list(&[&update(OLD, NEW, OWN, CAPS)]);
    assert_eq!(read(&own).1, Err(Refusal::Truncated));
    assert_eq!(read(&own[..60]).1, Err(Refusal::Truncated));
    assert_eq!(read(&[own.clone(), pack(31)].concat()).1, Err(Refusal::Truncated));
    assert_eq!(read(&[own.clone(), pack(32)].concat()).1, Ok(End::Passed));
    for start in [b"0000PACK\0\0\0\x02".as_slice(), b"PACK\0\0\0\x01", b"PACK\0\0\x01\x02", b"pack", b"000eci.skip=1"] {
        for size in [1, 5, usize::MAX] {
            let body = [own.clone(), start.to_vec(), vec![0; 40]].concat();
            let mut push = Push::new(&branch(), MOST_PACK, None);
            let (on, end) = run(&mut push, &body, size);
            assert_eq!(end, Err(Refusal::Malformed), "{start:?}");
            assert!(on.len() < own.len() + 8, "what follows the wrong byte stays");
        }
    }
}

#[test]
fn an_empty_list_is_git_asking_whether_it_would_be_let_in() {
    assert_eq!(read(FLUSH), (vec![], Ok(End::Probe)));
    assert_eq!(run(&mut Push::new(&branch(), MOST_PACK, Some(4)), FLUSH, 1), (vec![], Ok(End::Probe)));
    assert_eq!(read(b"0000x").1, Err(Refusal::Malformed));
    assert_eq!(run(&mut Push::new(&branch(), MOST_PACK, None), b"0000x", 4).1, Err(Refusal::Malformed));
    assert_eq!(read(&list(&[&format!("shallow {OLD}")])).1, Err(Refusal::Malformed));
}

#[test]
fn a_pack_that_is_too_large_is_stopped_where_it_passes_the_limit() {
    let own = list(&[&update(OLD, NEW, OWN, CAPS)]);
    let body = [own.clone(), pack(1001)].concat();
    for size in [1, 100, usize::MAX] {
        let (on, end) = run(&mut Push::new(&branch(), 1000, None), &body, size);
        assert_eq!(end, Err(Refusal::TooLarge(1000)));
        assert!(on.len() <= own.len() + 1000);
    }
    let whole = [own.clone(), pack(1000)].concat();
    assert_eq!(run(&mut Push::new(&branch(), 1000, Some(whole.len() as u64)), &whole, 64).1, Ok(End::Passed));
    // A body that says how long it is is not waited for, and the answer still names the branch.
    let mut push = Push::new(&branch(), 1000, Some(body.len() as u64));
    assert_eq!(push.feed(&own), Err(Refusal::TooLarge(1000)));
    let answer = String::from_utf8(push.answer(Refusal::TooLarge(1000)).body).unwrap();
    assert!(answer.contains(&format!("ng {OWN} a push may have 0 MB at most")), "{answer}");
}

#[test]
fn a_long_list_is_not_held_for_ever() {
    let lines: Vec<String> = (0..200).map(|at| format!("{OLD} {NEW} refs/heads/{at}")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert_eq!(verdict(&lines), Err(Refusal::TooManyCommands));
    let shallow = format!("shallow {OLD}");
    assert_eq!(verdict(&vec![shallow.as_str(); 6000]), Err(Refusal::TooManyCommands));
    let name = format!("{OLD} {NEW} refs/heads/{}", "x".repeat(60_000));
    assert_eq!(verdict(&[name.as_str(); 6]), Err(Refusal::TooManyCommands));
}

#[test]
fn every_branch_of_a_refused_push_is_named_in_the_answer() {
    let mut push = Push::new(&branch(), MOST_PACK, None);
    let lines =
        [update(OLD, NEW, OWN, CAPS), format!("{OLD} {NEW} refs/heads/main"), format!("{OLD} {NEW} refs/tags/v1")];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let refusal = push.feed(&list(&lines)).unwrap_err();
    assert_eq!(push.feed(b"PACK"), Err(refusal), "what is refused stays refused");
    assert_eq!(push.end(), Err(refusal));
    let answer = push.answer(refusal);
    assert_eq!((answer.status, answer.content_type), (200, "application/x-git-receive-pack-result"));
    let text = String::from_utf8(answer.body).unwrap();
    for name in [OWN, "refs/heads/main", "refs/tags/v1"] {
        assert!(text.contains(&format!("ng {name} a session may only push to its own branch\n")), "{text}");
    }
    assert!(text.contains("Push to vendi/session-a1.\n"), "{text}");
}

#[test]
fn a_name_cannot_write_lines_of_its_own_into_the_answer() {
    let mut push = Push::new(&branch(), MOST_PACK, None);
    let name = format!("refs/heads/x\nok {OWN}");
    let refusal = push.feed(&list(&[&update(OLD, NEW, &name, CAPS)])).unwrap_err();
    assert_eq!(refusal, Refusal::Malformed);
    assert!(!String::from_utf8(push.answer(refusal).body).unwrap().contains("ok refs"));
}

proptest! {
    #[test]
    fn whatever_passes_names_the_sessions_branch_first(
        lines in proptest::collection::vec(prop_oneof![
            Just(update(OLD, NEW, OWN, CAPS)), Just(format!("{OLD} {NEW} {OWN}")), Just(update(OLD, NEW, "refs/heads/main", "")),
            Just(format!("shallow {OLD}")), Just(update(OLD, ZERO, OWN, "")), "[ -~\\x00\\n]{0,60}",
        ], 0..5),
        size in 1usize..40,
    ) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let body = [list(&lines), pack(50)].concat();
        let (on, end) = run(&mut Push::new(&branch(), MOST_PACK, None), &body, size);
        if on.is_empty() {
            prop_assert!(end.is_err());
        } else {
            prop_assert_eq!(&on, &body);
            let commands: Vec<_> = lines.iter().filter(|line| !line.is_empty() && !line.starts_with("shallow ")).collect();
            prop_assert_eq!(commands.len(), 1);
            let expected = format!("{OLD} {NEW} {OWN}");
            prop_assert!(commands[0].trim_end().split('\0').next() == Some(expected.as_str()));
        }
    }

    #[test]
    fn no_bytes_make_it_panic_or_hold_too_much(bytes in proptest::collection::vec(any::<u8>(), 0..2000), size in 1usize..100) {
        let mut push = Push::new(&branch(), 1000, None);
        if let (_, Err(refusal)) = run(&mut push, &bytes, size) {
            prop_assert!(!push.answer(refusal).body.is_empty());
        }
    }
}
