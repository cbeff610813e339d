use super::*;
use proptest::prelude::*;
use std::collections::BTreeSet;

const NOW: i64 = 1_795_242_452_000;
const ALL: [Limit; 16] = [
    CODES_ADDRESS_NETWORK,
    CODES_ADDRESS,
    CODES_NETWORK,
    TRIES_ADDRESS_NETWORK,
    TRIES_NETWORK,
    SIGN_UPS,
    SOCIAL,
    AUTH,
    NAME_CHECKS,
    NAMES,
    UPLOADS,
    MESSAGES,
    WRITES,
    EXPORTS,
    LOOKS,
    LOOKS_DOMAIN,
];

fn email(typed: &str) -> Email {
    Email::parse(typed).unwrap()
}

fn network(address: &str) -> Network {
    Network::of(Some(address))
}

fn is_yes(taken: Taken) -> bool {
    matches!(taken, Taken::Yes { .. })
}

/// A bucket in use.
struct Bucket {
    limit: Limit,
    full_at: i64,
}

impl Bucket {
    fn new(limit: Limit) -> Self {
        Self { limit, full_at: 0 }
    }

    fn ask(&mut self, now: i64) -> Taken {
        let taken = take(self.full_at, now, self.limit);
        if let Taken::Yes { full_at } = taken {
            self.full_at = full_at;
        }
        taken
    }
}

#[test]
fn a_fresh_bucket_gives_its_burst_and_then_one_at_a_time() {
    let mut bucket = Bucket::new(CODES_ADDRESS_NETWORK);
    for _ in 0..5 {
        assert!(is_yes(bucket.ask(NOW)));
    }
    assert_eq!(bucket.ask(NOW), Taken::Wait { ms: MINUTE });
    assert_eq!(bucket.ask(NOW + MINUTE - 1), Taken::Wait { ms: 1 });
    assert!(is_yes(bucket.ask(NOW + MINUTE)));
    assert_eq!(bucket.ask(NOW + MINUTE), Taken::Wait { ms: MINUTE });
}

#[test]
fn each_limit_has_a_bucket_of_its_own_and_can_be_met() {
    let source = include_str!("../limit.rs");
    let named: Vec<_> = source.split("= limit(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let names: BTreeSet<_> = named.iter().copied().collect();
    assert_eq!(names.len(), named.len());
    assert!(named.len() > 40 && ALL.iter().all(|limit| names.contains(limit.name)));
    assert!(ALL.iter().all(|limit| limit.burst > 0 && limit.every_ms > 0));
    // The page that waits for a tag looks every five seconds for as long as it is open.
    const { assert!(LOOKS.every_ms < 5 * SECOND && LOOKS_DOMAIN.every_ms < 5 * SECOND) };
}

#[test]
fn an_address_is_one_however_it_is_written() {
    let key = Key::new(vec![7; 32]).unwrap();
    let name = |typed: &str| Subject::Address(&email(typed)).object_name(&key);
    for typed in ["Ann@X.test", "  ann@x.test ", "ann+1@x.test", "ANN+b+c@x.TEST"] {
        assert_eq!(name(typed), name("ann@x.test"), "{typed}");
    }
    assert_ne!(name("ann1@x.test"), name("ann@x.test"));
    assert!(!name("ann@x.test").contains("ann"));
}

#[test]
fn kinds_of_subjects_do_not_share_buckets() {
    let key = Key::new(vec![7; 32]).unwrap();
    let (ann, home) = (email("ann@x.test"), network("192.0.2.1"));
    let subjects = [
        Subject::Address(&ann),
        Subject::AddressAndNetwork(&ann, &home),
        Subject::Network(&home),
        Subject::Account("192.0.2.1"),
        Subject::Account("ann@x.test"),
        Subject::Domain("192.0.2.1"),
    ];
    let names: BTreeSet<_> = subjects.iter().map(|subject| subject.object_name(&key)).collect();
    assert_eq!(names.len(), subjects.len());
    let other = Key::new(vec![8; 32]).unwrap();
    assert_ne!(Subject::Network(&home).object_name(&key), Subject::Network(&home).object_name(&other));
}

#[test]
fn a_network_is_an_ipv4_address_or_a_64() {
    for (one, other) in [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"),
        ("2001:DB8:1:2::", "2001:0db8:0001:0002:0:0:0:9"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::ffff:c000:201", " 192.0.2.1 "),
    ] {
        assert_eq!(network(one), network(other), "{one} {other}");
    }
    for (one, other) in
        [("2001:db8:1:2::1", "2001:db8:1:3::1"), ("192.0.2.1", "192.0.2.2"), ("192.0.2.1", "::192.0.2.1"), ("::1", "")]
    {
        assert_ne!(network(one), network(other), "{one} {other}");
    }
    for nothing in ["", "unknown", "192.0.2", "192.0.2.1, 192.0.2.2", "fe80::1%eth0", "192.0.2.1:80"] {
        assert_eq!(network(nothing), Network::of(None), "{nothing}");
    }
}

#[test]
fn a_wait_in_words_is_never_shorter_than_the_wait() {
    for (wait_ms, said) in [
        (1, "1 second"),
        (1000, "1 second"),
        (1001, "2 seconds"),
        (39_001, "40 seconds"),
        (90_000, "90 seconds"),
        (90_001, "2 minutes"),
        (3_600_000, "60 minutes"),
        (5_400_001, "2 hours"),
    ] {
        assert_eq!(words(seconds(wait_ms)), said, "{wait_ms}");
    }
}

fn limits() -> impl Strategy<Value = Limit> {
    (1..40_i64, 1..100_000_i64).prop_map(|(burst, every_ms)| limit("any", burst, every_ms))
}

proptest! {
    /// In any stretch of time, however the requests fall.
    #[test]
    fn never_more_than_the_burst_and_one_for_each_step(limit in limits(), gaps in prop::collection::vec(0..200_000_i64, 1..80)) {
        let mut bucket = Bucket::new(limit);
        let (mut now, mut let_through) = (NOW, Vec::new());
        for gap in gaps {
            now += gap;
            if is_yes(bucket.ask(now)) {
                let_through.push(now);
            }
        }
        for (at, from) in let_through.iter().enumerate() {
            for (until, to) in let_through.iter().enumerate().skip(at) {
                let count = i64::try_from(until - at + 1).unwrap();
                prop_assert!(count <= limit.burst + (to - from) / limit.every_ms);
            }
        }
    }

    #[test]
    fn waiting_as_long_as_it_says_is_enough_and_less_is_not(limit in limits(), gaps in prop::collection::vec(0..5_000_i64, 1..80)) {
        let mut bucket = Bucket::new(limit);
        let mut now = NOW;
        for gap in gaps {
            now += gap;
            if let Taken::Wait { ms } = bucket.ask(now) {
                prop_assert!((1..=limit.every_ms).contains(&ms));
                prop_assert_eq!(take(bucket.full_at, now + ms - 1, limit), Taken::Wait { ms: 1 });
                let answer = take(bucket.full_at, now + ms, limit);
                prop_assert!(is_yes(answer));
                prop_assert!(seconds(ms) * 1000 >= ms);
            }
        }
    }

    #[test]
    fn asking_at_the_pace_of_the_limit_never_waits(limit in limits(), times in 1..200_i64) {
        let mut bucket = Bucket::new(limit);
        for step in 0..times {
            let answer = bucket.ask(NOW + step * limit.every_ms);
            prop_assert!(is_yes(answer));
        }
    }

    #[test]
    fn what_is_put_back_was_never_taken(limit in limits(), before in 0..50_i64, later in 0..100_000_i64) {
        let mut bucket = Bucket::new(limit);
        for _ in 0..before {
            bucket.ask(NOW);
        }
        let now = NOW + later;
        let untouched = take(bucket.full_at, now, limit);
        if let Taken::Yes { full_at } = untouched {
            prop_assert_eq!(take(put_back(full_at, limit), now, limit), untouched);
        }
    }

    /// Not even a clock that jumps back by years.
    #[test]
    fn no_bucket_is_closed_for_longer_than_one_step(limit in limits(), full_at in any::<i64>(), now in 0..NOW) {
        if let Taken::Wait { ms } = take(full_at, now, limit) {
            prop_assert!(ms <= limit.every_ms);
        }
    }
}
