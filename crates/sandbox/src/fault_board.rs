//! Which of the faults that are set strikes a request.

use std::time::Duration;

use crate::fault::{Fault, Mischief};

/// The faults that are set, and how often each has met its call.
#[derive(Debug, Default)]
pub struct FaultBoard {
    faults: Vec<Posted>,
}

#[derive(Debug)]
struct Posted {
    fault: Fault,
    met: u32,
    struck: u32,
}

/// What strikes one request: all latencies together, and the first mischief.
#[derive(Debug, Default, PartialEq)]
pub struct Strike {
    /// What goes wrong; `None` = nothing.
    pub mischief: Option<Mischief>,
    /// How much later the answer comes.
    pub latency: Option<Duration>,
    /// The texts of the faults that struck.
    pub texts: Vec<String>,
}

/// What a fault may look at in a request.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The kind of call.
    pub kind: &'a str,
    /// The verb.
    pub method: &'a str,
    /// Everything that `about` may be found in.
    pub mentions: &'a str,
}

impl FaultBoard {
    /// These faults and no others.
    pub fn set(&mut self, faults: Vec<Fault>) {
        self.faults.clear();
        self.add(faults);
    }

    /// These faults besides those that are set.
    pub fn add(&mut self, faults: Vec<Fault>) {
        let posted = faults.into_iter().map(|fault| Posted {
            fault,
            met: 0,
            struck: 0,
        });
        self.faults.extend(posted);
    }

    /// The texts of the faults that are set, each with how often it struck.
    pub fn list(&self) -> Vec<(String, u32)> {
        let posted = self.faults.iter();
        posted
            .map(|posted| (posted.fault.text.clone(), posted.struck))
            .collect()
    }

    /// Whether any fault looks at what a request mentions.
    pub fn reads_mentions(&self) -> bool {
        self.faults
            .iter()
            .any(|posted| posted.fault.about.is_some())
    }

    /// What strikes this request; `chance` draws a number from 0 to below 1.
    pub fn strike(&mut self, target: Target<'_>, mut chance: impl FnMut() -> f64) -> Strike {
        let mut strike = Strike::default();
        for posted in &mut self.faults {
            let fault = &posted.fault;
            let is_second = strike.mischief.is_some() && fault.mischief != Mischief::None;
            if is_second || !matches(fault, target) {
                continue;
            }
            posted.met += 1;
            let is_spent = fault.times.is_some_and(|times| posted.struck >= times);
            if posted.met <= fault.skip || is_spent || chance() >= fault.rate {
                continue;
            }
            posted.struck += 1;
            strike.texts.push(fault.text.clone());
            if let Some(latency) = fault.latency {
                strike.latency = Some(strike.latency.unwrap_or_default() + latency);
            }
            if fault.mischief != Mischief::None {
                strike.mischief = Some(fault.mischief.clone());
            }
        }
        strike
    }
}

fn matches(fault: &Fault, target: Target<'_>) -> bool {
    let is_kind = fault.kinds.is_empty() || fault.kinds.iter().any(|kind| kind == target.kind);
    let is_method = fault
        .method
        .as_deref()
        .is_none_or(|method| method == target.method);
    let is_about = fault
        .about
        .as_deref()
        .is_none_or(|about| target.mentions.contains(about));
    is_kind && is_method && is_about
}

#[cfg(test)]
mod tests {
    use super::*;

    fn struck(text: &str, calls: &[(&str, &str)]) -> Vec<bool> {
        let mut board = FaultBoard::default();
        board.set(vec![text.parse().unwrap()]);
        let strikes = calls.iter().map(|(kind, mentions)| {
            let target = Target {
                kind,
                method: "POST",
                mentions,
            };
            board.strike(target, || 0.5).mischief.is_some()
        });
        strikes.collect()
    }

    #[test]
    fn faults_strike_when_their_conditions_hold() {
        let calls = [
            ("renew", "one"),
            ("create", "two"),
            ("renew", "two"),
            ("renew", "two"),
        ];
        for (text, expected) in [
            ("cut=after", [true, true, true, true]),
            ("cut=after,on=renew", [true, false, true, true]),
            ("cut=after,on=renew,skip=1", [false, false, true, true]),
            ("cut=after,times=2", [true, true, false, false]),
            ("cut=after,about=two,times=1", [false, true, false, false]),
            ("cut=after,method=GET", [false, false, false, false]),
            ("cut=after,rate=50%", [false, false, false, false]),
            ("cut=after,rate=51%", [true, true, true, true]),
        ] {
            assert_eq!(struck(text, &calls), expected, "{text}");
        }
    }

    #[test]
    fn latencies_add_up_and_the_first_mischief_wins() {
        let mut board = FaultBoard::default();
        board.set(vec![
            "latency=1s".parse().unwrap(),
            "lie,latency=2s".parse().unwrap(),
            "garble".parse().unwrap(),
        ]);

        let strike = board.strike(
            Target {
                kind: "get",
                method: "GET",
                mentions: "",
            },
            || 0.0,
        );

        assert_eq!(strike.mischief, Some(Mischief::Lie));
        assert_eq!(strike.latency, Some(Duration::from_secs(3)));
    }
}
