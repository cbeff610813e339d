//! Whether a browser has the file already (RFC 9110, section 13).

/// Whether an `If-None-Match` header names this tag. Tags are compared weakly, as the RFC asks for this header.
pub fn none_match_names(header: &str, etag: &str) -> bool {
    if header.trim() == "*" {
        return true;
    }
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches([',', ' ', '\t']);
        let Some(quoted) = rest.strip_prefix("W/").unwrap_or(rest).strip_prefix('"') else { return false };
        // A comma inside the quotes belongs to the tag.
        let Some((tag, after)) = quoted.split_once('"') else { return false };
        if etag.strip_prefix('"').and_then(|bare| bare.strip_suffix('"')) == Some(tag) {
            return true;
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::none_match_names;

    /// Rows 2 to 9 of the case table for conditional requests.
    #[test]
    fn the_case_table_of_if_none_match() {
        let v1 = "\"v1\"";
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
            assert!(none_match_names(header, v1), "{header}");
        }
        for header in ["", "v1", "\"x\"", "\"x\", \"y\"", "\"v1", "w/\"v1\"", "\"a,\"v1\"", "\"v\"1\""] {
            assert!(!none_match_names(header, v1), "{header}");
        }
        assert!(none_match_names("\"a,b\"", "\"a,b\""));
    }
}
