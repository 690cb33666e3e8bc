//! Deltas: applying them, and making them.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

pub mod encode;

/// A delta that does not fit its base or itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("bad delta: {0}")]
pub struct DeltaError(pub &'static str);

/// The two sizes at the start of a delta: of the base and of the result; and how many bytes they take.
///
/// # Errors
/// When they are cut off or do not fit into 64 bits.
pub fn sizes(delta: &[u8]) -> Result<(u64, u64, usize), DeltaError> {
    let (base, first) = size(delta)?;
    let (result, second) = size(delta.get(first..).unwrap_or_default())?;
    Ok((base, result, first.saturating_add(second)))
}

fn size(bytes: &[u8]) -> Result<(u64, usize), DeltaError> {
    let (mut size, mut shift) = (0u64, 0u32);
    for (at, &byte) in bytes.iter().enumerate() {
        let part = u64::from(byte & 0x7f);
        let shifted = part
            .checked_shl(shift)
            .filter(|shifted| shifted.checked_shr(shift) == Some(part));
        size |= shifted.ok_or(DeltaError("size too large"))?;
        if byte & 0x80 == 0 {
            return Ok((size, at.saturating_add(1)));
        }
        shift = shift.saturating_add(7);
    }
    Err(DeltaError("size cut off"))
}

fn byte(delta: &mut &[u8]) -> Result<u8, DeltaError> {
    let (&first, rest) = delta.split_first().ok_or(DeltaError("instruction cut off"))?;
    *delta = rest;
    Ok(first)
}

/// The little-endian number whose bytes follow where `flags` has bits set.
fn number(delta: &mut &[u8], flags: u8, bits: std::ops::Range<u8>) -> Result<usize, DeltaError> {
    let (mut number, mut shift) = (0usize, 0u32);
    for bit in bits {
        if flags >> bit & 1 == 1 {
            number |= usize::from(byte(delta)?) << shift;
        }
        shift = shift.saturating_add(8);
    }
    Ok(number)
}

/// Applies `delta` to `base`; `out` then holds the result.
///
/// # Errors
/// When a size does not match, an instruction reads outside of the base, is reserved or cut off. The caller bounds the
/// result by looking at [`sizes`] first.
pub fn apply(base: &[u8], delta: &[u8], out: &mut Vec<u8>) -> Result<(), DeltaError> {
    let (base_size, result_size, header) = sizes(delta)?;
    if base_size != base.len() as u64 {
        return Err(DeltaError("base has another size"));
    }
    let result_size = usize::try_from(result_size).map_err(|_| DeltaError("size too large"))?;
    out.clear();
    out.reserve(result_size);
    let mut rest = delta.get(header..).unwrap_or_default();
    while let Some((&command, tail)) = rest.split_first() {
        rest = tail;
        let piece = if command & 0x80 != 0 {
            let offset = number(&mut rest, command, 0..4)?;
            let length = match number(&mut rest, command >> 4, 0..3)? {
                0 => 0x1_0000,
                length => length,
            };
            let end = offset
                .checked_add(length)
                .ok_or(DeltaError("copy outside of the base"))?;
            base.get(offset..end).ok_or(DeltaError("copy outside of the base"))?
        } else if command == 0 {
            return Err(DeltaError("reserved instruction"));
        } else {
            let (piece, tail) = rest
                .split_at_checked(usize::from(command))
                .ok_or(DeltaError("insert cut off"))?;
            rest = tail;
            piece
        };
        if out.len().saturating_add(piece.len()) > result_size {
            return Err(DeltaError("result too long"));
        }
        out.extend_from_slice(piece);
    }
    if out.len() == result_size {
        Ok(())
    } else {
        Err(DeltaError("result too short"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn deltas_are_applied_or_refused() {
        let base = b"0123456789";
        let check = |delta: &[u8], expect: Result<&[u8], &'static str>| {
            let mut out = Vec::new();
            let outcome = apply(base, delta, &mut out).map(|()| out);
            assert_eq!(outcome, expect.map(<[u8]>::to_vec).map_err(DeltaError), "{delta:?}");
        };
        check(&[10, 3, 0x91, 2, 3], Ok(b"234"));
        check(&[10, 5, 0x90, 3, 2, b'x', b'y'], Ok(b"012xy"));
        check(&[10, 0], Ok(b""));
        check(&[9, 3, 0x91, 2, 3], Err("base has another size"));
        check(&[10, 3, 0x91, 8, 3], Err("copy outside of the base"));
        check(&[10, 3, 0x9f, 255, 255, 255, 255, 3], Err("copy outside of the base"));
        check(&[10, 2, 0x91, 2, 3], Err("result too long"));
        check(&[10, 4, 0x91, 2, 3], Err("result too short"));
        check(&[10, 3, 0x91, 2], Err("instruction cut off"));
        check(&[10, 3, 3, b'a'], Err("insert cut off"));
        check(&[10, 1, 0], Err("reserved instruction"));
        check(&[10], Err("size cut off"));
        check(
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
            Err("size too large"),
        );
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_result_of_the_stated_size_or_an_error(base: Vec<u8>, delta: Vec<u8>) {
            let mut out = Vec::new();
            if sizes(&delta).is_ok_and(|(_, result, _)| result < 1 << 20) && apply(&base, &delta, &mut out).is_ok() {
                prop_assert_eq!(out.len() as u64, sizes(&delta).unwrap().1);
            }
        }
    }
}
