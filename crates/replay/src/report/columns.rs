//! The timeline in as many columns as a picture has room for.

use std::time::Duration;

use crate::result::{Breaker, Outcome, Point, Run, Timeline};

/// Several steps of a timeline in one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Column {
    /// Start.
    pub(super) from: Duration,
    /// Requests that arrived.
    pub(super) requests: u32,
    /// Of these answered whole, by provider.
    pub(super) served: Vec<u32>,
    /// Of these failed.
    pub(super) failed: u32,
    /// Attempts by provider.
    pub(super) attempts: Vec<u32>,
    /// The worst state of each breaker.
    pub(super) breakers: Vec<Breaker>,
}

impl Column {
    /// Answered whole, by anyone.
    pub(super) fn whole(&self) -> u32 {
        self.served.iter().sum()
    }

    fn add(&mut self, point: &Point) {
        self.requests += point.requests;
        add_all(&mut self.served, &point.served);
        add_all(&mut self.attempts, &point.attempts);
        let outcomes = Outcome::ALL.iter().zip(point.outcomes);
        self.failed +=
            outcomes.filter(|(outcome, _)| outcome.is_failure()).map(|(_, count)| count).sum::<u32>();
        self.breakers.resize(point.breakers.len().max(self.breakers.len()), Breaker::Closed);
        for (worst, state) in self.breakers.iter_mut().zip(&point.breakers) {
            *worst = (*worst).max(*state);
        }
    }
}

fn add_all(sums: &mut Vec<u32>, more: &[u32]) {
    sums.resize(more.len().max(sums.len()), 0);
    for (sum, more) in sums.iter_mut().zip(more) {
        *sum += more;
    }
}

/// How many steps go into a column, so that there are at most so many columns.
pub(super) fn per_column(timeline: &Timeline, most: usize) -> usize {
    timeline.points.len().div_ceil(most.max(1)).max(1)
}

/// A run's timeline in at most so many columns, all of the same length but the last.
pub(super) fn columns(run: &Run, most: usize) -> Vec<Column> {
    let timeline = &run.timeline;
    let each = per_column(timeline, most);
    let step = timeline.step * u32::try_from(each).unwrap_or(u32::MAX);
    let merged = |(nth, points): (usize, &[Point])| {
        let mut column = Column { from: step * u32::try_from(nth).unwrap_or(u32::MAX), ..Column::default() };
        points.iter().for_each(|point| column.add(point));
        column
    };
    timeline.points.chunks(each).enumerate().map(merged).collect()
}
