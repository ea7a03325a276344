//! Small arithmetic.

/// One number divided by another, where that means something.
pub(super) fn ratio(of: f64, all: f64) -> Option<f64> {
    (all > 0.0).then(|| of / all)
}

/// The larger of two, or the one there is.
pub(super) fn larger(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.max(other)),
        (one, other) => one.or(other),
    }
}

/// The value below which this share of the values lies (nearest rank). Sorts them.
pub(super) fn quantile(values: &mut [f64], share: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let rank = (share * values.len() as f64).ceil() as usize;
    values.get(rank.max(1) - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_a_value_that_was_measured() {
        let check =
            |mut values: Vec<f64>, share, expected| assert_eq!(quantile(&mut values, share), expected);
        check(vec![], 0.5, None);
        check(vec![3.0], 0.99, Some(3.0));
        check(vec![4.0, 1.0, 2.0, 3.0], 0.5, Some(2.0));
        check((1..=100).map(f64::from).collect(), 0.99, Some(99.0));
        assert_eq!((ratio(1.0, 0.0), ratio(1.0, 2.0)), (None, Some(0.5)));
    }
}
