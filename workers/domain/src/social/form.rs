//! Forms as programs send them: either of the two kinds that HTML has, small ones, without files.

use crate::target::decode_form;

/// Most fields of one form.
const MAX_FIELDS: usize = 50;

/// The fields of `application/x-www-form-urlencoded`, in their order.
pub fn read(body: &str) -> Vec<(String, String)> {
    let pairs = body.trim_end_matches(['\r', '\n']).split('&').filter(|pair| !pair.is_empty()).take(MAX_FIELDS);
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode_form(name), decode_form(value)))
        .collect()
}

/// The fields of `multipart/form-data` that are texts.
pub fn read_multipart(content_type: &str, body: &[u8]) -> Vec<(String, String)> {
    let Some(boundary) = boundary(content_type) else { return Vec::new() };
    let body = String::from_utf8_lossy(body);
    let delimiter = format!("--{boundary}");
    body.split(delimiter.as_str()).skip(1).take(MAX_FIELDS).filter_map(part).collect()
}

fn boundary(content_type: &str) -> Option<String> {
    let at = content_type.to_ascii_lowercase().find("boundary=")?;
    let value = content_type.get(at + "boundary=".len()..)?.trim_start();
    let value = match value.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => value.split([';', ' ']).next()?,
    };
    (1..=70).contains(&value.len()).then(|| value.to_owned())
}

fn part(part: &str) -> Option<(String, String)> {
    let (head, value) = part.split_once("\r\n\r\n").or_else(|| part.split_once("\n\n"))?;
    let disposition = head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
    if disposition.contains("filename=") {
        return None;
    }
    let (_, after) = disposition.split_once(" name=")?;
    let name = after.strip_prefix('"').map_or_else(|| after.split(';').next(), |quoted| quoted.split('"').next())?;
    Some((name.to_owned(), value.trim_end_matches(['\r', '\n']).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn reads_both_kinds() {
        assert_eq!(
            read("source=https%3A%2F%2Fa.test%2F&target=x+y&&z\r\n"),
            [pair("source", "https://a.test/"), pair("target", "x y"), pair("z", "")]
        );
        let body = b"--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b\r\ncontent-disposition: form-data; name=f; filename=\"x\"\r\n\r\ny\r\n--b--\r\n";
        assert_eq!(read_multipart("multipart/form-data; boundary=b", body), [pair("List-Unsubscribe", "One-Click")]);
        assert_eq!(read_multipart("multipart/form-data; boundary=\"b\"", body).len(), 1);
        assert_eq!(read_multipart("multipart/form-data", body), []);
    }

    proptest! {
        #[test]
        fn reading_anything_ends(text in any::<String>(), kind in ".{0,40}", body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = (read(&text), read_multipart(&kind, &body), read_multipart("multipart/form-data; boundary=a", &body));
        }
    }
}
