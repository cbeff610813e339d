use super::*;
use proptest::prelude::*;

fn frame(flags: u8, json: &str) -> Vec<u8> {
    let mut bytes = envelope(json.as_bytes());
    bytes[0] = flags;
    bytes
}

/// A stream with everything in it: Go's spaces, a keepalive, an unknown event, a piece of a character.
fn stream() -> Vec<u8> {
    [
        frame(0, r#"{"event": {"start":{"pid":860}}}"#),
        frame(0, r#"{"event":{"keepalive":{}}}"#),
        frame(0, r#"{"event":{"data":{"stdout":"aGkK"}}}"#),
        frame(0, r#"{"event":{"data":{"stderr":"ww=="}}}"#),
        frame(0, r#"{"event":{"data":{"pty":"G1s="}}}"#),
        frame(0, r#"{"event":{"novelty":{}}}"#),
        frame(0, r#"{"event":{"end":{"exited":true,  "status":"exit status 0"}}}"#),
        frame(2, "{}"),
    ]
    .concat()
}

fn told() -> Vec<Item> {
    let ended = Ended { code: 0, exited: true, status: "exit status 0".to_owned() };
    vec![
        Item::Event(Event::Start(860)),
        Item::Event(Event::Stdout(b"hi\n".to_vec())),
        Item::Event(Event::Stderr(vec![0xc3])),
        Item::Event(Event::End(ended)),
        Item::Over(None),
    ]
}

#[test]
fn a_stream_is_read_to_its_end() {
    let mut reader = Reader::default();
    assert_eq!(reader.feed(&stream()).unwrap(), told());
    assert!(reader.is_over());
}

#[test]
fn a_stream_that_stops_before_its_end_is_not_over() {
    let whole = stream();
    for length in 0..whole.len() {
        let mut reader = Reader::default();
        reader.feed(&whole[..length]).unwrap();
        assert!(!reader.is_over(), "{length}");
    }
}

#[test]
fn ends_tell_how_it_went() {
    let end = |json: &str| match Reader::default().feed(&frame(0, json)).unwrap().pop() {
        Some(Item::Event(Event::End(ended))) => ended,
        other => panic!("{other:?}"),
    };
    let ended =
        end(r#"{"event":{"end":{"exitCode":4,"exited":true,"status":"exit status 4","error":"exit status 4"}}}"#);
    assert_eq!((ended.code, ended.exited, ended.is_success()), (4, true, false));
    let ended = end(r#"{"event":{"end":{"exitCode":-1,"status":"signal: killed","error":"signal: killed"}}}"#);
    assert_eq!((ended.code, ended.exited, ended.is_success()), (-1, false, false));
    assert!(end(r#"{"event":{"end":{"exited":true}}}"#).is_success());
}

#[test]
fn a_refusal_is_in_the_last_frame() {
    let mut reader = Reader::default();
    let items =
        reader.feed(&frame(2, r#"{"error":{"code":"not_found","message":"no process"},"metadata":{}}"#)).unwrap();
    let refusal = Refusal { code: "not_found".to_owned(), message: "no process".to_owned() };
    assert_eq!(items, [Item::Over(Some(refusal))]);
    assert!(reader.is_over());
}

#[test]
fn what_is_no_such_stream_is_refused() {
    for bytes in [
        frame(0, "<html>"),
        frame(1, "{}"),
        frame(2, "nothing"),
        frame(0, r#"{"event":{"data":{"stdout":"no base64!"}}}"#),
        frame(0, r#"{"event":{"start":{"pid":"many"}}}"#),
        vec![0, 0xff, 0xff, 0xff, 0xff],
        b"HTTP/1.1 502 Bad Gateway".to_vec(),
    ] {
        assert!(Reader::default().feed(&bytes).is_err(), "{bytes:?}");
    }
    let mut reader = Reader::default();
    reader.feed(&stream()).unwrap();
    assert!(reader.feed(&frame(2, "{}")).is_err());
}

#[test]
fn what_was_whole_comes_before_what_is_broken() {
    let mut reader = Reader::default();
    let bytes = [frame(0, r#"{"event":{"start":{"pid":1}}}"#), vec![0, 0xff, 0xff, 0xff, 0xff]].concat();
    assert_eq!(reader.feed(&bytes).unwrap(), [Item::Event(Event::Start(1))]);
    assert!(reader.feed(&[]).is_err());
}

#[test]
fn our_proxy_is_in_reach_by_its_host() {
    assert_eq!(reach("https://proxy.vetka.sh", ""), Some(vec!["proxy.vetka.sh"]));
    assert_eq!(reach("http://127.0.0.1:8787", " a.test  b.test "), Some(vec!["127.0.0.1", "a.test", "b.test"]));
    assert_eq!(reach("https://proxy.vetka.sh", "*"), None);
}

proptest! {
    #[test]
    fn any_cutting_gives_the_same_events(mut cuts in proptest::collection::vec(0usize..600, 0..40)) {
        let whole = stream();
        cuts.retain(|at| *at <= whole.len());
        cuts.extend([0, whole.len()]);
        cuts.sort_unstable();
        let mut reader = Reader::default();
        let mut items = Vec::new();
        for pair in cuts.windows(2) {
            items.extend(reader.feed(&whole[pair[0]..pair[1]]).unwrap());
        }
        prop_assert_eq!(items, told());
        prop_assert!(reader.is_over());
    }

    #[test]
    fn whatever_comes_nothing_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Reader::default().feed(&bytes);
    }
}
