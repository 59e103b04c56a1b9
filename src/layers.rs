//! The variables of a tap: layers, of which a later one hides what an earlier one says. Pure.

use std::fmt;

use indexmap::IndexMap;

/// Where a variable is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// `env:` of keg.yml.
    KegFile,
    /// `env:` of the tap's manifest.
    Manifest,
    /// An env file, by its path as users write it.
    File(String),
    /// The environment of the process.
    Process,
    /// `--env`.
    Flag,
    /// keg itself; nothing wins over it.
    Keg,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KegFile => f.write_str("keg.yml"),
            Self::Manifest => f.write_str("tap.yml"),
            Self::File(path) => f.write_str(path),
            Self::Process => f.write_str("environment"),
            Self::Flag => f.write_str("--env"),
            Self::Keg => f.write_str("keg"),
        }
    }
}

/// A layer, in the order in which it was written.
type Layer = (Source, IndexMap<String, String>);

/// All layers, the lowest first.
#[derive(Debug, Clone, Default)]
pub struct Layers(Vec<Layer>);

/// A variable with its value, and what that value hides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable<'a> {
    /// The name.
    pub name: &'a str,
    /// The value that counts.
    pub value: &'a str,
    /// Where it is set.
    pub source: &'a Source,
    /// Where else it is set, and to what: the nearest first.
    pub hides: Vec<(&'a Source, &'a str)>,
}

impl Layers {
    /// Puts a layer on top.
    pub fn push(&mut self, source: Source, values: IndexMap<String, String>) {
        self.0.push((source, values));
    }

    /// The value that counts so far.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find_map(|(_, values)| values.get(name)).map(String::as_str)
    }

    /// Every variable, in the order in which they are first named.
    pub fn variables(&self) -> Vec<Variable<'_>> {
        let mut found: IndexMap<&str, Vec<(&Source, &str)>> = IndexMap::new();
        for (source, values) in &self.0 {
            for (name, value) in values {
                found.entry(name).or_default().push((source, value));
            }
        }
        let mut variables = Vec::new();
        for (name, mut hides) in found {
            let Some((source, value)) = hides.pop() else { continue };
            hides.reverse();
            variables.push(Variable { name, value, source, hides });
        }
        variables
    }

    /// The names that layers of this kind set, sorted.
    pub fn names(&self, is_wanted: impl Fn(&Source) -> bool) -> Vec<String> {
        let layers = self.0.iter().filter(|(source, _)| is_wanted(source));
        let mut names: Vec<String> = layers.flat_map(|(_, values)| values.keys().cloned()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Every value that was ever set, also a hidden one.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(_, values)| values).map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers(layers: &[(Source, &[(&str, &str)])]) -> Layers {
        let mut all = Layers::default();
        for (source, values) in layers {
            all.push(source.clone(), values.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect());
        }
        all
    }

    #[test]
    fn later_layers_win_and_say_what_they_hide() {
        let file = Source::File(".env".into());
        let layers = layers(&[
            (Source::KegFile, &[("A", "1"), ("B", "1")]),
            (file.clone(), &[("A", "2"), ("C", "")]),
            (Source::Flag, &[("A", "3")]),
        ]);
        let variable = |name, value, source, hides: &[(&'static Source, &'static str)]| Variable {
            name,
            value,
            source,
            hides: hides.to_vec(),
        };
        static KEG: Source = Source::KegFile;
        static FLAG: Source = Source::Flag;
        let found = layers.variables();
        assert_eq!(found[0].hides, [(&file, "2"), (&Source::KegFile, "1")]);
        assert_eq!((found[0].name, found[0].value, found[0].source), ("A", "3", &FLAG));
        assert_eq!(found[1], variable("B", "1", &KEG, &[]));
        assert_eq!((found[2].value, found[2].source), ("", &file));
        assert_eq!(layers.value("C"), Some(""));
        assert_eq!(layers.value("D"), None);
    }

    #[test]
    fn names_are_those_of_the_layers_asked_for() {
        let layers = layers(&[
            (Source::KegFile, &[("B", "1"), ("A", "1")]),
            (Source::File(".env".into()), &[("C", "2")]),
            (Source::Flag, &[("A", "3")]),
        ]);
        assert_eq!(layers.names(|source| !matches!(source, Source::File(_))), ["A", "B"]);
        assert_eq!(layers.all().count(), 4);
    }
}
