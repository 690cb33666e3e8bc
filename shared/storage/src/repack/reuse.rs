//! Which stored deltas go into the new pack as they are.

use packhouse_git::pack::entry::Content;

use super::mark::{Marked, Node};
use crate::error::{Error, Result};
use crate::odb::Odb;

/// The longest chain of deltas that is made.
pub(super) const MAX_DEPTH: u8 = 50;

/// How an object goes into the new pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Whole, as it is stored.
    Whole {
        /// Its size.
        size: u64,
    },
    /// Whole, though it is stored as a delta.
    Unfolded {
        /// Its size.
        size: u64,
    },
    /// As the delta that is stored, on that object.
    Reused(u32),
    /// As a delta that was made, on that object.
    Made(u32, Delta),
}

/// A delta that waits, deflated, in a spool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Delta {
    pub(super) spool: usize,
    pub(super) offset: u64,
    pub(super) length: usize,
    /// Its size, inflated.
    pub(super) size: u64,
}

impl Form {
    /// On what it builds.
    pub(super) const fn base(self) -> Option<u32> {
        match self {
            Self::Reused(base) | Self::Made(base, _) => Some(base),
            Self::Whole { .. } | Self::Unfolded { .. } => None,
        }
    }
}

/// The forms of all objects.
#[derive(Debug)]
pub(super) struct Forms {
    pub(super) forms: Vec<Form>,
    /// The longest chain of deltas that builds on each object.
    pub(super) heights: Vec<u8>,
}

/// Keeps stored deltas, but for objects that are to be whole, whose base comes into the same pack, as far as chains do not grow longer than [`MAX_DEPTH`].
pub(super) fn reuse(odb: &Odb, marked: &Marked) -> Result<Forms> {
    let nodes = &marked.nodes;
    let mut forms = vec![Form::Whole { size: 0 }; nodes.len()];
    let mut in_order: Vec<u32> = (0..).take(nodes.len()).collect();
    in_order.sort_unstable_by_key(|&at| nodes[at as usize].place);
    for at in in_order {
        let Node { place, whole, .. } = nodes[at as usize];
        let header = odb.header(place)?;
        forms[at as usize] = match header.content {
            Content::Full(_) => Form::Whole { size: header.size },
            Content::OfsDelta(_) | Content::RefDelta(_) if whole => Form::Unfolded { size: odb.size(place)? },
            Content::OfsDelta(_) | Content::RefDelta(_) => {
                let base = odb.base(place, header)?;
                let base = base.map_err(|_| Error::corrupt("a delta without a base"))?;
                let base = marked.by_id.get(&odb.id_at(base)?);
                match base.filter(|base| marked.together(**base, at)) {
                    Some(base) => Form::Reused(*base),
                    None => Form::Unfolded { size: odb.size(place)? },
                }
            }
        };
    }
    let depths = cut(odb, marked, &mut forms)?;
    let heights = heights(&forms, &depths);
    Ok(Forms { forms, heights })
}

/// Unfolds deltas that go round in a circle, which those of different packs can, or whose chain is too long; how many deltas
/// then lie under each object.
fn cut(odb: &Odb, marked: &Marked, forms: &mut [Form]) -> Result<Vec<u8>> {
    /// Not known yet; and: on the way that is followed just now.
    const UNKNOWN: u8 = u8::MAX;
    const ON_THE_WAY: u8 = u8::MAX - 1;
    let mut depths = vec![UNKNOWN; forms.len()];
    let mut way: Vec<usize> = Vec::new();
    for start in 0..forms.len() {
        let mut at = start;
        // Down to what is whole, or known.
        let mut depth = loop {
            match (depths[at], forms[at].base()) {
                (UNKNOWN, Some(base)) => {
                    depths[at] = ON_THE_WAY;
                    way.push(at);
                    at = base as usize;
                }
                (UNKNOWN, None) => {
                    depths[at] = 0;
                    break 0;
                }
                (ON_THE_WAY, _) => break MAX_DEPTH,
                (depth, _) => break depth,
            }
        };
        // And up again.
        while let Some(at) = way.pop() {
            depth += 1;
            if depth > MAX_DEPTH {
                let size = odb.size(marked.nodes[at].place)?;
                forms[at] = Form::Unfolded { size };
                depth = 0;
            }
            depths[at] = depth;
        }
    }
    Ok(depths)
}

fn heights(forms: &[Form], depths: &[u8]) -> Vec<u8> {
    let mut heights = vec![0; forms.len()];
    let mut deepest_first: Vec<u32> = (0..).take(forms.len()).collect();
    deepest_first.sort_by_key(|&at| std::cmp::Reverse(depths[at as usize]));
    for at in deepest_first {
        if let Some(base) = forms[at as usize].base() {
            heights[base as usize] = heights[base as usize].max(heights[at as usize] + 1);
        }
    }
    heights
}
