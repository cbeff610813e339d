//! Where somebody is signed in.

use crate::pages::{
    art::{self, paths},
    text,
};
use maud::{Markup, html};
use vetka_domain::user_agent::{self, Shape};

/// A browser that they are signed in with.
#[derive(Clone, Debug)]
pub struct Device {
    /// The session, to sign it out.
    pub id: String,
    /// The browser's name for itself.
    pub user_agent: String,
    /// `Graz, AT`; empty when it is not known.
    pub place: String,
    /// The network's address; empty when it is not known.
    pub ip_address: String,
    /// Exact to the hour, Unix milliseconds UTC.
    pub last_seen_at: i64,
    /// Whether it is the one that asks.
    pub current: bool,
}

pub(super) fn section(devices: &[Device], now: i64) -> Markup {
    html! {
        section.card.sheet.part #devices aria-labelledby="devices-title" {
            h2 #devices-title { "Devices" }
            p { "Where you are signed in. If you do not know one of them, sign it out: it can change nothing from then on." }
            p.hint {
                "Signing one device out leaves the websites below as they are. Signing out everywhere else also ends what "
                "they know of you."
            }
            ul.entries role="list" {
                @for device in devices { (row(device, now)) }
            }
            @if devices.len() > 1 {
                form method="post" action="/settings/devices/sign-out-others" {
                    button.button.plain type="submit" { "Sign out everywhere else" }
                }
            }
        }
    }
}

fn row(device: &Device, now: i64) -> Markup {
    let known = user_agent::read(&device.user_agent);
    let drawing = match known.shape {
        Shape::Handheld => paths::PHONE,
        Shape::Computer => paths::SCREEN,
    };
    let name = known.words();
    html! {
        li.entry {
            span.entry-art { (art::line(drawing)) }
            div.entry-words {
                p.entry-name { (name) @if device.current { " " span.badge { "This device" } } }
                p.entry-facts {
                    @for place in [&device.place, &device.ip_address] {
                        @if !place.is_empty() { span { (place) } }
                    }
                    span { (text::seen(device.last_seen_at, now)) }
                }
            }
            @if device.current {
                form method="post" action="/sign-out" { button.text-button type="submit" { "Sign out" } }
            } @else {
                form method="post" action="/settings/devices/sign-out" {
                    input type="hidden" name="id" value=(device.id);
                    button.text-button type="submit" aria-label={ "Sign out " (name) } { "Sign out" }
                }
            }
        }
    }
}
