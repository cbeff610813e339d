//! Every route of every worker, as data: who may call it is written beside its path.
//!
//! The workers build their routers from these tables by an exhaustive match, and the two-tenant test walks the same
//! tables, so a new route can neither be forgotten by the router nor by the test.

use serde::Serialize;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Anybody, signed in or not.
    Anyone,
    /// Somebody who is signed in.
    SignedIn,
    /// The owner of the site or conversation that the path, query or body names. Everybody else is told 404.
    Owner,
    /// The bearer of a deploy token, which itself decides the site.
    DeployToken,
}

/// One row of a table: `id` is the worker's own enum, so a handler cannot be named that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Route<Id: 'static> {
    /// Which handler.
    #[serde(skip)]
    pub id: Id,
    /// Upper case; a `GET` route answers `HEAD` too.
    pub method: &'static str,
    /// As axum writes it: `{name}` takes one segment, `{*name}` the rest.
    pub path: &'static str,
    /// Who may.
    pub access: Access,
}

/// What a request finds in a table.
#[derive(Debug, PartialEq, Eq)]
pub enum Match<Id> {
    /// The handler, with the path's parameters in order, percent-decoded.
    Found(Id, Vec<String>),
    /// The path exists, but not with this method; these do.
    WrongMethod(Vec<&'static str>),
    /// No such path.
    NotFound,
}

/// Finds the route for a request in a small table. `axum` does this for the api worker; the others have a few rows.
pub fn find<Id: Copy>(table: &[Route<Id>], method: &str, path: &str) -> Match<Id> {
    let mut allowed = Vec::new();
    for route in table {
        let Some(params) = params(route.path, path) else { continue };
        if route.method == method || (route.method == "GET" && method == "HEAD") {
            return Match::Found(route.id, params);
        }
        allowed.push(route.method);
    }
    if allowed.is_empty() { Match::NotFound } else { Match::WrongMethod(allowed) }
}

fn params(pattern: &str, path: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut segments = path.split('/');
    for wanted in pattern.split('/') {
        let segment = segments.next()?;
        if wanted.starts_with("{*") {
            let rest: Vec<&str> = std::iter::once(segment).chain(segments).collect();
            found.push(crate::target::decode_segment(&rest.join("/"))?);
            return Some(found);
        }
        if wanted.starts_with('{') {
            if segment.is_empty() {
                return None;
            }
            found.push(crate::target::decode_segment(segment)?);
        } else if wanted != segment {
            return None;
        }
    }
    segments.next().is_none().then_some(found)
}

macro_rules! table {
    ($(#[$doc:meta])* $table:ident: $id:ident { $($(#[$row:meta])* $variant:ident = $method:literal $path:literal $access:ident,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $id { $($(#[$row])* $variant,)* }

        #[doc = concat!("The rows of [`", stringify!($id), "`].")]
        pub const $table: &[Route<$id>] = &[
            $(Route { id: $id::$variant, method: $method, path: $path, access: Access::$access },)*
        ];
    };
}

table! {
    /// The api worker: pages, accounts, sites.
    API: Api {
        /// The hub, with the sign-in dialog.
        Hub = "GET" "/" Anyone,
        /// Sends somebody on after signing in.
        AfterSignIn = "GET" "/after-sign-in" Anyone,
        /// Sends a code, for browsers without JavaScript.
        SignInForm = "POST" "/sign-in" Anyone,
        /// Takes a code, for browsers without JavaScript.
        SignInCodeForm = "POST" "/sign-in/code" Anyone,
        /// Sends the browser to a provider.
        SocialForm = "POST" "/sign-in/social" Anyone,
        /// Signs out, for browsers without JavaScript.
        SignOutForm = "POST" "/sign-out" Anyone,
        /// The choice between connecting and generating.
        Setup = "GET" "/setup" SignedIn,
        /// Connecting a site one owns.
        SetupScript = "GET" "/setup/script" SignedIn,
        /// Proves a site one owns and connects it, for browsers without JavaScript.
        SetupScriptForm = "POST" "/setup/script" SignedIn,
        /// Picking a name.
        SetupGenerate = "GET" "/setup/generate" SignedIn,
        /// Takes the picked name.
        SetupGenerateForm = "POST" "/setup/generate" SignedIn,
        /// The list of one's sites.
        SitesPage = "GET" "/sites" SignedIn,
        /// The builder.
        Builder = "GET" "/sites/{domain}/builder" Owner,
        /// Restores a version, for browsers without JavaScript.
        RestoreForm = "POST" "/sites/{domain}/builder/restore" Owner,
        /// Deletes a site, for browsers without JavaScript.
        DeleteForm = "POST" "/sites/{domain}/delete" Owner,
        /// Looks at a connected site again, for browsers without JavaScript.
        ProofForm = "POST" "/sites/{domain}/proof" Owner,
        /// Who one is here, where one is signed in, what was done.
        Settings = "GET" "/settings" SignedIn,
        /// Changes the name and the handle, for browsers without JavaScript.
        ProfileForm = "POST" "/settings/profile" SignedIn,
        /// Removes the picture, for browsers without JavaScript.
        RemovePictureForm = "POST" "/settings/picture/remove" SignedIn,
        /// Signs another device out.
        SignOutDeviceForm = "POST" "/settings/devices/sign-out" SignedIn,
        /// Signs all other devices out.
        SignOutOthersForm = "POST" "/settings/devices/sign-out-others" SignedIn,
        /// Sends somebody to a provider, to connect it.
        ConnectForm = "POST" "/settings/providers/connect" SignedIn,
        /// Disconnects a provider.
        DisconnectForm = "POST" "/settings/providers/disconnect" SignedIn,
        /// Everything of an account, for browsers without JavaScript.
        ExportForm = "POST" "/settings/export" SignedIn,
        /// Asks for the account to be deleted, for browsers without JavaScript.
        DeletionForm = "POST" "/settings/deletion" SignedIn,
        /// Keeps an account that was to be deleted, for browsers without JavaScript.
        KeepForm = "POST" "/settings/deletion/cancel" SignedIn,
        // BetterAuth's wire protocol, from here to `UnlinkAccount`.
        /// Whether this wire answers.
        AuthOk = "GET" "/api/auth/ok" Anyone,
        /// Where a failed way through a provider ends.
        AuthError = "GET" "/api/auth/error" Anyone,
        /// Sends a code.
        SendCode = "POST" "/api/auth/email-otp/send-verification-otp" Anyone,
        /// Whether a code is right.
        CheckCode = "POST" "/api/auth/email-otp/check-verification-otp" Anyone,
        /// Verifies an address, which all are.
        VerifyEmail = "POST" "/api/auth/email-otp/verify-email" Anyone,
        /// Signs in with a code.
        SignInCode = "POST" "/api/auth/sign-in/email-otp" Anyone,
        /// Begins signing in through a provider.
        SignInSocial = "POST" "/api/auth/sign-in/social" Anyone,
        /// The way back from a provider.
        SocialCallback = "GET" "/api/auth/callback/{provider}" Anyone,
        /// The way back from a provider, by a form.
        SocialCallbackForm = "POST" "/api/auth/callback/{provider}" Anyone,
        /// The session that asks.
        GetSession = "GET" "/api/auth/get-session" Anyone,
        /// A way of refreshing sessions that is not used.
        PostSession = "POST" "/api/auth/get-session" Anyone,
        /// Signs out.
        SignOut = "POST" "/api/auth/sign-out" Anyone,
        /// One's sessions.
        ListSessions = "GET" "/api/auth/list-sessions" SignedIn,
        /// Ends one session.
        RevokeSession = "POST" "/api/auth/revoke-session" SignedIn,
        /// Ends all sessions.
        RevokeSessions = "POST" "/api/auth/revoke-sessions" SignedIn,
        /// Ends all other sessions.
        RevokeOtherSessions = "POST" "/api/auth/revoke-other-sessions" SignedIn,
        /// Changes the name or the picture.
        UpdateUser = "POST" "/api/auth/update-user" SignedIn,
        /// Leaves.
        DeleteUser = "POST" "/api/auth/delete-user" SignedIn,
        /// The identities that are connected.
        ListAccounts = "GET" "/api/auth/list-accounts" SignedIn,
        /// Begins connecting an identity.
        LinkSocial = "POST" "/api/auth/link-social" SignedIn,
        /// Disconnects an identity.
        UnlinkAccount = "POST" "/api/auth/unlink-account" SignedIn,
        /// Who one is here.
        GetAccount = "GET" "/api/account" SignedIn,
        /// Changes the name or the handle.
        ChangeAccount = "PATCH" "/api/account" SignedIn,
        /// Takes a picture of oneself.
        PutPicture = "PUT" "/api/account/picture" SignedIn,
        /// Removes the picture of oneself.
        DeletePicture = "DELETE" "/api/account/picture" SignedIn,
        /// What was done with one's account.
        ListAudit = "GET" "/api/account/audit" SignedIn,
        /// Somebody's picture.
        Picture = "GET" "/pictures/{user}/{id}" Anyone,
        /// Whether a name is free.
        CheckLabel = "GET" "/api/sites/check" Anyone,
        /// One's sites.
        ListSites = "GET" "/api/sites" SignedIn,
        /// Makes a site.
        CreateSite = "POST" "/api/sites" SignedIn,
        /// One site.
        GetSite = "GET" "/api/sites/{domain}" Owner,
        /// Deletes a site.
        DeleteSite = "DELETE" "/api/sites/{domain}" Owner,
        /// Looks at a connected site again.
        ProveSite = "POST" "/api/sites/{domain}/proof" Owner,
        /// Whether a website proves to be one's own.
        CheckTag = "GET" "/api/notch/check" SignedIn,
        /// The versions of a site.
        ListSnapshots = "GET" "/api/sites/{domain}/snapshots" Owner,
        /// Restores a version.
        RestoreSnapshot = "POST" "/api/sites/{domain}/snapshots" Owner,
        /// Asks for the deletion of one's account.
        AskForDeletion = "POST" "/api/account/deletion" SignedIn,
        /// Keeps one's account after all.
        CancelDeletion = "DELETE" "/api/account/deletion" SignedIn,
        /// Everything of one's account, as an archive.
        Export = "POST" "/api/account/export" SignedIn,
        /// Whether this worker and the ones behind it answer.
        Health = "GET" "/healthz" Anyone,
        /// The document that describes every JSON route.
        OpenApi = "GET" "/api/openapi.json" Anyone,
        /// Styles, scripts, fonts.
        Assets = "GET" "/assets/{*path}" Anyone,
        /// The mark.
        Favicon = "GET" "/favicon.svg" Anyone,
        /// For crawlers.
        Robots = "GET" "/robots.txt" Anyone,
    }
}

table! {
    /// The agent worker: conversations.
    AGENT: Agent {
        /// Gets or makes the conversation, with its history.
        Session = "GET" "/api/agent/session" Owner,
        /// Says something and streams what comes of it.
        Stream = "POST" "/api/agent/stream" Owner,
        /// Interrupts the running turn.
        Stop = "POST" "/api/agent/stop" Owner,
        /// Takes a file for a message.
        Upload = "POST" "/api/agent/upload" Owner,
        /// Gives a file back to whom it belongs.
        GetUpload = "GET" "/api/agent/uploads/{id}" Owner,
        /// The live door to the conversation.
        Socket = "GET" "/ws" Owner,
    }
}

table! {
    /// The deploy worker: what agents and people publish to.
    DEPLOY: Deploy {
        /// One-POST publishing.
        Publish = "POST" "/api/agent/deploy" DeployToken,
    }
}

table! {
    /// What only other workers may call, through a service binding: the host is `agent.internal`.
    AGENT_INTERNAL: AgentInternal {
        /// A version of this site went live.
        Published = "POST" "/sites/{site}/published" Anyone,
        /// What was said about a site, a part at a time.
        Conversation = "GET" "/sites/{site}/conversation" Anyone,
        /// Forgets the conversation of a site.
        Forget = "DELETE" "/sites/{site}/conversation" Anyone,
        /// Whether this worker answers.
        Health = "GET" "/healthz" Anyone,
    }
}

table! {
    /// What only other workers may call, through a service binding: the host is `deploy.internal`.
    DEPLOY_INTERNAL: DeployInternal {
        /// Makes an older version live again.
        Restore = "POST" "/sites/{site}/restore" Anyone,
        /// Takes a site down for good.
        DeleteSite = "DELETE" "/sites/{site}" Anyone,
        /// Whether this worker answers.
        Health = "GET" "/healthz" Anyone,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_routes_and_their_parameters() {
        assert_eq!(find(AGENT, "GET", "/api/agent/uploads/a%20b"), Match::Found(Agent::GetUpload, vec!["a b".into()]));
        assert_eq!(find(AGENT, "HEAD", "/ws"), Match::Found(Agent::Socket, vec![]));
        assert_eq!(find(AGENT, "PUT", "/api/agent/stop"), Match::WrongMethod(vec!["POST"]));
        assert_eq!(find(AGENT, "GET", "/api/agent/uploads/"), Match::NotFound);
        assert_eq!(find(AGENT, "GET", "/api/agent/uploads/a/b"), Match::NotFound);
        assert_eq!(find(API, "GET", "/assets/a/b.css"), Match::Found(Api::Assets, vec!["a/b.css".into()]));
    }

    #[test]
    fn no_two_rows_are_the_same() {
        for (at, row) in API.iter().enumerate() {
            assert!(!API[at + 1..].iter().any(|other| other.path == row.path && other.method == row.method));
        }
    }
}
