//! What a sandbox may reach.

/// Where the packages of a project come from that its startup commands install. A sandbox runs what a model and what a
/// repository wrote, so everything else is closed to it: what it may know must not leave by another door than ours, and
/// model and repository are behind our proxies. A project that needs more installs it when its template is built.
pub const REGISTRIES: [&str; 11] = [
    "registry.npmjs.org",
    "registry.yarnpkg.com",
    "pypi.org",
    "files.pythonhosted.org",
    "rubygems.org",
    "index.rubygems.org",
    "proxy.golang.org",
    "sum.golang.org",
    "index.crates.io",
    "static.crates.io",
    "repo.packagist.org",
];

/// What a sandbox may reach: our proxy, by its origin, and the registries.
pub fn reach(proxy_origin: &str) -> Vec<&str> {
    let host = proxy_origin.split_once("://").map_or(proxy_origin, |(_, host)| host);
    let host = host.split(['/', ':']).next().unwrap_or_default();
    std::iter::once(host).filter(|host| !host.is_empty()).chain(REGISTRIES).collect()
}
