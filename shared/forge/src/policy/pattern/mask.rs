//! Runs with `?` in them, found anywhere in a text.
//!
//! A text is searched in one pass that keeps a bit for each length of the run which fits up to the current character
//! (the shift-and method), so that the work is the text's length times a 64th of the run's, whatever they hold. Somebody
//! who may write policies could otherwise make each of the many checks of a push slow.

use std::collections::BTreeMap;

const BITS: usize = 64;

/// A run with `None` for each `?`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mask {
    run: Vec<Option<char>>,
    /// The places where any character fits, a bit for each.
    any: Vec<u64>,
    places: BTreeMap<char, Places>,
}

/// Where else a character fits. So memory grows with the run alone: few characters have many places.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Places {
    Few(Vec<usize>),
    Many(Vec<u64>),
}

impl Mask {
    pub(super) fn new(run: Vec<Option<char>>) -> Self {
        let words = run.len().div_ceil(BITS);
        let mut any = vec![0; words];
        let mut lists: BTreeMap<char, Vec<usize>> = BTreeMap::new();
        for (place, want) in run.iter().enumerate() {
            match want {
                Some(character) => lists.entry(*character).or_default().push(place),
                None => set(&mut any, place),
            }
        }
        let places = lists.into_iter().map(|(character, list)| {
            if list.len() <= words {
                return (character, Places::Few(list));
            }
            let mut bits = vec![0; words];
            for place in list {
                set(&mut bits, place);
            }
            (character, Places::Many(bits))
        });
        Self {
            places: places.collect(),
            any,
            run,
        }
    }

    /// What is behind the run at the start of `text`.
    pub(super) fn strip_from_start<'t>(&self, text: &'t str) -> Option<&'t str> {
        let mut characters = text.chars();
        let fits = self.run.iter().all(|want| fits(*want, characters.next()));
        fits.then_some(characters.as_str())
    }

    /// Whether `text` ends in the run.
    pub(super) fn ends(&self, text: &str) -> bool {
        let mut characters = text.chars().rev();
        self.run.iter().rev().all(|want| fits(*want, characters.next()))
    }

    /// What is behind the first occurrence of the run.
    pub(super) fn skip<'t>(&self, text: &'t str) -> Option<&'t str> {
        let last = self.run.len().checked_sub(1)?;
        let mut fitting = vec![0_u64; self.any.len()];
        let mut hits = Vec::new();
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            let mut carry = 1;
            for word in &mut fitting {
                let next = *word >> (BITS - 1);
                *word = *word << 1 | carry;
                carry = next;
            }
            let places = self.places.get(&character);
            let many: &[u64] = match places {
                Some(Places::Few(list)) => {
                    hits.extend(list.iter().copied().filter(|place| is_set(&fitting, *place)));
                    &[]
                }
                Some(Places::Many(bits)) => bits,
                None => &[],
            };
            let many = many.iter().copied().chain(std::iter::repeat(0));
            for ((word, any), many) in fitting.iter_mut().zip(&self.any).zip(many) {
                *word &= any | many;
            }
            for place in hits.drain(..) {
                set(&mut fitting, place);
            }
            if is_set(&fitting, last) {
                return Some(characters.as_str());
            }
        }
        None
    }
}

fn fits(want: Option<char>, found: Option<char>) -> bool {
    found.is_some_and(|found| want.is_none_or(|want| want == found))
}

fn set(bits: &mut [u64], place: usize) {
    if let Some(word) = bits.get_mut(place / BITS) {
        *word |= 1 << (place % BITS);
    }
}

fn is_set(bits: &[u64], place: usize) -> bool {
    bits.get(place / BITS)
        .is_some_and(|word| word >> (place % BITS) & 1 == 1)
}
