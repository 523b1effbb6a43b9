//! Made-up people: born in 1900, named after nobody.

/// The identity number of the nth made-up person.
pub fn number(n: usize) -> String {
    let (day, order) = (n / 900 % 28 + 1, n % 900 + 100);
    let month = n / 25_200 % 12 + 1;
    let stem = format!("3305231900{month:02}{day:02}{order:03}");
    format!("{stem}{}", check_digit(&stem))
}

/// Their name.
pub fn name(n: usize) -> String {
    let digits = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let text: String = n.to_string().bytes().map(|b| digits[usize::from(b - b'0')]).collect();
    format!("样例{text}")
}

/// The old form of fifteen digits.
pub fn old_number(n: usize) -> String {
    let full = number(n);
    format!("{}{}", &full[..6], &full[8..17])
}

fn check_digit(stem: &str) -> char {
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: usize = stem.bytes().zip(weights).map(|(b, w)| usize::from(b - b'0') * w).sum();
    "10X98765432".chars().nth(sum % 11).expect("a digit")
}
