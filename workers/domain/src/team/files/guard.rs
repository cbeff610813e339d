//! Files that nobody means by "everything": they run on machines of others, hold secrets, or decide who may do what. A
//! pattern has to name them.

/// A guarded file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Guard {
    /// What a pattern has to say for naming it; `None` when no pattern can.
    word: Option<&'static str>,
    pub(super) why: &'static str,
}

impl Guard {
    /// Whether a pattern means this file by its name and not by a star.
    pub(super) fn named(self, pattern: &str) -> bool {
        self.word.is_some_and(|word| pattern.to_ascii_lowercase().contains(word))
    }
}

const AUTOMATION: &str = "it runs on its own at the forge or its services, with the project’s secrets";
const SECRETS: &str = "such files hold passwords and keys, which do not belong into a change";
const MACHINES: &str = "it runs on the machines of everybody who works on the project";
const RIGHTS: &str = "it decides who has to agree to changes, or brings in other repositories";
const GIT: &str = "it belongs to git itself";

enum Place {
    /// In this folder at the top of the repository.
    Top(&'static str),
    /// In a folder of this name, wherever it is.
    Folder(&'static str),
    /// A file of this name, wherever it is.
    Name(&'static str),
    NameStart(&'static str),
    NameEnd(&'static str),
}

use Place::{Folder, Name, NameEnd, NameStart, Top};

const GUARDED: [(Place, &str); 44] = [
    (Top(".github/workflows"), AUTOMATION),
    (Top(".github/actions"), AUTOMATION),
    (Folder(".circleci"), AUTOMATION),
    (Folder(".buildkite"), AUTOMATION),
    (Folder(".woodpecker"), AUTOMATION),
    (Folder(".forgejo"), AUTOMATION),
    (Folder(".gitea"), AUTOMATION),
    (Name(".gitlab-ci.yml"), AUTOMATION),
    (Name(".travis.yml"), AUTOMATION),
    (Name(".drone.yml"), AUTOMATION),
    (Name(".woodpecker.yml"), AUTOMATION),
    (Name(".cirrus.yml"), AUTOMATION),
    (Name("azure-pipelines.yml"), AUTOMATION),
    (Name("bitbucket-pipelines.yml"), AUTOMATION),
    (Name("appveyor.yml"), AUTOMATION),
    (Name("jenkinsfile"), AUTOMATION),
    (NameStart(".env"), SECRETS),
    (Name(".npmrc"), SECRETS),
    (Name(".yarnrc"), SECRETS),
    (Name(".yarnrc.yml"), SECRETS),
    (Name(".pypirc"), SECRETS),
    (Name(".netrc"), SECRETS),
    (Name(".htpasswd"), SECRETS),
    (Name(".dev.vars"), SECRETS),
    (NameStart("id_rsa"), SECRETS),
    (NameStart("id_ed25519"), SECRETS),
    (NameEnd(".pem"), SECRETS),
    (NameEnd(".key"), SECRETS),
    (NameEnd(".p12"), SECRETS),
    (NameEnd(".pfx"), SECRETS),
    (NameEnd(".jks"), SECRETS),
    (NameEnd(".keystore"), SECRETS),
    (Folder(".husky"), MACHINES),
    (Folder(".githooks"), MACHINES),
    (Folder(".vscode"), MACHINES),
    (Folder(".idea"), MACHINES),
    (Folder(".devcontainer"), MACHINES),
    (Folder(".claude"), MACHINES),
    (Folder(".cursor"), MACHINES),
    (Folder(".yarn"), MACHINES),
    (Name(".mcp.json"), MACHINES),
    (Name(".pre-commit-config.yaml"), MACHINES),
    (Name("codeowners"), RIGHTS),
    (Name(".gitmodules"), RIGHTS),
];

/// What guards a path. Letters are taken for the same in both cases, as some of the machines do that it may run on.
pub(super) fn of(path: &str) -> Option<Guard> {
    let path = path.to_ascii_lowercase();
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", &path));
    if path.split('/').any(|part| part == ".git") {
        return Some(Guard { word: None, why: GIT });
    }
    GUARDED.iter().find_map(|(place, why)| {
        let (word, here) = match place {
            Top(folder) => (folder, path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))),
            // A link may stand where a folder would.
            Folder(folder) => (folder, name == *folder || folders.split('/').any(|part| part == *folder)),
            Name(wanted) => (wanted, name == *wanted),
            NameStart(start) => (start, name.starts_with(start)),
            NameEnd(end) => (end, name.ends_with(end)),
        };
        here.then_some(Guard { word: Some(word), why })
    })
}
