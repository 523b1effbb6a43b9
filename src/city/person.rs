//! The people: made up, born in 1900, named after nobody.

use super::course::{COURSES, Course, course};
use super::dice::Dice;
use super::record::System;
use crate::domain::identity;

/// Somebody of the town.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) number: String,
    pub(super) name: String,
    pub(super) unit: String,
    /// The registry where they live.
    pub(super) home: System,
    /// Whether they learn on the learning site too.
    pub(super) learns: bool,
    first: usize,
    step: usize,
    taken: usize,
}

/// A sign that GBK does not have; GB18030 writes it in four bytes.
const RARE: char = '𠮷';
const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

impl Person {
    /// The nth person.
    pub(super) fn new(n: usize, dice: &Dice) -> Person {
        let home = match n % 5 {
            0 | 1 => System::Huzhou,
            2 | 3 => System::Lishui,
            _ => System::Jiaxing,
        };
        let place = match home {
            System::Huzhou | System::Hzhret => "330502",
            System::Lishui => "331102",
            System::Jiaxing => "330402",
        };
        let (order, day, month) = (n % 899 + 101, n / 899 % 28 + 1, n / 25_172 % 12 + 1);
        let number = identity::with_check_digit(&format!("{place}1900{month:02}{day:02}{order}"));
        let digit = |b: u8| DIGITS.get(usize::from(b.wrapping_sub(b'0'))).copied();
        let mut name: String = "样例".to_owned();
        name.extend((n + 1).to_string().bytes().filter_map(digit));
        if n % 7 == 3 {
            name.push(RARE);
        }
        // A step that has no divisor in common with 40 comes by every course.
        let step = dice.of(&[1, 3, 7, 9, 11, 13, 17, 19]).copied().unwrap_or(1);
        Person {
            number,
            name,
            unit: format!("样例单位{}", n % 9 + 1),
            home,
            // Whoever lives in Huzhou learns there too: what they learn is echoed.
            learns: home == System::Huzhou || n.is_multiple_of(2),
            first: dice.below(COURSES),
            step,
            taken: 0,
        }
    }

    /// A course that they have not taken yet.
    pub(super) fn next_course(&mut self) -> Course {
        let (turn, nth) = (self.taken / COURSES, self.taken % COURSES);
        self.taken += 1;
        course((self.first + nth * self.step) % COURSES + turn * COURSES)
    }
}
