//! The keys that leave a process in a container to itself: Ctrl-P Ctrl-Q, as with Docker. Pure.

/// Ctrl-P and Ctrl-Q, as terminals send them.
const KEYS: [u8; 2] = [0x10, 0x11];

/// Looks for the keys in what is typed.
#[derive(Debug, Default)]
pub struct DetachKeys {
    /// Whether the first one is held back.
    holds_first: bool,
}

/// What is to be done with what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    /// This goes on.
    Pass(Vec<u8>),
    /// This goes on, and then the user wants to leave.
    Leave(Vec<u8>),
}

impl DetachKeys {
    /// Takes what was typed. The first key of the two is held back until the next one is known.
    pub fn take(&mut self, typed: &[u8]) -> Typed {
        let mut passed = Vec::with_capacity(typed.len() + 1);
        for &byte in typed {
            let was_held = std::mem::take(&mut self.holds_first);
            match byte {
                byte if was_held && byte == KEYS[1] => return Typed::Leave(passed),
                byte if byte == KEYS[0] => {
                    passed.extend(was_held.then_some(KEYS[0]));
                    self.holds_first = true;
                }
                byte => {
                    passed.extend(was_held.then_some(KEYS[0]));
                    passed.push(byte);
                }
            }
        }
        Typed::Pass(passed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_both_keys_one_after_the_other_leave() {
        let mut keys = DetachKeys::default();
        assert_eq!(keys.take(b"ls\r"), Typed::Pass(b"ls\r".to_vec()));
        assert_eq!(keys.take(b"a\x10"), Typed::Pass(b"a".to_vec()));
        assert_eq!(keys.take(b"b"), Typed::Pass(b"\x10b".to_vec()));
        assert_eq!(keys.take(b"\x10\x10"), Typed::Pass(b"\x10".to_vec()));
        assert_eq!(keys.take(b"x\x11"), Typed::Pass(b"\x10x\x11".to_vec()));
        assert_eq!(keys.take(b"y\x10\x11z"), Typed::Leave(b"y".to_vec()));
    }
}
