//! A first draft of what the agent is told about a project: how its README begins, and what it is built with.

use super::javascript::Package;
use super::{Evidence, Suggested, languages, one_line, suggest};

/// Longest paragraph that is taken, in characters.
const MOST: usize = 600;

const BUILT_WITH: [(&str, &str); 22] = [
    ("next", "Next.js"),
    ("nuxt", "Nuxt"),
    ("astro", "Astro"),
    ("@sveltejs/kit", "SvelteKit"),
    ("@remix-run/react", "Remix"),
    ("gatsby", "Gatsby"),
    ("@angular/core", "Angular"),
    ("react", "React"),
    ("vue", "Vue"),
    ("svelte", "Svelte"),
    ("solid-js", "Solid"),
    ("@11ty/eleventy", "Eleventy"),
    ("vite", "Vite"),
    ("tailwindcss", "Tailwind CSS"),
    ("bootstrap", "Bootstrap"),
    ("express", "Express"),
    ("@nestjs/core", "Nest"),
    ("fastify", "Fastify"),
    ("typescript", "TypeScript"),
    ("prisma", "Prisma"),
    ("drizzle-orm", "Drizzle"),
    ("three", "Three.js"),
];
const PYTHON: [(&str, &str); 4] =
    [("django", "Django"), ("flask", "Flask"), ("fastapi", "FastAPI"), ("streamlit", "Streamlit")];

pub(super) fn draft(evidence: &Evidence, package: Option<&Package>) -> Option<Suggested<String>> {
    let readme = evidence.first(&["README.md", "readme.md", "README", "README.txt", "README.rst"]);
    let beginning = readme.and_then(|(file, text)| Some((file, paragraph(text)?)));
    let tools = tools(evidence, package);
    let with = match tools.as_slice() {
        [] => None,
        [one] => Some(format!("It is built with {one}.")),
        [first @ .., last] => Some(format!("It is built with {} and {last}.", first.join(", "))),
    };
    match (beginning, with) {
        (Some((file, text)), Some(with)) => Some(suggest(
            format!("{text}\n\n{with}"),
            format!("because {file} begins with it, and from the list of packages"),
        )),
        (Some((file, text)), None) => Some(suggest(text, format!("because {file} begins with it"))),
        (None, Some(with)) => Some(suggest(with, "because the list of packages says so")),
        (None, None) => None,
    }
}

fn tools(evidence: &Evidence, package: Option<&Package>) -> Vec<&'static str> {
    let mut tools: Vec<&'static str> = Vec::new();
    if let Some(package) = package {
        tools.extend(BUILT_WITH.iter().filter(|(name, _)| package.uses(name)).map(|(_, title)| *title).take(6));
    }
    let python = languages::python_packages(evidence);
    tools.extend(PYTHON.iter().filter(|(name, _)| python.iter().any(|known| known == name)).map(|(_, title)| *title));
    if languages::gems(evidence).iter().any(|gem| gem == "rails") {
        tools.push("Ruby on Rails");
    }
    tools
}

/// The first paragraph that is text: no heading, picture, list, table, code or markup.
fn paragraph(text: &str) -> Option<String> {
    let mut lines = text.trim_start_matches('\u{feff}').lines().take(400).peekable();
    if lines.peek().is_some_and(|line| line.trim_end() == "---") {
        lines.next();
        lines.by_ref().find(|line| line.trim_end() == "---");
    }
    let (mut kept, mut fenced, mut comment) = (String::new(), false, false);
    for line in lines.by_ref() {
        let line = line.trim();
        if line.starts_with("```") || line.starts_with("~~~") {
            fenced = !fenced;
            continue;
        }
        if fenced {
            continue;
        }
        comment |= line.starts_with("<!--");
        if comment {
            comment = !line.contains("-->");
            continue;
        }
        let underline = !line.is_empty() && line.chars().all(|c| matches!(c, '=' | '-' | '~' | '*' | '_'));
        if underline {
            // What stood above it was a heading.
            kept.clear();
            continue;
        }
        let markup = line.starts_with(['#', '!', '<', '|', '>', '-', '*', '+', ':'])
            || line.starts_with("[![")
            || line.starts_with("..")
            || line
                .split_once(". ")
                .is_some_and(|(number, _)| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()));
        if line.is_empty() || markup {
            if kept.chars().count() >= 20 {
                break;
            }
            kept.clear();
            continue;
        }
        kept.push_str(line);
        kept.push(' ');
        if kept.len() > 8 * MOST {
            break;
        }
    }
    let plain = one_line(&unlinked(&kept), MOST);
    (plain.chars().count() >= 20).then_some(plain)
}

/// `[text](address)` as `text`, without the marks of code and emphasis.
fn unlinked(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('[') {
        let (before, from) = rest.split_at_checked(open).unwrap_or((rest, ""));
        let linked = from.get(1..).and_then(|inside| inside.split_once("]("));
        let Some((label, (_, after))) = linked.and_then(|(label, tail)| Some((label, tail.split_once(')')?))) else {
            break;
        };
        out.push_str(before);
        out.push_str(label);
        rest = after;
    }
    out.push_str(rest);
    out.replace(['`', '*'], "")
}
