//! Rules about all files together: who imports whom, and what nobody uses.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use proc_macro2::{TokenStream, TokenTree};

use super::reading::{group, is_ident, leaves, line, mentions, module, shipped, tokens};

/// A file with its text.
pub(super) type File = (String, String);

/// Which files of the source name which others; `a` and `a/b` aside, where one is a room of the other.
pub(super) struct Graph {
    /// Files by their modules.
    files: BTreeMap<Vec<String>, String>,
    names: BTreeMap<Vec<String>, BTreeSet<Vec<String>>>,
    /// Files that say what types of other files can do, with the names of their functions.
    extensions: BTreeMap<Vec<String>, BTreeSet<String>>,
    /// The words of each file.
    words: BTreeMap<Vec<String>, BTreeSet<String>>,
}

impl Graph {
    pub(super) fn of(all: &[File]) -> Graph {
        let own: Vec<&File> = all.iter().filter(|(path, _)| path.starts_with("src/")).collect();
        let files: BTreeMap<Vec<String>, String> =
            own.iter().map(|(path, _)| (module(path), path.clone())).collect();
        let mut names = BTreeMap::new();
        let (mut extensions, mut words) = (BTreeMap::new(), BTreeMap::new());
        for (path, text) in own {
            let from = module(path);
            let stream = shipped(tokens(path, text));
            let all = leaves(stream.clone());
            if extends(stream.clone()) {
                extensions.insert(from.clone(), functions(&all));
            }
            words.insert(from.clone(), all.iter().map(ToString::to_string).collect());
            let found = mentions(path, stream);
            // `use crate::room;` and later `room::file::thing`.
            let imported: HashMap<&str, &[String]> = found
                .iter()
                .filter(|mention| mention.path.first().is_some_and(|first| first == "crate"))
                .filter_map(|mention| Some((mention.path.last()?.as_str(), &mention.path[..])))
                .collect();
            let found = found.iter().flat_map(|mention| {
                let through = mention.path.split_first().and_then(|(first, rest)| {
                    let room = imported.get(first.as_str()).filter(|_| !rest.is_empty())?;
                    Some([*room, rest].concat())
                });
                let paths = [Some(mention.path.clone()), through].into_iter().flatten();
                paths.filter_map(|path| file_of(&path, &from, &files)).collect::<Vec<_>>()
            });
            names.insert(from.clone(), found.collect());
        }
        Graph { files, names, extensions, words }
    }

    fn path(&self, module: &[String]) -> &str {
        self.files.get(module).map_or("src/lib.rs", String::as_str)
    }

    fn named_by<'g>(&'g self, from: &[String]) -> impl Iterator<Item = &'g Vec<String>> + use<'g> {
        self.names.get(from).into_iter().flatten()
    }

    /// Those that `from` imports and that are neither in it nor it in them.
    fn imports<'g>(&'g self, from: &'g [String]) -> impl Iterator<Item = &'g Vec<String>> + 'g {
        self.named_by(from).filter(|to| !to.starts_with(from) && !from.starts_with(to.as_slice()))
    }

    /// The shortest way from a file back to itself.
    fn way_back<'g>(&'g self, start: &'g Vec<String>) -> Option<Vec<&'g Vec<String>>> {
        let mut before: HashMap<&'g Vec<String>, &'g Vec<String>> = HashMap::new();
        let mut queue = std::collections::VecDeque::from([start]);
        while let Some(at) = queue.pop_front() {
            for next in self.imports(at) {
                if next == start {
                    let mut way = vec![at];
                    while let Some(earlier) = before.get(way[way.len() - 1]) {
                        way.push(earlier);
                    }
                    way.reverse();
                    return Some(way);
                }
                if !before.contains_key(next) {
                    before.insert(next, at);
                    queue.push_back(next);
                }
            }
        }
        None
    }
}

/// The file that a path is of.
fn file_of(
    path: &[String],
    from: &[String],
    files: &BTreeMap<Vec<String>, String>,
) -> Option<Vec<String>> {
    let (first, rest) = path.split_first()?;
    if first != "crate" && rest.is_empty() {
        // A word alone, such as the name of a module where it is declared.
        return None;
    }
    let mut to = if first == "crate" {
        rest.to_vec()
    } else {
        // `room::thing` in the file that has the room.
        [from, path].concat()
    };
    let own = first == "crate" || files.contains_key(&to[..=from.len()]);
    while own && !to.is_empty() && !files.contains_key(&to) {
        to.pop();
    }
    (own && !to.is_empty() && to != from).then_some(to)
}

/// Whether some `impl` of a file is of a type that the file does not declare.
fn extends(stream: TokenStream) -> bool {
    let all: Vec<TokenTree> = stream.into_iter().collect();
    let declares = ["struct", "enum", "trait", "type", "union"];
    let declared: BTreeSet<String> = all
        .windows(2)
        .filter(|pair| declares.iter().any(|word| is_ident(&pair[0], word)))
        .map(|pair| pair[1].to_string())
        .collect();
    let mut impls = all.split(|token| is_ident(token, "impl")).skip(1);
    impls.any(|rest| {
        let header = rest.iter().take_while(|token| group(token).is_none());
        let words: Vec<String> = header.map(ToString::to_string).collect();
        !words.iter().any(|word| declared.contains(word))
    })
}

fn functions(words: &[TokenTree]) -> BTreeSet<String> {
    let named = words.windows(2).filter(|pair| is_ident(&pair[0], "fn"));
    named.map(|pair| pair[1].to_string()).collect()
}

/// One finding for each circle of imports.
pub(super) fn no_circles_of_imports(all: &[File]) -> Vec<String> {
    let graph = Graph::of(all);
    let mut told: BTreeSet<Vec<&Vec<String>>> = BTreeSet::new();
    let mut found = Vec::new();
    for start in graph.files.keys() {
        let Some(way) = graph.way_back(start) else { continue };
        let mut members = way.clone();
        members.sort();
        if told.insert(members) {
            let way: Vec<&str> = way.iter().map(|file| graph.path(file)).collect();
            found.push(format!(
                "{}:1: imports itself by way of {}: move what both need to where it belongs",
                way[0],
                way[1..].join(", ")
            ));
        }
    }
    found
}

/// Files that nothing shipped reaches yet, with the reason. The list only shrinks.
const APART: &[(&str, &str)] = &[(
    "src/app/compliance/batch.rs",
    "the entry to the column program, which benches and examples measure",
)];

/// Files that no shipped code reaches from `main`.
pub(super) fn every_module_is_reached(all: &[File]) -> Vec<String> {
    let graph = Graph::of(all);
    let mut reached: BTreeSet<&[String]> = BTreeSet::new();
    let mut queue: Vec<&[String]> = vec![&[]];
    while !queue.is_empty() {
        while let Some(at) = queue.pop() {
            if reached.insert(at) {
                queue.extend(graph.named_by(at).map(Vec::as_slice));
                queue.extend((0..at.len()).map(|n| &at[..n]));
            }
        }
        // Nobody imports a method: its file is reached where the method is named.
        let is_called = |functions: &BTreeSet<String>| {
            let words = reached.iter().filter_map(|file| graph.words.get(*file));
            words.into_iter().any(|words| !words.is_disjoint(functions))
        };
        let apart = graph.extensions.iter().filter(|(file, _)| !reached.contains(file.as_slice()));
        let called = apart.filter(|(_, functions)| is_called(functions));
        queue = called.map(|(file, _)| file.as_slice()).collect();
    }
    let is_apart = |path: &str| APART.iter().any(|(apart, _)| *apart == path);
    let wrong = graph
        .files
        .iter()
        .filter(|(module, path)| reached.contains(module.as_slice()) == is_apart(path));
    wrong
        .map(|(_, path)| {
            let what = if is_apart(path) {
                "is reached now: take it off the list"
            } else {
                "nothing that is shipped comes here; use it or drop it"
            };
            format!("{path}:1: {what}")
        })
        .collect()
}

/// Functions, constants and modules that are public and named in no other file.
pub(super) fn what_is_public_is_used(all: &[File]) -> Vec<String> {
    let mut files_with: HashMap<String, BTreeSet<&str>> = HashMap::new();
    let mut public: Vec<(&str, usize, String)> = Vec::new();
    for (path, text) in all {
        let words = leaves(tokens(path, text));
        for word in &words {
            if let TokenTree::Ident(word) = word {
                files_with.entry(word.to_string()).or_default().insert(path);
            }
        }
        if path.starts_with("src/") {
            let items = public_items(&leaves(shipped(tokens(path, text))));
            public.extend(items.into_iter().map(|(line, name)| (path.as_str(), line, name)));
        }
    }
    let unused = public
        .into_iter()
        .filter(|(_, _, name)| files_with.get(name).is_none_or(|files| files.len() < 2));
    unused
        .map(|(path, line, name)| format!("{path}:{line}: `pub {name}`: nothing else names it"))
        .collect()
}

fn public_items(words: &[TokenTree]) -> Vec<(usize, String)> {
    // A type may be public because something public has it.
    let items = ["fn", "const", "static", "mod"];
    let qualifiers = ["const", "async", "unsafe"];
    let mut found = Vec::new();
    for (i, word) in words.iter().enumerate().filter(|(_, word)| is_ident(word, "pub")) {
        let mut rest = words[i + 1..].iter().peekable();
        while let Some(next) = rest.next() {
            let is_item = items.iter().any(|item| is_ident(next, item));
            let before_fn = qualifiers.iter().any(|word| is_ident(next, word))
                && rest.peek().is_some_and(|after| {
                    is_ident(after, "fn") || is_ident(after, "async") || is_ident(after, "unsafe")
                });
            if before_fn {
                continue;
            }
            if let (true, Some(TokenTree::Ident(name))) = (is_item, rest.peek()) {
                found.push((line(word.span()), name.to_string()));
            }
            break;
        }
    }
    found
}
