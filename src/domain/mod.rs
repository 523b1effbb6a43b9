//! Pure values and rules: no I/O, no clock, no async, no framework.
//!
//! Reading order: [`hours`], [`category`], [`year`], [`record`], [`declaration`], [`policy`].

pub mod answer;
pub mod case;
pub mod category;
pub mod declaration;
pub mod discreet;
pub mod fields;
pub mod hours;
pub mod identity;
pub mod ids;
pub mod ledger;
pub mod message;
pub mod nearest;
pub mod node;
pub mod person_name;
pub mod policy;
pub mod record;
mod spelling;
pub mod timestamp;
pub mod year;
