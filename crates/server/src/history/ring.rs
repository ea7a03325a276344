//! The last minutes, each in its slot.
//!
//! A slot is stamped with the number of its minute and found by it, so nothing is moved when time goes on, and a clock
//! that is set hides what is now in the future or long past and mixes nothing up: once it is right again, what it hid is
//! there again, as far as nothing newer has taken its place.

/// A bounded row of slots, one for each stamp of the last while.
#[derive(Debug)]
pub(super) struct Ring<T> {
    slots: Vec<(u64, T)>,
}

impl<T: Default> Ring<T> {
    pub(super) fn new(slots: usize) -> Self {
        Self { slots: (0..slots.max(1)).map(|_| (0, T::default())).collect() }
    }

    /// The slot of `stamp` for writing; `None` for one that is so old that a newer one has its place. What lies behind
    /// `now` was written under a clock that was ahead, and gives way.
    pub(super) fn at(&mut self, stamp: u64, now: u64) -> Option<&mut T> {
        let place = self.place(stamp);
        let slot = self.slots.get_mut(place)?;
        if slot.0 != stamp {
            if stamp < slot.0 && slot.0 <= now {
                return None;
            }
            *slot = (stamp, T::default());
        }
        Some(&mut slot.1)
    }

    /// The last `count` slots up to `now`, oldest first; `None` where nothing was written.
    pub(super) fn last(&self, count: usize, now: u64) -> impl DoubleEndedIterator<Item = Option<&T>> {
        (0..count).rev().map(move |ago| {
            let stamp = now.checked_sub(u64::try_from(ago).ok()?)?;
            self.slots.get(self.place(stamp)).filter(|slot| slot.0 == stamp).map(|slot| &slot.1)
        })
    }

    fn place(&self, stamp: u64) -> usize {
        let len = u64::try_from(self.slots.len()).unwrap_or(u64::MAX);
        stamp.checked_rem(len).and_then(|place| usize::try_from(place).ok()).unwrap_or_default()
    }
}
