//! What a project calls its database. The one in the sandbox takes that name, so that settings which were written for a
//! developer's machine work as they are.

/// What the project is given when it says nothing.
pub(super) const URL: &str = "postgresql://vetka:vetka@127.0.0.1:5432/vetka";

/// The user and the database that an address on this machine names; `None` for any other, and for names that are not
/// plain. Passwords do not matter: the sandbox's database asks for none.
pub(super) fn names(url: &str) -> Option<(&str, &str)> {
    let rest = url.strip_prefix("postgresql://").or_else(|| url.strip_prefix("postgres://"))?;
    let (authority, path) = rest.split_once('/')?;
    let (user, host) = authority.rsplit_once('@')?;
    let user = user.split_once(':').map_or(user, |(user, _)| user);
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    let name = path.split(['?', '#']).next().unwrap_or_default();
    let plain = |text: &str| {
        (1..=63).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
            && !text.starts_with('-')
    };
    (matches!(host, "localhost" | "127.0.0.1") && plain(user) && plain(name)).then_some((user, name))
}
