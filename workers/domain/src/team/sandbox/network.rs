//! What a sandbox may reach.

/// Everything, in a list of hosts.
const ALL: &str = "*";

/// What a sandbox may reach: our proxy, by its origin, and the hosts that the operator names, with spaces between them, such
/// as those that packages come from. `None` is everything, which they name by a star.
///
/// A sandbox runs what a model and a repository wrote. The key and the repository are behind our proxies, so that there is
/// nothing of ours in it to carry away; a project's own variables are, and an operator who wants these to stay inside names
/// the few hosts that its projects need.
pub fn reach<'a>(proxy_origin: &'a str, named: &'a str) -> Option<Vec<&'a str>> {
    if named.split_whitespace().any(|host| host == ALL) {
        return None;
    }
    let host = proxy_origin.split_once("://").map_or(proxy_origin, |(_, host)| host);
    let host = host.split(['/', ':']).next().unwrap_or_default();
    Some(std::iter::once(host).filter(|host| !host.is_empty()).chain(named.split_whitespace()).collect())
}
