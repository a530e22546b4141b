//! Facts, records, rules, compare, ids and time. No I/O, no clock, no randomness.
//!
//! # Words
//!
//! | word | meaning |
//! | --- | --- |
//! | tenant | a vendor; owns everything below |
//! | storefront | a vendor's store at the shop: webhook URL, secrets, rules, product mappings |
//! | license server | a vendor's account at a licensing service: base URL, access token |
//! | delivery | one HTTP POST to a webhook URL; holds one or more events |
//! | event | one stored webhook event, identified by storefront and the shop's event id |
//! | [`fact`] | what an event says, in our words, free of wire format |
//! | record | what the shop says now, folded from facts: an order with its lines, a subscription with its state |
//! | [`license`] | one license that we issued or adopted |
//! | [abilities] | what a kind of license server can do by itself: periods, grace, trials, ends that are days |
//! | [aspect](license::Aspect) | one side of a license that can change by itself |
//! | plan | the actions that bring the licenses in line with the record, for the aspects that the fact speaks of |
//! | [`wish`] | what a person asks for one license: more days, a suspension lifted |
//! | [`consent`] | a person's answer about access that is to be taken away |
//! | [`action`] | issue, renew, set term, suspend, … |
//! | [grace](license::BesideEnd) | extra hours beyond the end: the license server's own, else added to the end |
//! | [trial](license::BesideEnd) | unpaid time at the beginning; the license server's own, else only an end |
//! | effect | an action on record, with its attempts and evidence |
//! | [`portion`] | the licenses of a purchase that one go looks at; a great one takes several |
//! | rules | policy + product mappings + attributes; a preset is a named policy |
//!
//! ```text
//! record' = fold(record, fact)                        pure; an older fact changes nothing
//! plan    = compare(fact, record', rules, licenses)   pure; Plan | Needs(questions)
//! ```

pub mod abilities;
pub mod act;
pub mod action;
pub mod addresses;
pub mod attribute;
pub mod by_hand;
pub mod catalog_check;
pub mod compare;
pub mod complete;
pub mod consent;
pub mod effect;
pub mod fact;
pub mod fold;
pub mod give;
pub mod holder;
pub mod id;
pub mod job;
pub mod key_delivery;
pub mod key_request;
pub mod kind;
pub mod lane;
pub mod license;
pub mod mapping;
pub mod masked;
pub mod news;
pub mod note;
pub mod plan;
pub mod policy;
pub mod portion;
pub mod reason;
pub mod record;
pub mod refund;
pub mod refusal;
pub mod rules;
pub mod search_text;
pub mod second_try;
pub mod shop_id;
#[cfg(test)]
mod spelling_tests;
pub mod time;
pub mod touches;
pub mod wish;
