//! The session's own looks at its preview, with Cloudflare's browser: what a page looks like before and after a turn, what
//! goes wrong on it, and pictures of what people point at. Nothing hangs on them: without a browser, or when it has no time,
//! there is no picture.

use super::{Object, store::TurnRow};
use crate::{bucket, sandbox::Sandbox};
use std::{rc::Rc, time::Duration};
use vetka_domain::{
    limit::{PICTURES, Subject},
    target::encode_component,
    team::{
        frame::{Person, Pin},
        preview,
        session::Status,
        startup::LOGS,
        view::{self, Answered, View},
    },
};
use vetka_edge::{
    Result,
    browser::{Browser, Shot, WIDTH},
    config,
    limit::{self, Rule},
    log,
    outside::Question,
    trace,
};
use worker::Method;

/// How long a picture may take: a turn waits for it.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a page may take to answer.
const LOOK: Duration = Duration::from_secs(8);
/// Narrowest and widest window that a picture of a place is taken in.
const WIDTHS: (u32, u32) = (320, 1920);
/// Errors of one page that are told apart.
const MOST_REPORTS: usize = 8;

impl Object {
    /// Sees to it that there is a picture from before a turn.
    pub(super) async fn look_before(&self, turn: i64) -> Result<()> {
        let Some(row) = self.store.view(turn)?.filter(|row| row.before.is_none()) else { return Ok(()) };
        let picture = match self.store.newest_picture(&row.page)? {
            Some(picture) => Some(picture),
            None => self.picture(&row.page, WIDTH, None).await,
        };
        match picture {
            Some(picture) => self.store.set_picture_before(turn, &picture),
            None => Ok(()),
        }
    }

    /// Looks at a turn's page after it was changed; gives what to say of it, and what was seen.
    pub(super) async fn look_after(&self, turn: i64) -> Result<(Option<String>, Option<View>)> {
        let row = self.store.view(turn)?;
        let page = row.as_ref().map_or("/", |row| &row.page);
        let Some(answered) = self.answered(page).await? else { return Ok((None, None)) };
        self.reports.borrow_mut().clear();
        let after = self.picture(page, WIDTH, None).await;
        let wrong = after.as_ref().map(|_| self.reports.borrow().len());
        let said = view::checked(page, answered, wrong);
        let Some((row, after)) = row.zip(after) else { return Ok((Some(said), None)) };
        self.store.set_picture_after(turn, &after)?;
        Ok((Some(said), Some(View { page: row.page, before: row.before, after })))
    }

    /// How a page of the preview answers; `None` without a preview.
    async fn answered(&self, page: &str) -> Result<Option<Answered>> {
        let memory = self.known()?;
        let Some(held) = memory.sandbox.filter(|_| memory.has_preview) else { return Ok(None) };
        let url = format!("{}{page}", config::var(&self.env, "E2B_SANDBOX_URL")?);
        let question = Question::new(Method::Get, &url)
            .header("accept", "text/html")
            .header("e2b-sandbox-id", held.id)
            .header("e2b-sandbox-port", memory.begin.project.port.to_string())
            .longest(8 * 1024 * 1024)
            .timeout(LOOK);
        let question = match held.traffic {
            Some(token) => question.header("e2b-traffic-access-token", token),
            None => question,
        };
        Ok(Some(question.ask().await.map_or(Answered::Never, |answer| Answered::Status(answer.status))))
    }

    /// Takes a picture of a page of the preview, or of one place in it; gives its name. That there is none is for the log.
    async fn picture(&self, page: &str, width: u32, selector: Option<&str>) -> Option<String> {
        match self.take_picture(page, width, selector).await {
            Ok(picture) => picture,
            Err(failure) => {
                failure.log("session");
                None
            }
        }
    }

    async fn take_picture(&self, page: &str, width: u32, selector: Option<&str>) -> Result<Option<String>> {
        let memory = self.known()?;
        if memory.status != Status::Running || !memory.has_preview {
            return Ok(None);
        }
        let Some(browser) = Browser::of(&self.env)? else { return Ok(None) };
        let id = &memory.begin.id;
        let origin = preview::origin(&config::var(&self.env, "PREVIEW_ORIGIN")?, id);
        let (token, to) = (self.mint_for_browser()?, encode_component(page));
        let address = format!("{origin}{}enter?token={token}&to={to}", preview::PREFIX);
        match browser.screenshot(&address, width, selector, PATIENCE).await {
            Shot::Taken(picture) => Ok(Some(bucket::keep(&self.env, id, picture).await?)),
            Shot::Wait { .. } => Ok(None),
            Shot::Failed(cause) => {
                log::error("session", "no_picture", &cause);
                Ok(None)
            }
        }
    }

    /// What a page that our browser looks at says has gone wrong on it.
    pub(super) fn note_report(&self, message: &str) {
        let mut reports = self.reports.borrow_mut();
        let is_new = !reports.iter().any(|known| known == message);
        if is_new && !message.is_empty() && reports.len() < MOST_REPORTS {
            reports.push(message.to_owned());
        }
    }

    /// Has a picture taken of what somebody points at, while they go on.
    pub(super) fn picture_pin(self: &Rc<Self>, id: String, pin: &Pin, person: &Person) {
        let (object, pin, person) = (Rc::clone(self), pin.clone(), person.id.clone());
        self.state.wait_until(trace::keep(async move {
            if let Err(failure) = object.take_picture_of_pin(&id, &pin, &person).await {
                failure.log("session");
            }
        }));
    }

    async fn take_picture_of_pin(&self, id: &str, pin: &Pin, person: &str) -> Result<()> {
        if limit::take(&self.env, &[Rule(PICTURES, Subject::Account(person))]).await.is_err() {
            return Ok(());
        }
        let width = pin.width.clamp(WIDTHS.0, WIDTHS.1);
        let picture = self.picture(view::page(&pin.page), width, Some(&pin.selector)).await;
        let Some(picture) = picture else { return Ok(()) };
        self.store.set_pin_picture(id, &picture)?;
        self.show_pins()
    }

    /// What a turn points at, with its pictures where its agent can look at them.
    pub(super) async fn pins_for_agent(&self, sandbox: &Sandbox, row: &TurnRow) -> Result<Vec<Pin>> {
        let mut pins = row.pins()?;
        for (number, pin) in (1..).zip(&mut pins) {
            if let Some(name) = pin.picture.take() {
                let file = format!("{LOGS}/place-{}-{number}.webp", row.number);
                pin.picture = self.give(sandbox, &name, file).await?;
            }
        }
        Ok(pins)
    }

    async fn give(&self, sandbox: &Sandbox, name: &str, file: String) -> Result<Option<String>> {
        let session = self.known()?.begin.id;
        let Some(picture) = bucket::get(&self.env, bucket::VIEWS, &session, name).await? else { return Ok(None) };
        // What cannot be written is told of nowhere; the words about the place stand.
        Ok(sandbox.write_private(&file, &picture).await.is_ok().then_some(file))
    }

    /// The part of a pull request's text with pictures, which everybody may see who has their address from now on.
    pub(super) async fn pictures_for_pull_request(&self) -> Result<String> {
        let views = view::for_pull_request(self.store.views()?);
        let id = self.known()?.begin.id;
        for view in &views {
            for name in view.before.iter().chain([&view.after]) {
                bucket::show(&self.env, &id, name).await?;
            }
        }
        let base = format!("{}/session/{id}/pictures/", config::var(&self.env, "APP_ORIGIN")?);
        Ok(view::for_text(&views, &base))
    }
}
