//! Text that is put into HTML and SVG.

/// `text` as the content of an element or an attribute in quotes. Characters that XML does not know become `�`.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\t' | '\n' | '\r' => escaped.push(character),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            character if character.is_ascii_control() => escaped.push('\u{fffd}'),
            character => escaped.push(character),
        }
    }
    escaped
}

/// The name of an image as part of an address: `web@gpu` for the variant `web [gpu]`. No character of it has to be
/// escaped, and different images have different ones.
pub fn address(image: &str) -> String {
    let variant = image.split_once(" [").and_then(|(name, plan)| Some((name, plan.strip_suffix(']')?)));
    let name = variant.map_or_else(|| image.to_owned(), |(name, plan)| format!("{name}@{plan}"));
    let mut address = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' | '-' | '@' => address.push(character),
            '/' => address.push('+'),
            other => address += &format!("={:x}=", u32::from(other)),
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_its_place() {
        assert_eq!(escaped("a<b> & \"c\" 'd'"), "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;");
        assert_eq!(escaped("\u{1b}[31m\u{0}é\n"), "\u{fffd}[31m\u{fffd}é\n");
    }

    #[test]
    fn addresses_of_different_images_are_different() {
        assert_eq!(address("org/web [gpu]"), "org+web@gpu");
        let names = ["web", "web [gpu]", "web/gpu", "web-gpu", "web=gpu", "web+gpu", "web [gpu 2]", "web [gpu"];
        let addresses: std::collections::BTreeSet<String> = names.iter().map(|name| address(name)).collect();
        assert_eq!(addresses.len(), names.len(), "{addresses:?}");
        assert!(addresses.iter().all(|address| !address.contains([' ', '/', '%', '[', '+']) || address == "web+gpu"));
    }
}
