//! QR codes as PNG images.

use png::{BitDepth, ColorType, Encoder};
use qrcode::{Color, QrCode};

/// Pixels a module.
const SCALE: usize = 5;
/// White modules around the code, which scanners need.
const QUIET: usize = 4;

/// The code of a text: one bit a pixel. `None` when the text is too long.
pub(super) fn png(text: &str) -> Option<Vec<u8>> {
    let code = QrCode::new(text).ok()?;
    let side = (code.width() + 2 * QUIET) * SCALE;
    let pixels = u32::try_from(side).ok()?;
    let mut rows = Vec::with_capacity(side * side.div_ceil(8));
    for y in 0..side {
        let mut row = vec![0u8; side.div_ceil(8)];
        for x in 0..side {
            if !dark(&code, x / SCALE, y / SCALE) {
                row[x / 8] |= 0x80 >> (x % 8);
            }
        }
        rows.extend_from_slice(&row);
    }
    let mut image = Vec::new();
    let mut encoder = Encoder::new(&mut image, pixels, pixels);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_depth(BitDepth::One);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&rows).ok()?;
    writer.finish().ok()?;
    Some(image)
}

/// Whether the module there is dark, counted with the white ones around.
fn dark(code: &QrCode, x: usize, y: usize) -> bool {
    let inside = QUIET..QUIET + code.width();
    inside.contains(&x) && inside.contains(&y) && code[(x - QUIET, y - QUIET)] == Color::Dark
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_a_png_with_a_white_margin_and_three_finders() {
        let image = png("otpauth://totp/Packhouse:ana@000000000000?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(&image)).read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut bytes).unwrap();
        let side = usize::try_from(info.width).unwrap();
        assert_eq!(info.height, info.width);
        let modules = side / SCALE;
        let dark = |x: usize, y: usize| {
            let (x, y) = (x * SCALE, y * SCALE);
            bytes[y * info.line_size + x / 8] & (0x80 >> (x % 8)) == 0
        };
        for at in 0..modules {
            for edge in [0, QUIET - 1, modules - QUIET, modules - 1] {
                assert!(!dark(at, edge) && !dark(edge, at), "{at} {edge}");
            }
        }
        // Finder patterns: a dark frame of 7 modules, white inside, dark 3 by 3.
        let last = modules - QUIET - 7;
        for (x, y) in [(QUIET, QUIET), (last, QUIET), (QUIET, last)] {
            let row: Vec<bool> = (0..7).map(|at| dark(x + at, y + 3)).collect();
            assert_eq!(row, [true, false, true, true, true, false, true]);
        }
    }

    #[test]
    fn a_text_that_is_too_long_has_none() {
        assert_eq!(png(&"a".repeat(5000)), None);
    }
}
