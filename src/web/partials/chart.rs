//! Small drawings of numbers; each stands beside a table or a sentence that says the same.

use askama::Template;
use askama::filters::HtmlSafe;

/// Messages per hour of one day as 24 bars.
#[derive(Debug, Clone, Template)]
#[template(path = "partials/chart.html")]
pub struct HourChart {
    /// What is counted, for those who do not see it.
    pub label: String,
    /// The count of each hour, from midnight UTC on; hours to come are absent.
    pub hours: Vec<u64>,
}

impl HtmlSafe for HourChart {}

/// A bar of the chart in its own coordinates.
struct Bar {
    x: usize,
    y: u64,
    height: u64,
    is_to_come: bool,
}

impl HourChart {
    const HEIGHT: u64 = 48;

    fn bars(&self) -> Vec<Bar> {
        let most = self.hours.iter().copied().max().unwrap_or(0).max(1);
        (0..24)
            .map(|hour| {
                let count = self.hours.get(hour).copied();
                let height = count.map_or(1, |count| (count * Self::HEIGHT).div_ceil(most).max(1));
                Bar {
                    x: hour * 13,
                    y: Self::HEIGHT - height,
                    height,
                    is_to_come: count.is_none(),
                }
            })
            .collect()
    }
}

/// How much of something limited is in use.
#[derive(Debug, Clone, Template)]
#[template(path = "partials/meter.html")]
pub struct Meter {
    /// What is in use now.
    pub used: u64,
    /// What is allowed.
    pub allowed: u64,
    /// The sentence beside it.
    pub text: String,
}

impl HtmlSafe for Meter {}

impl Meter {
    fn percent(&self) -> u64 {
        (self.used.min(self.allowed) * 100)
            .checked_div(self.allowed)
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busiest_hour_fills_the_height_and_a_quiet_one_stays_visible() {
        let chart = HourChart {
            label: String::new(),
            hours: vec![0, 1, 200],
        };

        let heights: Vec<u64> = chart.bars().iter().map(|bar| bar.height).take(4).collect();

        assert_eq!(heights, [1, 1, 48, 1]);
    }

    #[test]
    fn a_meter_without_an_allowance_is_empty() {
        let meter = Meter {
            used: 3,
            allowed: 0,
            text: String::new(),
        };

        assert_eq!(meter.percent(), 0);
    }
}
