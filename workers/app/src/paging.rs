//! Lists that are paged with `?limit=&cursor=` and `nextCursor`, newest first, along a growing number.

use vetka_edge::{Result, error};

/// How many entries a list has when nobody asks for another number.
const PAGE: i64 = 20;
/// How many it has at most.
const MAX_PAGE: i64 = 100;

/// Which page of a list is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    limit: i64,
    before: i64,
}

// The database takes numbers exactly up to here.
const _: () = assert!(Wanted::FIRST.before < 1 << 53);

impl Wanted {
    /// The newest entries.
    pub const FIRST: Self = Self { limit: PAGE, before: i64::MAX >> 10 };

    /// Reads `?limit=&cursor=`.
    ///
    /// # Errors
    /// 400 when either is not what we gave out.
    pub fn parse(limit: Option<&str>, cursor: Option<&str>) -> Result<Self> {
        let limit = match limit.map(str::parse) {
            None => PAGE,
            Some(Ok(limit)) if (1..=MAX_PAGE).contains(&limit) => limit,
            Some(_) => return Err(error::bad_request("invalid_limit", "A list has from 1 to 100 entries.")),
        };
        let before = match cursor.map(str::parse) {
            None => Self::FIRST.before,
            Some(Ok(before)) if (0..=Self::FIRST.before).contains(&before) => before,
            Some(_) => return Err(error::bad_request("invalid_cursor", "That is no place in this list.")),
        };
        Ok(Self { limit, before })
    }

    /// The number that all entries of the page are below.
    pub fn before(self) -> i64 {
        self.before
    }

    /// How many rows to read: one more than wanted tells whether there is a next page.
    pub fn to_fetch(self) -> i64 {
        self.limit + 1
    }

    /// Leaves the page's rows and gives the cursor of the next page, if there is one.
    pub fn cut<T>(self, rows: &mut Vec<T>, number: impl Fn(&T) -> i64) -> Option<String> {
        let wanted = usize::try_from(self.limit).unwrap_or_default();
        let more = rows.len() > wanted;
        rows.truncate(wanted);
        if more { rows.last().map(|row| number(row).to_string()) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::Wanted;

    #[test]
    fn a_page_has_from_1_to_100_entries() {
        assert_eq!(Wanted::parse(None, None).unwrap().limit, 20);
        assert_eq!(Wanted::parse(Some("100"), Some("7")).unwrap().before, 7);
        for limit in ["0", "101", "-1", "ten", ""] {
            assert_eq!(Wanted::parse(Some(limit), None).unwrap_err().code, "invalid_limit", "{limit}");
        }
        for cursor in ["-1", "x", "", "99999999999999999999"] {
            assert_eq!(Wanted::parse(None, Some(cursor)).unwrap_err().code, "invalid_cursor", "{cursor}");
        }
    }

    #[test]
    fn the_last_page_names_no_next_one() {
        let wanted = Wanted::parse(Some("2"), None).unwrap();
        let (mut more, mut last) = (vec![9, 8, 7], vec![9, 8]);
        assert_eq!(wanted.cut(&mut more, |row| *row).as_deref(), Some("8"));
        assert_eq!((more.len(), wanted.cut(&mut last, |row| *row)), (2, None));
    }
}
