//! Alerts: who is told of what, when, and in which form.
//!
//! Pure but for its ends: rules, quiet hours, damping and the machine of a rule take the clock as an argument, every
//! channel makes a request or a mail out of a message, and only [`Sender`] and the look-up before it touch the
//! network. Knows nothing of the store: what it remembers is plain data that others keep.

mod channel;
mod email;
mod error;
mod flap;
pub mod guard;
pub mod in_app;
mod machine;
mod message;
mod outgoing;
mod pagerduty;
pub mod quiet;
mod redact;
mod retry;
pub mod rule;
mod sender;
mod slack;
mod teams;
mod template;
mod webhook;
mod wildcard;

pub use channel::{
    CHANNELS, ChannelInfo, FieldError, FieldInfo, FieldShape, Fields, Rules, TemplateInfo, channel,
    check_templates, prepare,
};
pub use error::SendError;
pub use flap::FlapState;
pub use machine::{AlertState, Standing, Tell, step};
pub use message::{Letter, MAX_FINDINGS, Message, MessageFinding};
pub use outgoing::{Prepared, Shown};
pub use redact::redacted;
pub use retry::{GIVE_UP_MS, wait_ms};
pub use sender::{Sender, SenderConfig, SenderError, Sent};
pub use template::{Escape, MAX_TEMPLATE_BYTES, TemplateError};
pub use webhook::signature;
pub use wildcard::fits;
