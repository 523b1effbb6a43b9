//! A source that answers over HTTP with pages that were made before: it takes as little time as it can.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use xueshi::feeds::{Feed, Shape};

use super::sources::PAGE;

/// Where it listens. It answers until the process ends.
pub(super) fn serve(feed: &Feed, path: &std::path::Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let pages: Vec<Vec<u8>> = match feed.shape {
        Shape::Pages => text.lines().map(|line| line.as_bytes().to_vec()).collect(),
        _ => statements(&text),
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let pages = Arc::new(pages);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let pages = pages.clone();
            // Whoever asked may go away.
            std::thread::spawn(move || drop(answer(stream, &pages)));
        }
    });
    format!("http://{address}")
}

/// Lines in pages, each with the link to the next.
fn statements(text: &str) -> Vec<Vec<u8>> {
    let lines: Vec<&str> = text.lines().collect();
    let count = lines.len().div_ceil(PAGE);
    let page = |(at, lines): (usize, &[&str])| {
        let next = at + 2;
        let more =
            if next > count { String::new() } else { format!("/xapi/statements/more/{next}") };
        format!("{}\n{{\"more\":\"{more}\"}}\n", lines.join("\n")).into_bytes()
    };
    lines.chunks(PAGE).enumerate().map(page).collect()
}

/// Answers what is asked on a connection: `…?pageNo=3&…` or `…/more/3`, else the first page.
fn answer(stream: TcpStream, pages: &[Vec<u8>]) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut out = stream.try_clone()?;
    let mut lines = BufReader::new(stream).lines();
    while let Some(first) = lines.next() {
        let first = first?;
        for line in lines.by_ref() {
            if line?.is_empty() {
                break;
            }
        }
        let number = first
            .split(['/', '?', '&', ' '])
            .find_map(|part| part.strip_prefix("pageNo=").unwrap_or(part).parse::<usize>().ok());
        let page = &pages[number.unwrap_or(1) - 1];
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length";
        out.write_all(format!("{head}: {}\r\n\r\n", page.len()).as_bytes())?;
        out.write_all(page)?;
    }
    Ok(())
}
