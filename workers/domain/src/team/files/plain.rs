//! What a person calls a file: "the styles (site.css)".

/// Longest name of a file that is said whole, in characters.
const MOST_NAME: usize = 60;

/// A file in plain words, with its name but not its folders.
pub fn describe(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let clean: String = name
        .chars()
        .filter(|c| {
            !c.is_control() && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        })
        .collect();
    let kind = kind(&path.to_ascii_lowercase());
    match clean.chars().count() {
        0 => kind.to_owned(),
        length if length > MOST_NAME => format!("{kind} ({}…)", clean.chars().take(MOST_NAME - 1).collect::<String>()),
        _ => format!("{kind} ({clean})"),
    }
}

fn kind(path: &str) -> &'static str {
    let name = path.rsplit('/').next().unwrap_or(path);
    let in_folder = |wanted: &[&str]| path.rsplit('/').skip(1).any(|folder| wanted.contains(&folder));
    if path.starts_with(".github/workflows/") {
        return "an automation";
    }
    if name.starts_with(".env") {
        return "a file for passwords and keys";
    }
    if LOCKFILES.contains(&name) {
        return "the list of installed packages";
    }
    if name.contains(".test.") || name.contains(".spec.") || in_folder(&["__tests__", "test", "tests", "spec"]) {
        return "a test";
    }
    if is_settings(name) {
        return "a settings file";
    }
    if in_folder(&["migrations", "migrate"]) {
        return "a change of the database";
    }
    match name.rsplit_once('.').map(|(_, extension)| extension).unwrap_or_default() {
        "html" | "htm" | "astro" | "njk" | "ejs" | "hbs" | "liquid" | "erb" | "haml" | "slim" | "twig" | "jinja"
        | "jinja2" | "j2" | "pug" | "php" | "cshtml" => "a page",
        "vue" | "svelte" | "jsx" | "tsx" => "a part of a page",
        "css" | "scss" | "sass" | "less" | "styl" | "pcss" => "the styles",
        "png" | "jpg" | "jpeg" | "gif" | "webp" | "avif" | "svg" | "ico" | "bmp" | "tiff" => "a picture",
        "woff" | "woff2" | "ttf" | "otf" | "eot" => "a font",
        "mp4" | "webm" | "mov" | "m4v" => "a film",
        "mp3" | "wav" | "ogg" | "m4a" | "flac" => "a sound",
        "md" | "mdx" | "txt" | "rst" | "adoc" => "a text",
        "pdf" | "doc" | "docx" | "odt" => "a document",
        "json" | "jsonl" | "csv" | "tsv" | "xml" | "po" | "arb" | "xlsx" => "a data file",
        "yml" | "yaml" | "toml" | "ini" | "cfg" | "conf" | "properties" => "a settings file",
        "sql" | "prisma" => "the database’s description",
        "sh" | "bash" | "ps1" | "bat" | "cmd" => "a script",
        "js" | "mjs" | "cjs" | "ts" | "mts" | "cts" | "py" | "rb" | "go" | "rs" | "java" | "kt" | "cs" | "swift"
        | "dart" | "ex" | "exs" | "scala" | "c" | "h" | "cpp" | "graphql" | "gql" => "a part of the program",
        _ => "a file",
    }
}

const LOCKFILES: [&str; 11] = [
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "bun.lock",
    "bun.lockb",
    "gemfile.lock",
    "poetry.lock",
    "uv.lock",
    "cargo.lock",
    "go.sum",
];

fn is_settings(name: &str) -> bool {
    const NAMES: [&str; 13] = [
        "package.json",
        "dockerfile",
        "makefile",
        "procfile",
        "gemfile",
        "requirements.txt",
        "go.mod",
        "codeowners",
        "manifest.json",
        "vercel.json",
        "composer.json",
        "deno.json",
        "components.json",
    ];
    NAMES.contains(&name)
        || name.contains(".config.")
        || (name.starts_with("tsconfig") && name.ends_with(".json"))
        || (name.starts_with('.') && name.len() > 1)
}
