//! What the conditions of a request make of its answer (RFC 9110, sections 13 and 14).
//!
//! A file is known by its entity tag alone. When it was last changed is nowhere written down, and would say less: a version
//! that is published again, or restored, holds old files with a new date. So conditions by date are ignored, as the RFC
//! has it for a file without one, and `If-Range` with a date does not hold.

use crate::range::{self, Span, Wanted};

/// The headers that can keep an answer short. Asked for only where there would be a file to answer with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    /// `If-Match`.
    pub if_match: Option<String>,
    /// `If-None-Match`.
    pub if_none_match: Option<String>,
    /// `Range`; of a GET only, since ranges mean nothing to other methods.
    pub range: Option<String>,
    /// `If-Range`; only beside `Range`.
    pub if_range: Option<String>,
}

/// How a file is answered.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// 200, all of it.
    Whole,
    /// 304: the browser has it.
    NotModified,
    /// 412: it is not what the request is about.
    Failed,
    /// 206: these.
    Parts(Vec<Span>),
    /// 416: only what is not there was asked for.
    Unsatisfiable,
}

impl Conditions {
    /// Decides for a file of `size` bytes with this strong tag, quotes and all.
    pub fn decide(&self, etag: &str, size: u64) -> Verdict {
        if self.if_match.as_deref().is_some_and(|header| !names(header, etag, Compare::Strongly)) {
            return Verdict::Failed;
        }
        if self.is_known(etag) {
            return Verdict::NotModified;
        }
        let Some(header) = &self.range else { return Verdict::Whole };
        // A date is no tag, and so never this one.
        if self.if_range.as_deref().is_some_and(|tag| tag.trim() != etag) {
            return Verdict::Whole;
        }
        match range::wanted(header, size) {
            Wanted::Whole => Verdict::Whole,
            Wanted::Parts(parts) => Verdict::Parts(parts),
            Wanted::Nothing => Verdict::Unsatisfiable,
        }
    }

    /// Whether nothing but this tag decides, and the browser has it.
    pub fn lists_only(&self, etag: &str) -> bool {
        let named = self.if_none_match.as_deref().is_some_and(|header| header.trim() != "*");
        named && self.if_match.is_none() && self.is_known(etag)
    }

    fn is_known(&self, etag: &str) -> bool {
        self.if_none_match.as_deref().is_some_and(|header| names(header, etag, Compare::Weakly))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Compare {
    /// A weak tag names nothing.
    Strongly,
    /// `W/"x"` names `"x"`.
    Weakly,
}

/// Whether a list of tags names this one.
fn names(header: &str, etag: &str, compare: Compare) -> bool {
    if header.trim() == "*" {
        return true;
    }
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches([',', ' ', '\t']);
        let weak = rest.strip_prefix("W/");
        let Some(quoted) = weak.unwrap_or(rest).strip_prefix('"') else { return false };
        // A comma inside the quotes belongs to the tag.
        let Some((tag, after)) = quoted.split_once('"') else { return false };
        let counts = weak.is_none() || compare == Compare::Weakly;
        if counts && etag.strip_prefix('"').and_then(|bare| bare.strip_suffix('"')) == Some(tag) {
            return true;
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V1: &str = "\"v1\"";

    fn asking(headers: &[(&str, &str)]) -> Conditions {
        let find =
            |wanted: &str| headers.iter().find(|(name, _)| *name == wanted).map(|(_, value)| (*value).to_owned());
        Conditions { if_match: find("im"), if_none_match: find("inm"), range: find("range"), if_range: find("ir") }
    }

    fn first(count: u64) -> Verdict {
        Verdict::Parts(vec![Span { start: 0, end: count }])
    }

    /// Rows 2 to 9.
    #[test]
    fn the_case_table_of_if_none_match() {
        for header in [
            "\"v1\"",
            "W/\"v1\"",
            "\"x\", \"v1\"",
            "*",
            " * ",
            "\"x\", ,W/\"v1\"",
            "\"a,b\", \"v1\"",
            "\"x\",\"v1\",\"y\"",
        ] {
            assert_eq!(asking(&[("inm", header)]).decide(V1, 100), Verdict::NotModified, "{header}");
        }
        for header in ["", "v1", "\"x\"", "\"x\", \"y\"", "\"v1", "w/\"v1\"", "\"a,\"v1\"", "\"v\"1\""] {
            assert_eq!(asking(&[("inm", header)]).decide(V1, 100), Verdict::Whole, "{header}");
        }
        assert!(asking(&[("inm", "\"a,b\"")]).is_known("\"a,b\""));
        assert!(asking(&[("inm", "\"x\", W/\"v1\"")]).lists_only(V1));
        for undecided in [vec![("inm", "*")], vec![("inm", "\"x\"")], vec![("inm", "\"v1\""), ("im", "*")], vec![]] {
            assert!(!asking(&undecided).lists_only(V1), "{undecided:?}");
        }
    }

    /// Rows 19 to 24. Rows 12, 13 and 18 are about methods that a site does not take, 14 to 17 and 25 to 27 about dates.
    #[test]
    fn the_case_table_of_if_match() {
        for (headers, expected) in [
            (vec![("im", "\"v1\"")], Verdict::Whole),
            (vec![("im", "\"x\", \"v1\"")], Verdict::Whole),
            (vec![("im", "W/\"v1\"")], Verdict::Failed),
            (vec![("im", "\"x\"")], Verdict::Failed),
            (vec![("im", "*")], Verdict::Whole),
            (vec![("im", "\"x\""), ("inm", "\"v1\"")], Verdict::Failed),
            (vec![("im", "\"v1\""), ("inm", "\"v1\"")], Verdict::NotModified),
        ] {
            assert_eq!(asking(&headers).decide(V1, 100), expected, "{headers:?}");
        }
    }

    /// Rows 55 to 67.
    #[test]
    fn the_case_table_of_if_range_and_of_several_conditions() {
        let range = ("range", "bytes=0-4");
        for (headers, expected) in [
            (vec![range, ("ir", "\"v1\"")], first(5)),
            (vec![range, ("ir", "\"x\"")], Verdict::Whole),
            (vec![range, ("ir", "W/\"v1\"")], Verdict::Whole),
            (vec![range, ("ir", "Wed, 01 Jul 2026 10:00:00 GMT")], Verdict::Whole),
            (vec![("range", "bytes=200-"), ("ir", "\"x\"")], Verdict::Whole),
            (vec![("range", "bytes=200-"), ("ir", "\"v1\"")], Verdict::Unsatisfiable),
            (vec![("ir", "\"v1\"")], Verdict::Whole),
            (vec![range, ("inm", "\"v1\"")], Verdict::NotModified),
            (vec![range, ("inm", "\"x\"")], first(5)),
            (vec![range, ("im", "\"x\"")], Verdict::Failed),
            (vec![range, ("ir", "\"v1\""), ("inm", "\"v1\"")], Verdict::NotModified),
        ] {
            assert_eq!(asking(&headers).decide(V1, 100), expected, "{headers:?}");
        }
    }
}
