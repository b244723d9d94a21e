//! Alerts of the service: which rules are told of a change of an incident, and how messages get to their channels.
//!
//! Whoever changes an incident calls [`consider`] in the same change of the database: the alert is there when the
//! change is, and not without it. What a rule waits for (a time to last, the end of quiet hours, the next step of an
//! escalation) is asked again by [`run`], which also sends what waits to be sent.

mod consider;
mod dispatch;
mod letter;
mod tell;

pub(crate) use consider::{consider, facts_of, gone, would_tell};
pub(crate) use dispatch::{run, told};
pub(crate) use letter::{fields_of, letter_error, link, prepared};
pub(crate) use tell::message_of;
