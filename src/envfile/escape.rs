//! Escapes in double quotes.

/// Replaces the escapes that Compose knows; all others stay as they are. `\$` becomes `$$`, which interpolation then
/// makes a literal `$`.
pub(super) fn expand(text: &str) -> String {
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find('\\') {
        expanded.push_str(&rest[..place]);
        rest = &rest[place..];
        let Some(char) = rest[1..].chars().next() else { break };
        if char == '0' {
            let digits = rest[2..].bytes().take(3).take_while(u8::is_ascii_digit).count();
            expanded.push_str(&octal(&rest[2..2 + digits]));
            rest = &rest[2 + digits..];
            continue;
        }
        match simple(char) {
            Some(replacement) => expanded.push_str(replacement),
            None => expanded.extend(['\\', char]),
        }
        rest = &rest[1 + char.len_utf8()..];
    }
    expanded.push_str(rest);
    expanded
}

fn simple(char: char) -> Option<&'static str> {
    Some(match char {
        'a' => "\x07",
        'b' => "\x08",
        'f' => "\x0c",
        'n' => "\n",
        'r' => "\r",
        't' => "\t",
        'v' => "\x0b",
        '"' => "\"",
        '\\' => "\\",
        '$' => "$$",
        _ => return None,
    })
}

/// `\0` and up to three digits. Compose drops the `0`, and keeps the rest where it is no octal number of one byte.
fn octal(digits: &str) -> String {
    match u8::from_str_radix(digits, 8) {
        Ok(byte) if digits.len() == 3 => char::from(byte).to_string(),
        _ => format!("\\{digits}"),
    }
}
