//! Pure values and rules: no I/O, no clock, no async, no framework.
//!
//! Reading order: [`hours`], [`category`], [`year`], [`record`], [`declaration`], [`policy`].

pub mod answer;
pub mod case;
pub mod category;
pub mod chain;
pub mod declaration;
pub mod discreet;
pub mod entry;
pub mod fields;
pub mod hours;
pub mod identity;
pub mod ids;
pub mod likeness;
pub mod message;
pub mod nearest;
pub mod node;
pub mod outcome;
pub mod person_name;
pub mod policy;
pub mod posting;
pub mod raw_row;
pub mod record;
pub mod same_event;
mod spelling;
pub mod stated;
pub mod submitted;
pub mod timestamp;
pub mod year;
