//! The money of a session: what it may cost, what it has cost, and what is set aside for calls that are under way.
//!
//! Before a call its upper bound is reserved, after it the exact sum is settled. A reservation never makes what is spent
//! and reserved pass the budget; only a call that turns out dearer than its upper bound can, and then nothing more is
//! reserved. Everything may be said twice: settling what is settled changes nothing.

use super::money::MicroUsd;
use serde::{Deserialize, Serialize};

/// Calls of one session under way at once. The agent makes one, and a few beside it for what it hands on.
pub const MOST_AT_ONCE: usize = 16;

/// A session's money. Stored whole, with each change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    budget: MicroUsd,
    spent: MicroUsd,
    /// Few, so a list will do.
    reserved: Vec<(u64, Held)>,
    next: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Held {
    amount: MicroUsd,
    since: i64,
}

/// What is set aside for one call. Its number goes with the call and comes back with the exact sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reservation(pub u64);

/// Why a call must not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// With it the session could cost more than it may.
    WouldPass {
        /// What is not yet spent nor set aside.
        left: MicroUsd,
        /// What the call could cost.
        asked: MicroUsd,
    },
    /// Too many calls are under way.
    TooMany,
}

impl Ledger {
    /// Nothing spent yet.
    pub fn new(budget: MicroUsd) -> Self {
        Self { budget, ..Self::default() }
    }

    /// What the session may cost.
    pub fn budget(&self) -> MicroUsd {
        self.budget
    }

    /// What it has cost.
    pub fn spent(&self) -> MicroUsd {
        self.spent
    }

    /// What is set aside.
    pub fn reserved(&self) -> MicroUsd {
        self.reserved.iter().fold(MicroUsd::ZERO, |sum, (_, held)| sum.plus(held.amount))
    }

    /// What is neither spent nor set aside.
    pub fn left(&self) -> MicroUsd {
        self.budget.minus(self.spent.plus(self.reserved()))
    }

    /// Sets aside what a call may cost at the most. `now` in Unix milliseconds.
    ///
    /// # Errors
    /// When the call must not be made; nothing has changed then.
    pub fn reserve(&mut self, asked: MicroUsd, now: i64) -> Result<Reservation, Refused> {
        // A call for nothing is one whose cost was not understood.
        let asked = asked.max(MicroUsd::new(1));
        let left = self.left();
        if asked > left {
            return Err(Refused::WouldPass { left, asked });
        }
        if self.reserved.len() >= MOST_AT_ONCE {
            return Err(Refused::TooMany);
        }
        let id = self.next;
        self.next += 1;
        self.reserved.push((id, Held { amount: asked, since: now }));
        Ok(Reservation(id))
    }

    /// The call is over and cost exactly this. `false` when the reservation is not open, and nothing changed.
    pub fn settle(&mut self, reservation: Reservation, exact: MicroUsd) -> bool {
        let Some(at) = self.reserved.iter().position(|(id, _)| *id == reservation.0) else { return false };
        self.reserved.swap_remove(at);
        self.spent = self.spent.plus(exact);
        true
    }

    /// The call failed before a token was counted. `false` when the reservation is not open.
    pub fn release(&mut self, reservation: Reservation) -> bool {
        self.settle(reservation, MicroUsd::ZERO)
    }

    /// Takes what was set aside before `before` for spent: nobody is left who could say what those calls cost, and money is
    /// rather counted too high than not at all.
    pub fn write_off(&mut self, before: i64) -> MicroUsd {
        let mut sum = MicroUsd::ZERO;
        self.reserved.retain(|(_, held)| {
            let open = held.since >= before;
            if !open {
                sum = sum.plus(held.amount);
            }
            open
        });
        self.spent = self.spent.plus(sum);
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn usd(micro: u64) -> MicroUsd {
        MicroUsd::new(micro)
    }

    #[test]
    fn the_call_that_would_pass_the_budget_is_not_made() {
        let mut ledger = Ledger::new(usd(1000));
        let first = ledger.reserve(usd(600), 0).unwrap();
        assert_eq!(ledger.reserve(usd(401), 0), Err(Refused::WouldPass { left: usd(400), asked: usd(401) }));
        assert!(ledger.settle(first, usd(100)));
        assert_eq!((ledger.spent(), ledger.reserved(), ledger.left()), (usd(100), usd(0), usd(900)));
        assert!(ledger.reserve(usd(900), 0).is_ok());
        assert!(ledger.reserve(usd(0), 0).is_err(), "not even a free one when nothing is left");
    }

    #[test]
    fn what_is_said_twice_counts_once() {
        let mut ledger = Ledger::new(usd(1000));
        let call = ledger.reserve(usd(10), 0).unwrap();
        assert!(ledger.settle(call, usd(7)));
        assert!(!ledger.settle(call, usd(7)) && !ledger.release(call));
        assert_eq!(ledger.spent(), usd(7));
        let other = ledger.reserve(usd(10), 0).unwrap();
        assert!(ledger.release(other) && ledger.spent() == usd(7) && ledger.left() == usd(993));
    }

    #[test]
    fn calls_that_nobody_can_tell_about_any_more_are_spent() {
        let mut ledger = Ledger::new(usd(1000));
        let old = ledger.reserve(usd(300), 10).unwrap();
        let young = ledger.reserve(usd(200), 50).unwrap();
        assert_eq!(ledger.write_off(50), usd(300));
        assert_eq!(ledger.write_off(50), usd(0));
        assert!(!ledger.settle(old, usd(1)) && ledger.settle(young, usd(1)));
        assert_eq!(ledger.spent(), usd(301));
    }

    #[test]
    fn a_ledger_survives_its_object() {
        let mut ledger = Ledger::new(usd(1000));
        let call = ledger.reserve(usd(300), 10).unwrap();
        let mut again: Ledger = serde_json::from_str(&serde_json::to_string(&ledger).unwrap()).unwrap();
        assert_eq!(again, ledger);
        assert!(again.settle(call, usd(3)));
    }

    #[derive(Debug, Clone)]
    enum Step {
        Reserve(u64),
        Settle(usize, u64),
        Release(usize),
        WriteOff(i64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0u64..500).prop_map(Step::Reserve),
            (0usize..40, 0u64..700).prop_map(|(which, exact)| Step::Settle(which, exact)),
            (0usize..40).prop_map(Step::Release),
            (0i64..60).prop_map(Step::WriteOff),
        ]
    }

    proptest! {
        #[test]
        fn no_reservation_passes_the_budget(budget in 0u64..3000, steps in proptest::collection::vec(step(), 0..60)) {
            let mut ledger = Ledger::new(usd(budget));
            let mut calls: Vec<(Reservation, u64, bool)> = Vec::new();
            let mut spent = 0;
            for (now, step) in (0i64..).zip(steps) {
                let before = ledger.spent().plus(ledger.reserved());
                match step {
                    Step::Reserve(amount) => if let Ok(call) = ledger.reserve(usd(amount), now) {
                        calls.push((call, amount.max(1), true));
                        prop_assert!(ledger.spent().plus(ledger.reserved()) <= ledger.budget());
                    } else {
                        prop_assert_eq!(ledger.spent().plus(ledger.reserved()), before, "a refusal changes nothing");
                    },
                    Step::Settle(which, exact) => if let Some((call, _, open)) = calls.get_mut(which) {
                        prop_assert_eq!(ledger.settle(*call, usd(exact)), *open);
                        if std::mem::take(open) { spent += exact; }
                    },
                    Step::Release(which) => if let Some((call, _, open)) = calls.get_mut(which) {
                        prop_assert_eq!(ledger.release(*call), std::mem::take(open));
                        prop_assert!(ledger.spent().plus(ledger.reserved()) <= before);
                    },
                    Step::WriteOff(time) => {
                        spent += ledger.write_off(time).get();
                        prop_assert_eq!(ledger.spent().plus(ledger.reserved()), before, "it only changes its name");
                        let open: Vec<bool> = calls.iter().map(|(call, ..)| ledger.reserved.iter().any(|(held, _)| *held == call.0)).collect();
                        for ((.., was), is) in calls.iter_mut().zip(open) { *was = is; }
                    }
                }
                prop_assert_eq!(ledger.spent(), usd(spent));
                prop_assert_eq!(ledger.reserved(), usd(calls.iter().filter(|call| call.2).map(|call| call.1).sum()));
                if ledger.spent() >= ledger.budget() {
                    prop_assert!(ledger.clone().reserve(usd(1), 0).is_err());
                }
            }
        }
    }
}
