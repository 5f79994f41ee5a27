//! What a look found, in one sentence, and how it is told.

/// What was found, in one sentence.
pub(super) enum Finding {
    Well(String),
    /// It works and could be better, or it was not tried.
    Hint(String),
    Wrong(String),
}

/// Tells findings as they come, and remembers whether all was well enough.
pub(super) struct Teller {
    pub is_well: bool,
}

impl Teller {
    pub fn tell(&mut self, what: &str, found: Finding) {
        let (mark, said) = match &found {
            Finding::Well(said) => ("ok", said),
            Finding::Hint(said) => ("??", said),
            Finding::Wrong(said) => ("!!", said),
        };
        println!("{mark}  {what:<16}{said}");
        self.is_well &= !matches!(found, Finding::Wrong(_));
    }
}
