//! Help, completions, languages and colours.

use super::{GOOD, check, run, xueshi};

/// The commands that the help names.
fn commands() -> Vec<String> {
    let help = run(&["--help"], b"").out;
    let (_, after) = help.split_once("Commands:\n").expect("commands");
    let (listed, _) = after.split_once("\n\n").expect("the end of the commands");
    let is_command = |line: &&str| line.starts_with("  ") && !line.starts_with("   ");
    let name = |line: &str| line.split_whitespace().next().expect("a name").to_owned();
    listed.lines().filter(is_command).map(name).collect()
}

#[test]
fn help() {
    insta::assert_snapshot!("help", run(&["--help"], b"").out);
    let commands = commands();
    assert!(commands.iter().any(|command| command == "check"), "{commands:?}");
    for command in commands {
        let given = run(&[&command, "--help"], b"");
        assert_eq!((given.status, given.err.as_str()), (0, ""), "{command}");
        insta::assert_snapshot!(format!("help_{command}"), given.out);
    }
}

#[test]
fn the_example_of_the_help_is_a_case() {
    let help = check(&["--help"], b"").out;
    let (_, example) = help.split_once("A case is one line of JSON: ").expect("the example");
    let (example, _) = example.split_once("\n\n").expect("its end");
    let given = check(&[], example.replace('\n', " ").as_bytes());
    assert_eq!(given.status, 0, "{}", given.out);
}

#[test]
fn completions_name_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let given = run(&["completions", shell], b"");
        assert_eq!(given.status, 0);
        assert!(given.out.contains("xueshi") && given.out.contains("check"), "{shell}");
    }
    assert_eq!(run(&["completions", "no-shell"], b"").status, 2);
}

#[test]
fn what_is_not_understood_ends_with_2() {
    for args in [&["judge"][..], &[], &["check", "--format", "xml"], &["check", "--lang", "fr"]] {
        let given = run(args, b"");
        assert_eq!((given.status, given.out.as_str()), (2, ""), "{args:?}");
        assert!(!given.err.is_empty(), "{args:?}");
    }
}

#[test]
fn messages_are_in_the_language_of_the_terminal_or_the_one_asked_for() {
    let message = |lang: &[(&str, &str)], args: &[&str]| {
        let mut command = xueshi(args);
        let output = command.envs(lang.iter().copied()).output().expect("xueshi runs");
        String::from_utf8(output.stderr).expect("UTF-8")
    };
    let missing = ["check", "no-such-file"];
    let is_zh = |message: String| message.contains("无法读取");
    assert!(!is_zh(message(&[], &missing)));
    assert!(is_zh(message(&[("LANG", "zh_CN.UTF-8")], &missing)));
    assert!(!is_zh(message(&[("LANG", "zh_CN.UTF-8"), ("LC_ALL", "C")], &missing)));
    assert!(is_zh(message(&[("LC_ALL", ""), ("LANG", "zh_TW")], &missing)));
    assert!(is_zh(message(&[("LANG", "en_GB.UTF-8")], &["--lang", "zh", "check", "no-such-file"])));
    assert!(!is_zh(message(&[("LANG", "zh_CN")], &["check", "no-such-file", "--lang", "en"])));
}

#[test]
fn colours_stay_out_of_pipes_and_of_terminals_that_want_none() {
    let message = |name: &str, value: &str| {
        let mut command = xueshi(&["check", "no-such-file"]);
        String::from_utf8(command.env(name, value).output().expect("xueshi runs").stderr)
            .expect("UTF-8")
    };
    assert!(message("CLICOLOR_FORCE", "1").contains('\u{1b}'), "colours can be shown");
    assert!(!message("LANG", "C").contains('\u{1b}'), "a pipe");
    let mut command = xueshi(&["check", "no-such-file"]);
    let both = command.env("NO_COLOR", "1").output().expect("xueshi runs");
    assert!(!both.stderr.contains(&0x1b));
    for args in [&["--help"][..], &["check", "--format", "text"]] {
        assert!(!run(args, GOOD.as_bytes()).out.contains('\u{1b}'));
    }
}
