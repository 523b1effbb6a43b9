//! Reading Rust as tokens, not as a syntax tree: a path inside `format!(…)` is a path too, and
//! parsers leave the inside of a macro alone.

use std::str::FromStr;

use proc_macro2::{Delimiter, Group, Spacing, Span, TokenStream, TokenTree};

/// A path as code writes it; from `crate` on where it starts inside the crate.
pub(super) struct Mention {
    pub(super) path: Vec<String>,
    pub(super) span: Span,
    pub(super) is_macro: bool,
}

impl Mention {
    /// Of one of these crates, or of one whose name goes on with `_`.
    pub(super) fn is_of_crate(&self, names: &[&str]) -> bool {
        // One segment alone is a variable, or an attribute such as `#[clap(…)]`.
        let [first, _, ..] = self.path.as_slice() else {
            return false;
        };
        let rests = names.iter().filter_map(|name| first.strip_prefix(name));
        rests.into_iter().any(|rest| rest.is_empty() || rest.starts_with('_'))
    }

    pub(super) fn passes_through(&self, paths: &[&str]) -> bool {
        paths.iter().any(|path| {
            let wanted: Vec<&str> = path.split("::").collect();
            self.path.windows(wanted.len()).any(|part| part == wanted)
        })
    }

    /// A call of one of these macros, however it is qualified.
    pub(super) fn is_macro_of(&self, names: &[&str]) -> bool {
        let name = self.path.last();
        self.is_macro && name.is_some_and(|name| names.contains(&name.as_str()))
    }
}

/// Every path in the code of the file `path`.
pub(super) fn mentions(path: &str, stream: TokenStream) -> Vec<Mention> {
    let mut found = Vec::new();
    collect(stream, &module(path), &[], &mut found);
    found
}

/// `prefix` is what stands before the braces of a `use` tree.
fn collect(stream: TokenStream, module: &[String], prefix: &[String], found: &mut Vec<Mention>) {
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    let mut rest = tokens.as_slice();
    while let Some((token, after)) = rest.split_first() {
        rest = after;
        match (token, rest) {
            (TokenTree::Group(group), _) => collect(group.stream(), module, &[], found),
            (word, [TokenTree::Ident(name), TokenTree::Group(body), after @ ..])
                if is_ident(word, "mod") =>
            {
                let inner = [module, &[name.to_string()]].concat();
                collect(body.stream(), &inner, &[], found);
                rest = after;
            }
            (word, [_alias, after @ ..]) if is_ident(word, "as") && !prefix.is_empty() => {
                rest = after;
            }
            (TokenTree::Ident(_), _) => rest = collect_path(token, rest, module, prefix, found),
            _ => {}
        }
    }
}

/// One path from its first segment on; returns what is left after it.
fn collect_path<'a>(
    first: &TokenTree,
    mut rest: &'a [TokenTree],
    module: &[String],
    prefix: &[String],
    found: &mut Vec<Mention>,
) -> &'a [TokenTree] {
    let mut path = [prefix, &[first.to_string()]].concat();
    while let [colon, second, next, after @ ..] = rest {
        match next {
            _ if !is_joint_colon(colon) || !is_punct(second, ':') => break,
            TokenTree::Group(tree) if tree.delimiter() == Delimiter::Brace => {
                collect(tree.stream(), module, &path, found);
                return after;
            }
            TokenTree::Ident(segment) => path.push(segment.to_string()),
            star if is_punct(star, '*') => path.push("*".to_owned()),
            _ => break,
        }
        rest = after;
    }
    let is_macro = matches!(rest, [bang, TokenTree::Group(_), ..] if is_punct(bang, '!'));
    let path = resolve(path, module);
    found.push(Mention { path, span: first.span(), is_macro });
    rest
}

/// `self` and `super` replaced by the module they stand for.
fn resolve(path: Vec<String>, module: &[String]) -> Vec<String> {
    let mut resolved = vec!["crate".to_owned()];
    match path.first().map(String::as_str) {
        Some("crate" | "xueshi") => {}
        Some("self" | "super") => resolved.extend_from_slice(module),
        _ => return path,
    }
    for (i, segment) in path.into_iter().enumerate() {
        match segment.as_str() {
            "crate" | "self" => {}
            "xueshi" if i == 0 => {}
            "super" => drop(resolved.pop()),
            _ => resolved.push(segment),
        }
    }
    resolved
}

/// `src/domain/policy/judge.rs` is `domain::policy::judge`.
pub(super) fn module(path: &str) -> Vec<String> {
    let inner = path.trim_start_matches("src/").trim_end_matches(".rs");
    let names = inner.split('/').filter(|name| !matches!(*name, "mod" | "lib" | "main"));
    names.map(str::to_owned).collect()
}

pub(super) fn is_in(path: &str, layer: &str) -> bool {
    module(path).first().is_some_and(|first| first == layer)
}

pub(super) fn tokens(path: &str, text: &str) -> TokenStream {
    TokenStream::from_str(text).unwrap_or_else(|error| panic!("{path} is not Rust: {error}"))
}

/// Without the items under `#[test]` and `#[cfg(test)]`.
pub(super) fn shipped(stream: TokenStream) -> TokenStream {
    let mut kept: Vec<TokenTree> = Vec::new();
    let mut tokens = stream.into_iter();
    while let Some(token) = tokens.next() {
        let TokenTree::Group(group) = &token else {
            kept.push(token);
            continue;
        };
        if kept.last().is_some_and(|before| is_punct(before, '#')) && is_for_tests(group) {
            kept.pop();
            tokens.find(ends_item);
        } else {
            let mut inner = Group::new(group.delimiter(), shipped(group.stream()));
            inner.set_span(group.span());
            kept.push(inner.into());
        }
    }
    kept.into_iter().collect()
}

fn is_for_tests(attribute: &Group) -> bool {
    let words: Vec<_> = leaves(attribute.stream()).iter().map(ToString::to_string).collect();
    let starts =
        |with: &[&str]| words.iter().zip(with).filter(|(a, b)| a == b).count() == with.len();
    words == ["test"] || words == ["cfg", "test"] || starts(&["cfg", "all", "test"])
}

/// The body of an item, or the semicolon of one without.
pub(super) fn ends_item(token: &TokenTree) -> bool {
    is_punct(token, ';') || group(token).is_some_and(|g| g.delimiter() == Delimiter::Brace)
}

/// All tokens in order, the delimiters of groups left out.
pub(super) fn leaves(stream: TokenStream) -> Vec<TokenTree> {
    let flat = |token| match token {
        TokenTree::Group(group) => leaves(group.stream()),
        leaf => vec![leaf],
    };
    stream.into_iter().flat_map(flat).collect()
}

pub(super) fn group(token: &TokenTree) -> Option<&Group> {
    match token {
        TokenTree::Group(group) => Some(group),
        _ => None,
    }
}

pub(super) fn is_ident(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

pub(super) fn is_punct(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark)
}

fn is_joint_colon(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(p) if p.as_char() == ':' && p.spacing() == Spacing::Joint)
}

pub(super) fn line(span: Span) -> usize {
    span.start().line
}
