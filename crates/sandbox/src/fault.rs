//! What can go wrong on purpose, and when; `fault_text` has the text that asks for it.

use std::time::Duration;

/// One thing that goes wrong, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The text it was made from.
    pub text: String,
    /// What happens.
    pub mischief: Mischief,
    /// How much later the answer comes.
    pub latency: Option<Duration>,
    /// Kinds of call; empty = any.
    pub kinds: Vec<String>,
    /// The verb; `None` = any.
    pub method: Option<String>,
    /// What the request or its license must mention.
    pub about: Option<String>,
    /// How many matching calls pass first.
    pub skip: u32,
    /// How many times it happens; `None` = always.
    pub times: Option<u32>,
    /// The chance of each time, 0 to 1.
    pub rate: f64,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum Mischief {
    /// Nothing but latency.
    None,
    /// An error answer.
    Status {
        /// The status.
        status: u16,
        /// The header of that name, in seconds.
        retry_after: Option<u32>,
        /// Whether the body is text rather than JSON.
        is_plain: bool,
        /// Whether the work is done all the same.
        when: When,
    },
    /// A refusal that repeats what was sent.
    Repeat,
    /// No answer.
    Cut(When),
    /// No answer for so long, then none.
    Hang(Duration, When),
    /// A good answer to work that was not done.
    Lie,
    /// A body that cannot be read.
    Garble,
    /// A field that cannot be read.
    Misspell(String),
    /// A slow answer.
    SlowBytes(Duration),
    /// Lists that lag behind.
    StaleSearch(Duration),
}

/// On which side of the work something goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Nothing is done.
    Before,
    /// It is done.
    After,
}
