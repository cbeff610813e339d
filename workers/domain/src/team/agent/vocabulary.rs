//! Lists that the filter of texts goes by: what names of files end in, what commands and statements begin with, what tools
//! are called.

/// Endings of files, each with the word that a person has for such a file.
const ENDINGS: [(&str, &[&str]); 8] = [
    ("page", &["html", "htm", "xhtml"]),
    ("styles", &["css", "scss", "sass", "less", "styl"]),
    ("picture", &["svg", "png", "jpg", "jpeg", "gif", "webp", "avif", "ico", "bmp"]),
    ("font", &["woff", "woff2", "ttf", "otf", "eot"]),
    ("text", &["md", "mdx", "txt", "rst", "pdf", "po"]),
    (
        "settings",
        &[
            "json",
            "jsonc",
            "json5",
            "yaml",
            "yml",
            "toml",
            "ini",
            "cfg",
            "conf",
            "env",
            "lock",
            "properties",
            "plist",
            "editorconfig",
        ],
    ),
    ("database", &["sql", "prisma", "sqlite", "db"]),
    (
        "file",
        &[
            "js", "jsx", "ts", "tsx", "mjs", "cjs", "mts", "cts", "vue", "svelte", "astro", "py", "rb", "go", "rs",
            "java", "kt", "kts", "swift", "php", "c", "cc", "cpp", "h", "hpp", "cs", "sh", "bash", "zsh", "fish",
            "ps1", "bat", "ejs", "hbs", "pug", "liquid", "erb", "twig", "graphql", "gql", "proto", "map", "xml", "csv",
            "tsv", "log", "snap", "wasm", "patch", "diff", "gradle", "tf", "lua", "dart", "ex", "exs", "elm", "zip",
            "gz", "tgz", "tar", "bak", "tmp", "pem", "key", "crt",
        ],
    ),
];

/// Products that are called like files.
const PRODUCTS: [&str; 22] = [
    "node.js",
    "next.js",
    "vue.js",
    "react.js",
    "three.js",
    "express.js",
    "d3.js",
    "nuxt.js",
    "ember.js",
    "alpine.js",
    "moment.js",
    "chart.js",
    "nest.js",
    "backbone.js",
    "angular.js",
    "solid.js",
    "discord.js",
    "p5.js",
    "require.js",
    "socket.io",
    "vetka.sh",
    "asp.net",
];

/// Files without an ending.
const NAMES: [&str; 6] = ["dockerfile", "makefile", "procfile", "gemfile", "rakefile", "vagrantfile"];

/// Folders whose names nobody uses beside a slash in a sentence.
const FOLDERS: [&str; 24] = [
    "src",
    "lib",
    "node_modules",
    "components",
    "dist",
    "packages",
    "utils",
    "hooks",
    "assets",
    "tests",
    "__tests__",
    "migrations",
    "workspace",
    "sandbox-agent",
    "usr",
    "etc",
    "home",
    "var",
    "tmp",
    "bin",
    "opt",
    ".github",
    ".next",
    ".git",
];

/// The ends of domains, after which a slash begins a path at a website.
const DOMAINS: [&str; 12] = ["com", "org", "net", "io", "dev", "app", "co", "ai", "eu", "de", "uk", "fr"];

/// Tools that are called like nothing else, each with what they are to a person.
const TOOLS: [(&str, &str); 23] = [
    ("Bash", "command"),
    ("BashOutput", "command"),
    ("KillShell", "command"),
    ("KillBash", "command"),
    ("Grep", "search"),
    ("Glob", "search"),
    ("TodoWrite", "list"),
    ("MultiEdit", "change"),
    ("NotebookEdit", "change"),
    ("WebFetch", "web page"),
    ("WebSearch", "web search"),
    ("ToolSearch", "search"),
    ("TaskStop", "step"),
    ("TaskOutput", "step"),
    ("ExitPlanMode", "plan"),
    ("EnterPlanMode", "plan"),
    ("AskUserQuestion", "question"),
    ("ListAgents", "list"),
    ("SendMessage", "message"),
    ("ScheduleWakeup", "pause"),
    ("EnterWorktree", "copy"),
    ("ExitWorktree", "copy"),
    ("ReportFindings", "report"),
];

/// Tools whose names are ordinary words, unless "tool" follows.
const WORDS_FOR_TOOLS: [&str; 9] = ["Read", "Write", "Edit", "Task", "Skill", "Agent", "Monitor", "Workflow", "Search"];

/// What a file is called in a sentence beside its name; said instead of both.
const KINDS: [&str; 24] = [
    "file",
    "files",
    "folder",
    "folders",
    "directory",
    "page",
    "pages",
    "component",
    "components",
    "stylesheet",
    "styles",
    "module",
    "script",
    "tool",
    "tools",
    "command",
    "commands",
    "config",
    "configuration",
    "template",
    "test",
    "tests",
    "picture",
    "text",
];

/// Words with which a line of code begins.
const STATEMENTS: [&str; 46] = [
    "const",
    "let",
    "var",
    "function",
    "import",
    "export",
    "from",
    "return",
    "if",
    "else",
    "for",
    "while",
    "switch",
    "case",
    "class",
    "def",
    "async",
    "await",
    "public",
    "private",
    "protected",
    "static",
    "type",
    "interface",
    "enum",
    "fn",
    "struct",
    "impl",
    "use",
    "package",
    "throw",
    "try",
    "catch",
    "new",
    "yield",
    "elif",
    "lambda",
    "traceback",
    "select",
    "insert",
    "update",
    "delete",
    "create",
    "alter",
    "drop",
    "where",
];

/// Words with which a line for a shell begins.
const COMMANDS: [&str; 36] = [
    "npm", "npx", "yarn", "pnpm", "bun", "bunx", "node", "deno", "python", "python3", "pip", "pip3", "cargo", "go",
    "git", "cd", "ls", "cat", "mkdir", "rm", "cp", "mv", "curl", "wget", "docker", "sudo", "export", "chmod", "tsc",
    "vite", "jest", "vitest", "pytest", "make", "grep", "sed",
];

/// Words after which a file is "file", not "a file".
const DETERMINERS: [&str; 16] = [
    "the", "a", "an", "this", "that", "your", "my", "our", "its", "their", "each", "every", "another", "one", "no",
    "same",
];

/// Words that may stand between.
const ADJECTIVES: [&str; 9] = ["new", "main", "old", "existing", "updated", "whole", "other", "first", "second"];

fn has(list: &[&str], word: &str) -> bool {
    list.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// What a person calls a file with this ending.
pub fn by_ending(ending: &str) -> Option<&'static str> {
    ENDINGS.iter().find(|(_, endings)| has(endings, ending)).map(|(noun, _)| *noun)
}

pub fn is_product(name: &str) -> bool {
    has(&PRODUCTS, name)
}

pub fn is_file_name(name: &str) -> bool {
    has(&NAMES, name)
}

pub fn is_folder(name: &str) -> bool {
    FOLDERS.contains(&name)
}

pub fn is_domain_end(end: &str) -> bool {
    has(&DOMAINS, end)
}

pub fn tool(name: &str) -> Option<&'static str> {
    if name.starts_with("mcp__") {
        return Some("connected service");
    }
    TOOLS.iter().find(|(tool, _)| *tool == name).map(|(_, noun)| *noun)
}

pub fn is_word_for_tool(word: &str) -> bool {
    WORDS_FOR_TOOLS.contains(&word)
}

pub fn is_kind(word: &str) -> bool {
    has(&KINDS, word)
}

pub fn is_statement(word: &str) -> bool {
    has(&STATEMENTS, word)
}

pub fn is_command(word: &str) -> bool {
    COMMANDS.contains(&word)
}

pub fn is_determiner(word: &str) -> bool {
    has(&DETERMINERS, word)
}

pub fn is_adjective(word: &str) -> bool {
    has(&ADJECTIVES, word)
}
