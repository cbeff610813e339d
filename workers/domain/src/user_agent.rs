//! Which browser and which system a browser says it is, in words that its owner recognises. Small and honest: a browser
//! can say anything, versions change weekly, and what is not known is called unknown.

/// What a device looks like, for the drawing beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A telephone or a tablet.
    Handheld,
    /// A computer, and whatever else.
    Computer,
}

/// What a browser says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device {
    /// `Firefox`.
    pub browser: Option<&'static str>,
    /// `Windows`.
    pub system: Option<&'static str>,
    /// What it looks like.
    pub shape: Shape,
}

/// Marks in a browser's name for itself, the more particular first: nearly every browser also calls itself Chrome and
/// Safari, and once Mozilla.
const BROWSERS: &[(&str, &str)] = &[
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("OPT/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex Browser"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("Ddg/", "DuckDuckGo"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("HeadlessChrome/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Version/", "Safari"),
];

/// As above: Android also calls itself Linux, and an iPhone says that it is like Mac OS X.
const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS ", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
];

/// Reads a `User-Agent` header.
pub fn read(user_agent: &str) -> Device {
    let find = |marks: &[(&str, &'static str)]| {
        marks.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    // Programs name themselves and nothing else; what comes after `Mozilla/` is a browser.
    let browser = if user_agent.starts_with("Mozilla/") {
        // A `Version/` without Safari behind it is a view inside another app.
        find(BROWSERS).filter(|name| *name != "Safari" || user_agent.contains("Safari/"))
    } else {
        ["curl", "Wget"].into_iter().find(|program| user_agent.starts_with(&format!("{program}/")))
    };
    let system = find(SYSTEMS);
    let handheld = matches!(system, Some("iPhone" | "iPad" | "Android"));
    Device { browser, system, shape: if handheld { Shape::Handheld } else { Shape::Computer } }
}

impl Device {
    /// `Firefox on Windows`, `Safari on iPhone`, `A browser on Linux`, `An unknown browser`.
    pub fn words(&self) -> String {
        match (self.browser, self.system) {
            (Some(browser), Some(system)) => format!("{browser} on {system}"),
            (Some(browser), None) => browser.to_owned(),
            (None, Some(system)) => format!("A browser on {system}"),
            (None, None) => "An unknown browser".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_the_browsers_that_people_have() {
        for (user_agent, words) in [
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:150.0) Gecko/20100101 Firefox/150.0", "Firefox on Windows"),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15",
                "Safari on Mac",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/150.0 Mobile/15E148 Safari/604.1",
                "Chrome on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (Linux; Android 15; SM-S931B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/30.0 Chrome/140.0.0.0 Mobile Safari/537.36",
                "Samsung Internet on Android",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36 Edg/150.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36 OPR/120.0.0.0",
                "Opera on Linux",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/150.0.0.0 Safari/537.36",
                "Chrome on Linux",
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36",
                "Chrome on ChromeOS",
            ),
            ("Mozilla/5.0 (Linux; Android 15; Pixel 9 Build/X; wv) Version/4.0", "A browser on Android"),
            ("curl/8.14.1", "curl"),
            ("node", "An unknown browser"),
            ("", "An unknown browser"),
            ("<script>alert(1)</script>", "An unknown browser"),
        ] {
            assert_eq!(read(user_agent).words(), words, "{user_agent}");
        }
    }

    #[test]
    fn a_telephone_is_drawn_as_one() {
        assert_eq!(read("Mozilla/5.0 (iPhone; CPU)").shape, Shape::Handheld);
        assert_eq!(read("Mozilla/5.0 (Windows NT 10.0)").shape, Shape::Computer);
        assert_eq!(read("").shape, Shape::Computer);
    }

    proptest! {
        #[test]
        fn only_words_of_ours_come_out(user_agent in ".{0,80}") {
            let words = read(&user_agent).words();
            prop_assert!(words.len() < 40 && words.is_ascii());
        }
    }
}
