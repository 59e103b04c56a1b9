//! Interpolation as Compose has it: `$A`, `${A}`, `${A:-b}`, `${A-b}`, `${A:+b}`, `${A+b}`, `${A:?e}`, `${A?e}`, `$$`.

/// Gives a variable's value.
type Mapping<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Why a value cannot be interpolated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum TemplateError {
    #[error("`${{` begins no valid interpolation")]
    Invalid,
    #[error("the variable {name}, which it requires, is missing{}", reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default())]
    Missing { name: String, reason: Option<String> },
}

/// Replaces all interpolations. A variable without a value counts as empty; a `$` that begins none stays.
pub(super) fn substitute(template: &str, mapping: Mapping<'_>) -> Result<String, TemplateError> {
    let mut result = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(place) = rest.find('$') {
        result.push_str(&rest[..place]);
        rest = &rest[place + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            result.push('$');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('{') {
            let (value, after) = braced(after, mapping)?;
            result.push_str(&value);
            rest = after;
        } else {
            let (name, after) = split_name(rest);
            match name {
                "" => result.push('$'),
                name => result.push_str(&mapping(name).unwrap_or_default()),
            }
            rest = after;
        }
    }
    result.push_str(rest);
    Ok(result)
}

/// Reads what comes behind `${`, and gives its value and what comes behind `}`.
fn braced<'a>(text: &'a str, mapping: Mapping<'_>) -> Result<(String, &'a str), TemplateError> {
    let (name, rest) = split_name(text);
    if name.is_empty() {
        return Err(TemplateError::Invalid);
    }
    if let Some(rest) = rest.strip_prefix('}') {
        return Ok((mapping(name).unwrap_or_default(), rest));
    }
    let (empty_counts_as_unset, rest) = match rest.strip_prefix(':') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let operator = rest.chars().next().filter(|char| "-+?".contains(*char)).ok_or(TemplateError::Invalid)?;
    let end = closing_brace(&rest[1..]).ok_or(TemplateError::Invalid)? + 1;
    let (word, rest) = (&rest[1..end], &rest[end + 1..]);
    let value = mapping(name).filter(|value| !(empty_counts_as_unset && value.is_empty()));
    let value = match (operator, value) {
        ('+', Some(_)) | ('-', None) => substitute(word, mapping)?,
        ('+', None) => String::new(),
        ('?', None) => {
            let reason = Some(substitute(word, mapping)?).filter(|reason| !reason.is_empty());
            return Err(TemplateError::Missing { name: name.to_owned(), reason });
        }
        (_, Some(value)) => value,
        (_, None) => String::new(),
    };
    Ok((value, rest))
}

/// The brace that closes, on the same line: the matching one, or the last one where they do not pair up. Compose does
/// not look at the character behind an opening brace.
fn closing_brace(text: &str) -> Option<usize> {
    let line = text.split('\n').next().unwrap_or_default();
    let mut open = 1;
    let mut bytes = line.bytes().enumerate();
    while let Some((place, byte)) = bytes.next() {
        match byte {
            b'}' => {
                open -= 1;
                if open == 0 {
                    return Some(place);
                }
            }
            b'{' => {
                open += 1;
                bytes.next();
            }
            _ => {}
        }
    }
    line.rfind('}')
}

fn split_name(text: &str) -> (&str, &str) {
    let is_name = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric();
    if text.starts_with(|char: char| char.is_ascii_digit()) {
        return ("", text);
    }
    text.split_at(text.bytes().take_while(|byte| is_name(*byte)).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(template: &str) -> String {
        let mapping = |name: &str| match name {
            "SET" => Some("value".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        substitute(template, &mapping).unwrap_or_else(|error| format!("error: {error}"))
    }

    #[test]
    fn forms() {
        for (template, expected) in [
            ("plain", "plain"),
            ("$SET-${SET}", "value-value"),
            ("$NONE|${NONE}|", "||"),
            ("${SET:-b}${EMPTY:-b}${NONE:-b}", "valuebb"),
            ("${SET-b}${EMPTY-b}${NONE-b}", "valueb"),
            ("${SET:+b}${EMPTY:+b}${NONE:+b}", "b"),
            ("${SET+b}${EMPTY+b}${NONE+b}", "bb"),
            ("${SET:?e}${SET?e}${EMPTY?e}", "valuevalue"),
            ("a$$b$$$SET", "a$b$value"),
            ("$", "$"),
            ("a$ b$1$é", "a$ b$1$é"),
            ("${NONE:-${SET}}", "value"),
            ("${NONE:-${NONE:-x}}}", "x}"),
            ("${NONE:-a{b}c}d", "a{b}cd"),
            ("${NONE:-{a}", "{a"),
            ("${NONE:-}", ""),
            ("${NONE:-a:-b?c}", "a:-b?c"),
            ("${NONE:-$$}", "$"),
        ] {
            assert_eq!(value(template), expected, "{template}");
        }
    }

    #[test]
    fn errors() {
        for template in ["${", "${}", "${SET", "${1}", "${SET:x}", "${SET SET}", "${NONE:-a\n}"] {
            assert_eq!(value(template), "error: `${` begins no valid interpolation", "{template}");
        }
        assert_eq!(value("${NONE?}"), "error: the variable NONE, which it requires, is missing");
        assert_eq!(value("${EMPTY:?say $SET}"), "error: the variable EMPTY, which it requires, is missing: say value");
    }
}
