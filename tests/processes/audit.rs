//! The check of who did what, as operators run it, and the lines that it is held against later.

use crate::processes::program::Setup;

#[test]
fn the_check_is_held_against_what_was_kept_elsewhere() {
    let setup = Setup::sqlite();
    let created = setup.run(&["admin", "create-operator", "--email", "ana@example.com"]);
    assert_eq!(created.code, Some(0), "{}", created.errors);
    let checked = setup.run(&["admin", "verify-audit"]);
    let kept = setup.folder().join("kept.txt");
    std::fs::write(&kept, &checked.output).expect("the folder is ours");
    let check = |arguments: &[&str]| setup.run(&[&["admin", "verify-audit"], arguments].concat());
    let file = kept.to_str().expect("it is plain");

    let same = check(&["--expect-file", file]);
    let mut words = checked.output.split_whitespace();
    let end = words
        .find(|word| word.starts_with("ten_"))
        .expect("it names the end");
    let (rest, last) = end.split_at(end.len() - 1);
    let flipped = format!("{rest}{}", if last == "0" { '1' } else { '0' });
    let other = check(&["--expect", &flipped]);
    let nothing = check(&["--expect-file", "/dev/null"]);

    assert_eq!(checked.code, Some(0), "{}", checked.errors);
    assert!(
        checked.output.starts_with("platform: ok, 2 acts"),
        "{}",
        checked.output
    );
    assert_eq!(same.code, Some(0), "{}{}", same.output, same.errors);
    assert_eq!(other.code, Some(1), "{}", other.output);
    assert!(other.output.contains("BROKEN, act 2"), "{}", other.output);
    assert_eq!(nothing.code, Some(1), "{}", nothing.output);
    assert!(
        nothing.errors.contains("names no act"),
        "{}",
        nothing.errors
    );
}
