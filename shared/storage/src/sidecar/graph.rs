//! The graph of the commits of a sorted pack, which are the first of its objects.

use bytes::{Buf as _, BufMut as _, Bytes};

/// Length of a commit.
pub(super) const COMMIT: usize = 16;

/// A commit of the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) tree: u32,
    /// One more than the greatest of its parents'; so it is greater than that of whatever it reaches.
    pub(super) generation: u32,
    pub(super) time: i64,
}

/// Commits by their rank.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Graph {
    nodes: Vec<Node>,
    /// Where the parents of each end.
    ends: Vec<u32>,
    parents: Vec<u32>,
}

impl Graph {
    /// Adds the commit of the next rank, without its generation.
    pub(crate) fn push(&mut self, tree: u32, time: i64, parents: impl IntoIterator<Item = u32>) {
        self.parents.extend(parents);
        // As many as the objects of a pack, or there would be no rank for each.
        self.ends.push(u32::try_from(self.parents.len()).unwrap_or(u32::MAX));
        let generation = 0;
        self.nodes.push(Node { tree, generation, time });
    }

    /// Counts the generations, once all commits are there.
    pub(crate) fn count_generations(&mut self) {
        let mut way: Vec<u32> = Vec::new();
        for start in 0..self.nodes.len() {
            way.extend(u32::try_from(start));
            while let Some(&at) = way.last() {
                if self.generation(at) > 0 {
                    way.pop();
                    continue;
                }
                let open = self
                    .parents(at)
                    .iter()
                    .copied()
                    .find(|&parent| self.generation(parent) == 0);
                if let Some(open) = open {
                    way.push(open);
                    continue;
                }
                let before = self.parents(at).iter().map(|&parent| self.generation(parent)).max();
                self.nodes[at as usize].generation = before.unwrap_or(0).saturating_add(1);
                way.pop();
            }
        }
    }

    /// Reads a graph in a pack of so many objects; `None` if it makes no sense.
    pub(super) fn decode(mut nodes: Bytes, mut ends: Bytes, mut parents: Bytes, objects: u32) -> Option<Self> {
        let mut graph = Self::default();
        while nodes.has_remaining() {
            let (tree, generation) = (nodes.get_u32(), nodes.get_u32());
            let time = nodes.get_i64();
            graph.nodes.push(Node { tree, generation, time });
        }
        while ends.has_remaining() {
            graph.ends.push(ends.get_u32());
        }
        while parents.has_remaining() {
            graph.parents.push(parents.get_u32());
        }
        let commits = graph.nodes.len();
        let known = graph.nodes.iter().all(|node| node.tree < objects);
        let ascending =
            graph.ends.is_sorted() && graph.ends.last().map_or(0, |end| *end as usize) == graph.parents.len();
        let inside = graph.parents.iter().all(|parent| (*parent as usize) < commits);
        if !(known && ascending && inside && commits <= objects as usize) {
            return None;
        }
        // Walks rely on it, and end because of it.
        let descends = |at: u32| {
            let generation = graph.generation(at);
            generation > 0
                && graph
                    .parents(at)
                    .iter()
                    .all(|parent| graph.generation(*parent) < generation)
        };
        (0..).take(commits).all(descends).then_some(graph)
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        for node in &self.nodes {
            out.put_u32(node.tree);
            out.put_u32(node.generation);
            out.put_i64(node.time);
        }
        self.ends.iter().for_each(|end| out.put_u32(*end));
        self.parents.iter().for_each(|parent| out.put_u32(*parent));
    }

    /// How many commits there are: the objects of lesser rank are all of them.
    pub(crate) fn commits(&self) -> usize {
        self.nodes.len()
    }

    /// Whether the object of that rank is a commit.
    pub(crate) fn holds(&self, rank: u32) -> bool {
        (rank as usize) < self.nodes.len()
    }

    pub(super) fn edges(&self) -> usize {
        self.parents.len()
    }

    pub(super) fn weight(&self) -> usize {
        self.nodes.len() * (size_of::<Node>() + 4) + self.parents.len() * 4
    }

    /// The parents of a commit.
    pub(crate) fn parents(&self, commit: u32) -> &[u32] {
        let at = commit as usize;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.parents[start..self.ends[at] as usize]
    }

    pub(crate) fn tree(&self, commit: u32) -> u32 {
        self.nodes[commit as usize].tree
    }

    pub(crate) fn generation(&self, commit: u32) -> u32 {
        self.nodes[commit as usize].generation
    }

    /// The committer's time.
    pub(crate) fn time(&self, commit: u32) -> i64 {
        self.nodes[commit as usize].time
    }
}
