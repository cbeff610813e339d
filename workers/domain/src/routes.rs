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
    /// A member of the organization that the path names. Everybody else is told 404.
    Member,
    /// An admin of the organization that the path names. Its other members are told 403, everybody else 404.
    Admin,
    /// The bearer of a deploy token, which itself decides the site.
    DeployToken,
    /// The bearer of the operator's key. Where there is none, these routes are not there.
    Operator,
}

/// One row of a table: `id` is the worker's own enum, so a handler cannot be named that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Route<Id: 'static> {
    /// Which handler.
    #[serde(skip)]
    pub id: Id,
    /// Upper case; a `GET` route answers `HEAD` too.
    pub method: &'static str,
    /// `{name}` takes one segment, `{*name}` the rest.
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

/// Finds the route for a request: the first row that fits. A path that stands in the table as it is, is no parameter's value.
pub fn find<Id: Copy>(table: &[Route<Id>], method: &str, path: &str) -> Match<Id> {
    let mut allowed = Vec::new();
    let is_literal = table.iter().any(|route| route.path == path);
    for route in table.iter().filter(|route| !is_literal || route.path == path) {
        let Some(params) = params(route.path, path) else { continue };
        if route.method == method || (route.method == "GET" && method == "HEAD") {
            return Match::Found(route.id, params);
        }
        allowed.push(route.method);
        if route.method == "GET" {
            allowed.push("HEAD");
        }
    }
    if allowed.is_empty() { Match::NotFound } else { Match::WrongMethod(allowed) }
}

/// The row that a request is for: for the log, which names routes and no paths.
pub fn row<'a, Id>(table: &'a [Route<Id>], method: &str, path: &str) -> Option<&'a Route<Id>> {
    let wanted = |row: &&Route<Id>| row.method == method || (row.method == "GET" && method == "HEAD");
    table.iter().filter(wanted).find(|row| params(row.path, path).is_some())
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
        /// On to the sign-in dialog.
        SignInPage = "GET" "/signin" Anyone,
        /// The same: whoever is new begins there as well.
        SignUpPage = "GET" "/signup" Anyone,
        /// On to the one address that a provider knows.
        ProviderPage = "GET" "/auth/callback/{provider}" Anyone,
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
        /// What a site is set to, and its domain.
        SiteSettingsPage = "GET" "/sites/{domain}/settings" Owner,
        /// Sets a site otherwise, for browsers without JavaScript.
        SiteSettingsForm = "POST" "/sites/{domain}/settings" Owner,
        /// What others wrote about one's pages elsewhere.
        MentionsPage = "GET" "/sites/{domain}/mentions" Owner,
        /// Shows it or does not, for browsers without JavaScript.
        MentionsForm = "POST" "/sites/{domain}/mentions" Owner,
        /// Begins with a domain for a site, for browsers without JavaScript.
        DomainForm = "POST" "/sites/{domain}/settings/domain" Owner,
        /// Looks at the domain of a site, for browsers without JavaScript.
        DomainCheckForm = "POST" "/sites/{domain}/settings/domain/check" Owner,
        /// Takes the domain of a site out, for browsers without JavaScript.
        DomainRemoveForm = "POST" "/sites/{domain}/settings/domain/remove" Owner,
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
        // The same ways and sessions at the addresses of the teams' API, from here to `LogOut`.
        /// Sends the browser to Google, to sign in.
        Google = "GET" "/api/v1/auth/google" Anyone,
        /// The way back from there: on to the one address that Google knows.
        GoogleCallback = "GET" "/api/v1/auth/google/callback" Anyone,
        /// Whose the session is.
        WhoAmI = "GET" "/api/v1/auth/me" SignedIn,
        /// Signs out.
        LogOut = "POST" "/api/v1/auth/logout" Anyone,
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
        /// The picture of a site's live version.
        Thumbnail = "GET" "/thumbnails/{site}/{id}" Anyone,
        /// The form that reports a page.
        Report = "GET" "/report" Anyone,
        /// Takes a report.
        ReportForm = "POST" "/report" Anyone,
        /// What sites load to show that they are made here.
        Notch = "GET" "/notch.js" Anyone,
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
        /// What a site is set to, and its domain.
        GetSiteSettings = "GET" "/api/sites/{domain}/settings" Owner,
        /// Sets a site otherwise.
        ChangeSiteSettings = "PATCH" "/api/sites/{domain}/settings" Owner,
        /// Begins with a domain for a site.
        PutDomain = "PUT" "/api/sites/{domain}/domain" Owner,
        /// Takes the domain of a site out.
        DeleteDomain = "DELETE" "/api/sites/{domain}/domain" Owner,
        /// Looks at the domain of a site.
        CheckDomain = "POST" "/api/sites/{domain}/domain/check" Owner,
        /// Whether a website proves to be one's own.
        CheckTag = "GET" "/api/notch/check" SignedIn,
        /// What others wrote about one's pages elsewhere: what waits for a yes, or what is shown.
        ListMentions = "GET" "/api/notch/mentions" SignedIn,
        /// Shows a mention, and from now on what its website says.
        LetMentionIn = "PUT" "/api/notch/mentions/{id}" Owner,
        /// Does not show a mention.
        RefuseMention = "DELETE" "/api/notch/mentions/{id}" Owner,
        /// The versions of a site.
        ListSnapshots = "GET" "/api/sites/{domain}/snapshots" Owner,
        /// Restores a version.
        RestoreSnapshot = "POST" "/api/sites/{domain}/snapshots" Owner,
        /// Writes a name or a note on a version, or keeps it for good.
        ChangeSnapshot = "PATCH" "/api/sites/{domain}/snapshots/{id}" Owner,
        /// What is different in a version.
        SnapshotChanges = "GET" "/api/sites/{domain}/snapshots/{id}/changes" Owner,
        /// A version, to take home.
        SnapshotArchive = "GET" "/api/sites/{domain}/snapshots/{id}/archive" Owner,
        /// The version that visitors see, to take home.
        LiveArchive = "GET" "/api/sites/{domain}/archive" Owner,
        /// Lets a person publish files of their own.
        PublishToken = "POST" "/api/sites/{domain}/publish" Owner,
        /// Asks for the deletion of one's account.
        AskForDeletion = "POST" "/api/account/deletion" SignedIn,
        /// Keeps one's account after all.
        CancelDeletion = "DELETE" "/api/account/deletion" SignedIn,
        /// Everything of one's account, as an archive.
        Export = "POST" "/api/account/export" SignedIn,
        /// Finds accounts and sites.
        AdminFind = "GET" "/api/admin/find" Operator,
        /// Has the agent of a site begin anew.
        AdminClearSession = "DELETE" "/api/admin/sites/{id}/agent-session" Operator,
        /// Takes a site down.
        AdminTakeDown = "PUT" "/api/admin/sites/{id}/takedown" Operator,
        /// Puts a site back that was taken down.
        AdminPutBack = "DELETE" "/api/admin/sites/{id}/takedown" Operator,
        /// The reports that nobody has looked at.
        AdminReports = "GET" "/api/admin/reports" Operator,
        /// Closes a report.
        AdminCloseReport = "POST" "/api/admin/reports/{reference}/close" Operator,
        /// Has the edge's copies written once more.
        AdminResync = "POST" "/api/admin/resync" Operator,
        /// Seals a part of people's secrets again, with the key that is in use now.
        AdminReseal = "POST" "/api/admin/secrets/reseal" Operator,
        // What people leave on pages.
        /// What was left on a page.
        ListReactions = "GET" "/api/notch/reactions" Anyone,
        /// Leaves something on a page.
        React = "POST" "/api/notch/reactions" SignedIn,
        /// Writes the comment of a reaction of one's own anew.
        EditReaction = "PATCH" "/api/notch/reactions/{id}" SignedIn,
        /// Takes a reaction of one's own back.
        UndoReaction = "DELETE" "/api/notch/reactions/{id}" SignedIn,
        /// Hides a reaction on a page of one's own.
        HideReaction = "PUT" "/api/notch/reactions/{id}/hidden" SignedIn,
        /// Shows it again.
        ShowReaction = "DELETE" "/api/notch/reactions/{id}/hidden" SignedIn,
        /// Who left the same at the same place.
        WhoReacted = "GET" "/api/notch/reactions/{id}/who" Anyone,
        /// What was left on a page, as W3C annotations.
        Annotations = "GET" "/api/notch/annotations" Anyone,
        /// One of them.
        GetAnnotation = "GET" "/api/notch/annotations/{id}" Anyone,
        /// What people left on the pages of a site of one's own.
        SiteReactions = "GET" "/api/sites/{domain}/reactions" Owner,
        /// The same as a page.
        SiteReactionsPage = "GET" "/sites/{domain}/reactions" Owner,
        /// Hides or shows one, for browsers without JavaScript.
        HideReactionForm = "POST" "/sites/{domain}/reactions" Owner,
        /// Whether this worker and the ones behind it answer.
        Health = "GET" "/healthz" Anyone,
        // Being known in the frame that stands on members' pages, from here to `EndGrant`.
        /// The page of the frame.
        Embed = "GET" "/embed/{host}" Anyone,
        /// The window in which somebody agrees to be known on a site.
        Agree = "GET" "/connect" Anyone,
        /// Where the window ends in which somebody signed in at a provider meanwhile.
        AgreeSignedIn = "GET" "/connect/signed-in" Anyone,
        /// Pages to try the frame out on.
        Playground = "GET" "/notch/test" Anyone,
        /// One of them.
        PlaygroundPage = "GET" "/notch/test/{page}" Anyone,
        /// Ends being known on a site, for browsers without JavaScript.
        EndGrantForm = "POST" "/settings/known/end" SignedIn,
        /// Agrees to be known on a site.
        NewGrant = "POST" "/api/notch/grants" SignedIn,
        /// Makes a grant of a code.
        RedeemGrant = "POST" "/api/notch/redeem" Anyone,
        /// Makes a bearer for the frame of a browser that has not kept the cookie of a grant.
        NotchBearer = "POST" "/api/notch/bearer" Anyone,
        /// Who is there.
        NotchMe = "GET" "/api/notch/me" Anyone,
        /// Ends the grant that the frame has.
        NotchSignOut = "POST" "/api/notch/sign-out" Anyone,
        /// Proof that an act was begun inside the frame.
        NotchNonce = "POST" "/api/notch/nonce" SignedIn,
        /// Where one is known.
        ListGrants = "GET" "/api/notch/grants" SignedIn,
        /// Ends being known on a site.
        EndGrant = "DELETE" "/api/notch/grants/{id}" Owner,
        /// The document that describes every JSON route.
        OpenApi = "GET" "/api/openapi.json" Anyone,
        // Messages between sites, from here to `MessageDeleteForm`.
        /// Whom one has written with.
        ListThreads = "GET" "/api/notch/threads" SignedIn,
        /// What was written with a site.
        ListMessages = "GET" "/api/notch/threads/{domain}/messages" SignedIn,
        /// Writes to a site.
        SendMessage = "POST" "/api/notch/threads/{domain}/messages" SignedIn,
        /// Notes up to where one has read.
        ReadThread = "POST" "/api/notch/threads/{domain}/read" SignedIn,
        /// Changes the words of a message.
        EditMessage = "PATCH" "/api/notch/messages/{id}" SignedIn,
        /// Takes a message back.
        DeleteMessage = "DELETE" "/api/notch/messages/{id}" SignedIn,
        /// Whom one has written with, as a page.
        MessagesPage = "GET" "/messages" SignedIn,
        /// What was written with a site, as a page.
        ThreadPage = "GET" "/messages/{domain}" SignedIn,
        /// Writes to a site, for browsers without JavaScript.
        MessageForm = "POST" "/messages/{domain}" SignedIn,
        /// Notes that all was read, for browsers without JavaScript.
        MessageReadForm = "POST" "/messages/{domain}/read" SignedIn,
        /// Changes the words of a message, for browsers without JavaScript.
        MessageEditForm = "POST" "/messages/{domain}/edit" SignedIn,
        /// Takes a message back, for browsers without JavaScript.
        MessageDeleteForm = "POST" "/messages/{domain}/delete" SignedIn,
        // Following: feeds, profiles, notifications, being left alone.
        /// What is new.
        Feed = "GET" "/api/feed" Anyone,
        /// A site, as its visitors see it.
        SiteProfile = "GET" "/api/notch/sites/{domain}" Anyone,
        /// Whom a site follows.
        ListFollowing = "GET" "/api/notch/sites/{domain}/following" Anyone,
        /// Who follows a site.
        ListFollowers = "GET" "/api/notch/sites/{domain}/followers" Anyone,
        /// Who follows a site and is followed by it.
        ListMutuals = "GET" "/api/notch/sites/{domain}/mutuals" Anyone,
        /// Follows a site.
        Follow = "PUT" "/api/notch/follows/{domain}" SignedIn,
        /// Unfollows a site.
        Unfollow = "DELETE" "/api/notch/follows/{domain}" SignedIn,
        /// Follows a website, a member's or not.
        FollowWebsite = "POST" "/api/notch/follows" SignedIn,
        /// Unfollows a website that is no member's.
        UnfollowWebsite = "DELETE" "/api/notch/subscriptions/{id}" SignedIn,
        /// Whom one has blocked.
        ListBlocks = "GET" "/api/notch/blocks" SignedIn,
        /// Blocks a site.
        Block = "PUT" "/api/notch/blocks/{domain}" SignedIn,
        /// Takes a block back.
        Unblock = "DELETE" "/api/notch/blocks/{domain}" SignedIn,
        /// Whom one has muted.
        ListMutes = "GET" "/api/notch/mutes" SignedIn,
        /// Mutes a site.
        Mute = "PUT" "/api/notch/mutes/{domain}" SignedIn,
        /// Takes a mute back.
        Unmute = "DELETE" "/api/notch/mutes/{domain}" SignedIn,
        /// What one wants of others.
        GetPreferences = "GET" "/api/notch/preferences" SignedIn,
        /// Changes what one wants of others.
        ChangePreferences = "PATCH" "/api/notch/preferences" SignedIn,
        /// What others did.
        ListNotifications = "GET" "/api/notch/notifications" SignedIn,
        /// Notes up to where one has seen it.
        ReadNotifications = "POST" "/api/notch/notifications/read" SignedIn,
        /// A site, as its visitors see it: its page here.
        SitePage = "GET" "/sites/{domain}" Anyone,
        /// Follows a site or unfollows it, for browsers without JavaScript.
        FollowForm = "POST" "/sites/{domain}/follow" SignedIn,
        /// Follows a website, a member's or not, or unfollows one that is not, for browsers without JavaScript.
        WebsiteForm = "POST" "/follows" SignedIn,
        /// Blocks or mutes a site or takes that back, for browsers without JavaScript.
        ApartForm = "POST" "/sites/{domain}/apart" SignedIn,
        /// What others did: its page.
        NotificationsPage = "GET" "/notifications" SignedIn,
        /// Marks what others did as seen, for browsers without JavaScript.
        ReadNotificationsForm = "POST" "/notifications/read" SignedIn,
        /// Changes what one wants of others, for browsers without JavaScript.
        PreferencesForm = "POST" "/settings/others" SignedIn,
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
        /// The live door to everything that happens to one's site.
        Live = "GET" "/api/notch/live" SignedIn,
    }
}

table! {
    /// The deploy worker: what agents and people publish to.
    DEPLOY: Deploy {
        /// One-POST publishing.
        Publish = "POST" "/api/agent/deploy" DeployToken,
        /// The program that publishes a folder in several requests.
        DeployScript = "GET" "/api/agent/deploy.sh" Anyone,
        /// Begins publishing in several requests.
        BeginUpload = "POST" "/api/agent/deploy/uploads" DeployToken,
        /// How far that is.
        UploadState = "GET" "/api/agent/deploy/uploads/{id}" DeployToken,
        /// Takes a file that was missing.
        PutBlob = "PUT" "/api/agent/deploy/uploads/{id}/blobs/{sha256}" DeployToken,
        /// Makes a version of what was sent.
        CommitUpload = "POST" "/api/agent/deploy/uploads/{id}/commit" DeployToken,
        /// Gives it up.
        AbandonUpload = "DELETE" "/api/agent/deploy/uploads/{id}" DeployToken,
    }
}

table! {
    /// The openweb worker: what other websites and their programs ask for.
    OPENWEB: Openweb {
        /// Explains how to tell us of a mention, and takes one by hand.
        WebmentionPage = "GET" "/webmention" Anyone,
        /// Takes word of a mention (Webmention).
        Webmention = "POST" "/webmention" Anyone,
        /// What has become of a mention.
        WebmentionState = "GET" "/webmention/{id}" Anyone,
        /// What a site did, as Atom.
        AtomFeed = "GET" "/feeds/{domain}/atom.xml" Anyone,
        /// What a site did, as JSON Feed.
        JsonFeed = "GET" "/feeds/{domain}/feed.json" Anyone,
        /// What a site is, for programs (WebFinger).
        Webfinger = "GET" "/.well-known/webfinger" Anyone,
        /// Asks whether the daily mail is to end.
        UnsubscribePage = "GET" "/unsubscribe" Anyone,
        /// Ends the daily mail, for mail programs too.
        Unsubscribe = "POST" "/unsubscribe" Anyone,
    }
}

table! {
    /// The teams worker: organizations, their projects, and the sessions in which an agent changes a repository.
    TEAMS: Teams {
        // Pages. Those whose address stands as it is come before those with a name in it.
        /// The organizations that one is in, as a page.
        OrganizationsPage = "GET" "/orgs" SignedIn,
        /// Making one, as a page.
        NewOrganizationPage = "GET" "/orgs/new" SignedIn,
        /// What an organization works on, as a page.
        OrganizationPage = "GET" "/orgs/{orgId}" Member,
        /// What it is called, who is in it, and the ways out.
        OrganizationSettingsPage = "GET" "/orgs/{orgId}/settings" Member,
        /// The sessions that were, as a page.
        SessionsPage = "GET" "/orgs/{orgId}/sessions" Member,
        /// Picking the repository of a new project.
        NewProjectPage = "GET" "/orgs/{orgId}/projects/new" Admin,
        /// Setting a new project up, step by step.
        ProjectSetupPage = "GET" "/orgs/{orgId}/projects/{id}/setup" Admin,
        /// A project's settings.
        ProjectSettingsPage = "GET" "/orgs/{orgId}/projects/{id}/settings" Admin,
        /// What an invite is, as a page. Looking at it accepts nothing.
        InvitePage = "GET" "/invite/{token}" Anyone,
        /// Comes in by an invite, for browsers without JavaScript.
        InviteForm = "POST" "/invite/{token}" SignedIn,
        /// Sends somebody to GitHub, to let us work on their repositories.
        ConnectGithub = "GET" "/api/v1/auth/github" SignedIn,
        /// The way back from there.
        GithubCallback = "GET" "/api/v1/auth/github/callback" SignedIn,
        /// Keeps one's key for the model.
        PutApiKey = "PUT" "/api/v1/users/api-key" SignedIn,
        /// Forgets it.
        DeleteApiKey = "DELETE" "/api/v1/users/api-key" SignedIn,
        /// Whether there is one.
        ApiKeyStatus = "GET" "/api/v1/users/api-key/status" SignedIn,
        /// Makes an organization.
        CreateOrganization = "POST" "/api/v1/orgs" SignedIn,
        /// The organizations that one is in.
        ListOrganizations = "GET" "/api/v1/orgs" SignedIn,
        /// One of them.
        GetOrganization = "GET" "/api/v1/orgs/{orgId}" Member,
        /// Renames it, or sets what it may spend.
        UpdateOrganization = "PUT" "/api/v1/orgs/{orgId}" Admin,
        /// Deletes it.
        DeleteOrganization = "DELETE" "/api/v1/orgs/{orgId}" Admin,
        /// Who is in it.
        ListMembers = "GET" "/api/v1/orgs/{orgId}/members" Admin,
        /// Gives somebody who is in it another role.
        SetMemberRole = "POST" "/api/v1/orgs/{orgId}/members" Admin,
        /// Takes somebody out of it.
        RemoveMember = "DELETE" "/api/v1/orgs/{orgId}/members" Admin,
        /// Leaves it.
        LeaveOrganization = "POST" "/api/v1/orgs/{orgId}/leave" Member,
        /// Invites that nobody has accepted yet.
        ListInvites = "GET" "/api/v1/orgs/{orgId}/invites" Admin,
        /// Invites somebody.
        CreateInvite = "POST" "/api/v1/orgs/{orgId}/invites" Admin,
        /// Takes an invite back.
        DeleteInvite = "DELETE" "/api/v1/orgs/{orgId}/invites/{id}" Admin,
        /// Comes in by an invite.
        AcceptInvite = "POST" "/api/v1/orgs/invites/{token}/accept" SignedIn,
        /// Whether GitHub is connected, and as whom.
        GithubStatus = "GET" "/api/v1/github" SignedIn,
        /// Gives the connection up.
        DisconnectGithub = "DELETE" "/api/v1/github" SignedIn,
        /// The repositories that one can work on.
        ListRepositories = "GET" "/api/v1/github/repos" SignedIn,
        /// One of them.
        GetRepository = "GET" "/api/v1/github/repos/{owner}/{repo}" SignedIn,
        /// Settings for a repository, proposed from what is in it.
        GetProposal = "GET" "/api/v1/orgs/{orgId}/proposal" Admin,
        /// Sets up a repository for an organization.
        CreateProject = "POST" "/api/v1/orgs/{orgId}/projects" Admin,
        /// What an organization works on.
        ListProjects = "GET" "/api/v1/orgs/{orgId}/projects" Member,
        /// One of these.
        GetProject = "GET" "/api/v1/orgs/{orgId}/projects/{id}" Member,
        /// Sets it otherwise.
        UpdateProject = "PUT" "/api/v1/orgs/{orgId}/projects/{id}" Admin,
        /// Gives it up; the repository stays as it is.
        DeleteProject = "DELETE" "/api/v1/orgs/{orgId}/projects/{id}" Admin,
        /// The sessions that an organization has and had.
        ListWorkSessions = "GET" "/api/v1/orgs/{orgId}/sessions" Member,
        /// Those of a project that go on at this moment.
        ActiveWorkSessions = "GET" "/api/v1/orgs/{orgId}/projects/{id}/active-sessions" Member,
        /// Starts a session.
        CreateWorkSession = "POST" "/api/v1/sessions" SignedIn,
        /// One of them.
        GetWorkSession = "GET" "/api/v1/sessions/{sessionId}" SignedIn,
        /// What was said in it.
        SessionMessages = "GET" "/api/v1/sessions/{sessionId}/messages" SignedIn,
        /// What it would hand over.
        SessionChanges = "GET" "/api/v1/sessions/{sessionId}/changes" SignedIn,
        /// Ends it with a pull request.
        CreatePullRequest = "POST" "/api/v1/sessions/{sessionId}/create-pr" SignedIn,
        /// Ends it in the main branch.
        CommitToMain = "POST" "/api/v1/sessions/{sessionId}/commit-to-main" SignedIn,
        /// Ends it and throws its work away.
        DiscardSession = "POST" "/api/v1/sessions/{sessionId}/discard" SignedIn,
        /// Gives it more time, once.
        ExtendSession = "POST" "/api/v1/sessions/{sessionId}/extend" SignedIn,
        /// Takes a turn of it back.
        UndoTurn = "POST" "/api/v1/sessions/{sessionId}/undo" SignedIn,
        /// An address at which one sees what a session's sandbox shows.
        CreatePreview = "POST" "/api/v1/sessions/{sessionId}/preview" SignedIn,
        /// Builds what its sandboxes start from.
        BuildTemplate = "POST" "/api/v1/orgs/{orgId}/projects/{id}/build-template" Admin,
        /// How far that is.
        TemplateStatus = "GET" "/api/v1/orgs/{orgId}/projects/{id}/template-status" Member,
        /// A session: the conversation and the preview.
        SessionPage = "GET" "/session/{sessionId}" Member,
        /// A picture of its preview. Those that its pull request shows are for everybody, the others for members.
        SessionPicture = "GET" "/session/{sessionId}/pictures/{picture}" Anyone,
    }
}

table! {
    /// What only other workers may call, through a service binding: the host is `teams.internal`.
    TEAMS_INTERNAL: TeamsInternal {
        /// Whether this worker answers.
        Health = "GET" "/healthz" Anyone,
        /// Seals a part of people's secrets again, with the key that is in use now.
        Reseal = "POST" "/secrets/reseal" Anyone,
    }
}

table! {
    /// What only other workers may call, through a service binding: the host is `openweb.internal`.
    OPENWEB_INTERNAL: OpenwebInternal {
        /// Whether this worker answers.
        Health = "GET" "/healthz" Anyone,
    }
}

table! {
    /// What only other workers may call, through a service binding: the host is `api.internal`.
    API_INTERNAL: ApiInternal {
        /// Whether the pages of a version lead to places known to be unsafe.
        CheckLinks = "POST" "/sites/{site}/links" Anyone,
    }
}

table! {
    /// What only other workers may call, through a service binding: the host is `agent.internal`.
    AGENT_INTERNAL: AgentInternal {
        /// A version of this site went live.
        Published = "POST" "/sites/{site}/published" Anyone,
        /// What was said about a site, a part at a time.
        Conversation = "GET" "/sites/{site}/conversation" Anyone,
        /// Gives the agent's session of a site up, so that the next message begins a new one.
        ClearSession = "DELETE" "/sites/{site}/agent-session" Anyone,
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
        /// Sets a site otherwise.
        Configure = "PATCH" "/sites/{site}/settings" Anyone,
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
        assert_eq!(row(API, "HEAD", "/api/sites/check").map(|row| row.id), Some(Api::CheckLabel));
        assert_eq!(row(API, "GET", "/api/sites/a.test").map(|row| row.path), Some("/api/sites/{domain}"));
        assert_eq!(row(API, "PUT", "/healthz"), None);
    }

    fn no_row_hides_another<Id: Copy + PartialEq + std::fmt::Debug>(table: &[Route<Id>]) {
        for row in table {
            let path: Vec<&str> =
                row.path.split('/').map(|part| if part.starts_with('{') { "~" } else { part }).collect();
            let found = find(table, row.method, &path.join("/"));
            assert!(matches!(found, Match::Found(id, _) if id == row.id), "{} {}: {found:?}", row.method, row.path);
        }
    }

    #[test]
    fn every_row_is_found() {
        no_row_hides_another(API);
        no_row_hides_another(AGENT);
        no_row_hides_another(DEPLOY);
        no_row_hides_another(OPENWEB);
        no_row_hides_another(TEAMS);
        assert_eq!(find(API, "DELETE", "/api/sites/check/thumbnail"), Match::NotFound);
        assert_eq!(find(API, "DELETE", "/api/sites/check"), Match::WrongMethod(vec!["GET", "HEAD"]));
        assert_eq!(find(API, "PUT", "/sites"), Match::WrongMethod(vec!["GET", "HEAD"]));
    }
}
