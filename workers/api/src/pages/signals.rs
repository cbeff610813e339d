//! The eight signals and the comment, drawn as in `notch/src/signals.ts`; the test below holds the two together. Colours
//! are those of the two families, the same in both schemes and on every site.

use maud::{Markup, html};
use vetka_domain::social::signal::{Family, Signal};

/// A shape with a soft tint, lines that are only stroked, and where a dot is.
type Drawing = (&'static str, &'static str, Option<u8>);

/// Draws a signal. Decoration: its words stand beside it.
pub fn signal(signal: Signal) -> Markup {
    let (shape, lines, dot) = drawing(signal);
    let (color, fill, opacity) = match signal.family() {
        Family::Coral => ("#E8543A", "#FDDCCC", "1"),
        Family::Sage => ("#6B8C7D", "#6B8C7D", "0.2"),
    };
    html! {
        svg.signal viewBox="0 0 24 24" width="24" height="24" fill="none" stroke=(color) stroke-width="1.5"
            stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false" {
            path d=(shape) fill=(fill) fill-opacity=(opacity) {}
            @if !lines.is_empty() { path d=(lines) {} }
            @if let Some(y) = dot { circle cx="12" cy=(y) r="1.5" fill=(color) stroke="none" {} }
        }
    }
}

fn drawing(signal: Signal) -> Drawing {
    match signal {
        Signal::Heart => (
            "M12 20c-4.6-3.4-8.6-6.6-8.6-10.8a4.7 4.7 0 0 1 8.6-2.5 4.7 4.7 0 0 1 8.6 2.5c0 4.2-4 7.4-8.6 10.8z",
            "",
            None,
        ),
        Signal::Star => ("M12 3.4l2.7 5.6 6.1.9-4.4 4.2 1.1 6.1-5.5-2.9-5.5 2.9 1.1-6.1-4.4-4.2 6.1-.9z", "", None),
        Signal::Fire => (
            "M12.4 3c.2 4.2 5.9 6 5.9 11.5a6.3 6.3 0 0 1-12.6 0c0-2.5 1.2-4.4 2.8-5.7.1 1.5.6 2.5 1.6 3.1-.1-3.3.4-6.7 2.3-8.9z",
            "M12.2 14.4c1.2.8 1.9 1.6 1.9 2.8",
            None,
        ),
        Signal::Wow => {
            ("M12 3.2a2.3 2.3 0 0 1 2.3 2.5l-.8 6.9a1.5 1.5 0 0 1-3 0l-.8-6.9a2.3 2.3 0 0 1 2.3-2.5z", "", Some(19))
        }
        Signal::Like => (
            "M7.6 11l3.5-7.1a2.3 2.3 0 0 1 2.5 2.3v3.4h4.6a2.1 2.1 0 0 1 2.1 2.4l-1.1 6.2a2.1 2.1 0 0 1-2.1 1.8h-9.5z",
            "M7.6 20h-2.4a1.5 1.5 0 0 1-1.5-1.5v-6a1.5 1.5 0 0 1 1.5-1.5h2.4",
            None,
        ),
        Signal::Idea => (
            "M9.3 17.2c0-1.7-.6-2.5-1.6-3.7a6 6 0 1 1 8.6 0c-1 1.2-1.6 2-1.6 3.7z",
            "M10.2 20.6h3.6M12 17.2v-4.6",
            None,
        ),
        Signal::Save => ("M6.2 5.4a2 2 0 0 1 2-2h7.6a2 2 0 0 1 2 2v15l-5.8-4.2-5.8 4.2z", "", None),
        Signal::Question => ("M7.2 8.3a4.8 4.8 0 1 1 6.8 4.2c-1.4.7-2 1.4-2 2.5", "", Some(19)),
        Signal::Comment => (
            "M6.2 4.6h11.6a2.6 2.6 0 0 1 2.6 2.6v6.4a2.6 2.6 0 0 1-2.6 2.6h-6.2l-4 3.8v-3.8h-1.4a2.6 2.6 0 0 1-2.6-2.6v-6.4a2.6 2.6 0 0 1 2.6-2.6z",
            "",
            None,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_look_and_say_the_same_in_pages_and_in_scripts() {
        let script = include_str!("../../../../notch/src/signals.ts");
        for signal in Signal::EIGHT.into_iter().chain([Signal::Comment]) {
            let (shape, lines, dot) = drawing(signal);
            let coral = u8::from(signal.family() == Family::Coral);
            let row = format!("  {}: [{coral}, \"{}\", \"{shape}\"", signal.as_str(), signal.says());
            let rest = match (lines, dot) {
                ("", None) => "],".to_owned(),
                (lines, None) => format!(", \"{lines}\"],"),
                (lines, Some(y)) => format!(", \"{lines}\", {y}],"),
            };
            assert!(script.contains(&(row + &rest)), "{}", signal.as_str());
        }
    }
}
