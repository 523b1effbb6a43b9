//! The stand-in city: what its faces say is what is true, and each fault is what it is said to be.

mod command;
mod faces;
mod http;
mod huzhou_faults;
mod hzhret_faults;
mod jiaxing_faults;
mod lishui_faults;
mod town;
mod wire;

use xueshi::city::{Fault, System};

/// The faults of one system; a test walks them all, so that none is without its proof.
fn faults_of(system: System) -> impl Iterator<Item = Fault> {
    Fault::ALL.iter().copied().filter(move |fault| fault.system() == system)
}
