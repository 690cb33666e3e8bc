//! What one can react with.

/// One way to react.
#[derive(Debug, PartialEq, Eq)]
pub struct Emoji {
    /// Its short code, without colons.
    pub short_code: &'static str,
    /// The emoji itself.
    pub emoji: &'static str,
    /// Its code points, such as `U+1F44D`.
    pub unicode: &'static str,
}

/// Short code, emoji, code points; sorted.
const ALL: &[Emoji] = &[
    Emoji::new("100", "💯", "U+1F4AF"),
    Emoji::new("angry", "😠", "U+1F620"),
    Emoji::new("beers", "🍻", "U+1F37B"),
    Emoji::new("bug", "🐛", "U+1F41B"),
    Emoji::new("bulb", "💡", "U+1F4A1"),
    Emoji::new("clap", "👏", "U+1F44F"),
    Emoji::new("coffee", "☕", "U+2615"),
    Emoji::new("confused", "😕", "U+1F615"),
    Emoji::new("cry", "😢", "U+1F622"),
    Emoji::new("disappointed", "😞", "U+1F61E"),
    Emoji::new("exclamation", "❗", "U+2757"),
    Emoji::new("eyes", "👀", "U+1F440"),
    Emoji::new("facepalm", "🤦", "U+1F926"),
    Emoji::new("fire", "🔥", "U+1F525"),
    Emoji::new("grin", "😁", "U+1F601"),
    Emoji::new("hammer", "🔨", "U+1F528"),
    Emoji::new("heart", "❤️", "U+2764"),
    Emoji::new("hooray", "🥳", "U+1F973"),
    Emoji::new("joy", "😂", "U+1F602"),
    Emoji::new("laugh", "😆", "U+1F606"),
    Emoji::new("lock", "🔒", "U+1F512"),
    Emoji::new("muscle", "💪", "U+1F4AA"),
    Emoji::new("neutral_face", "😐", "U+1F610"),
    Emoji::new("ok_hand", "👌", "U+1F44C"),
    Emoji::new("open_mouth", "😮", "U+1F62E"),
    Emoji::new("pray", "🙏", "U+1F64F"),
    Emoji::new("question", "❓", "U+2753"),
    Emoji::new("raised_hands", "🙌", "U+1F64C"),
    Emoji::new("rocket", "🚀", "U+1F680"),
    Emoji::new("scream", "😱", "U+1F631"),
    Emoji::new("ship", "🚢", "U+1F6A2"),
    Emoji::new("shrug", "🤷", "U+1F937"),
    Emoji::new("skull", "💀", "U+1F480"),
    Emoji::new("slightly_smiling_face", "🙂", "U+1F642"),
    Emoji::new("smile", "😄", "U+1F604"),
    Emoji::new("sob", "😭", "U+1F62D"),
    Emoji::new("sparkles", "✨", "U+2728"),
    Emoji::new("star", "⭐", "U+2B50"),
    Emoji::new("sunglasses", "😎", "U+1F60E"),
    Emoji::new("tada", "🎉", "U+1F389"),
    Emoji::new("thinking", "🤔", "U+1F914"),
    Emoji::new("thumbsdown", "👎", "U+1F44E"),
    Emoji::new("thumbsup", "👍", "U+1F44D"),
    Emoji::new("warning", "⚠️", "U+26A0"),
    Emoji::new("wave", "👋", "U+1F44B"),
    Emoji::new("white_check_mark", "✅", "U+2705"),
    Emoji::new("wink", "😉", "U+1F609"),
    Emoji::new("wrench", "🔧", "U+1F527"),
    Emoji::new("x", "❌", "U+274C"),
    Emoji::new("zap", "⚡", "U+26A1"),
];

/// Other names of some.
const ALIASES: &[(&str, &str)] = &[
    ("+1", "thumbsup"),
    ("-1", "thumbsdown"),
    ("laughing", "laugh"),
    ("party", "hooray"),
    ("thinking_face", "thinking"),
];

impl Emoji {
    const fn new(short_code: &'static str, emoji: &'static str, unicode: &'static str) -> Self {
        Self {
            short_code,
            emoji,
            unicode,
        }
    }

    /// The one that is meant by an emoji, a short code with or without colons, or code points.
    #[must_use]
    pub fn find(value: &str) -> Option<&'static Self> {
        let value = value.trim();
        let plain = value.trim_matches(':').to_ascii_lowercase();
        let named = ALIASES.iter().find(|(alias, _)| *alias == plain);
        let name = named.map_or(plain.as_str(), |(_, name)| name);
        let bare = |text: &str| text.replace('\u{fe0f}', "");
        ALL.iter().find(|emoji| {
            emoji.short_code == name || emoji.unicode.eq_ignore_ascii_case(value) || bare(emoji.emoji) == bare(value)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reaction_is_meant_by_any_of_its_forms() {
        for emoji in ALL {
            for form in [
                emoji.emoji.to_owned(),
                emoji.short_code.to_owned(),
                format!(":{}:", emoji.short_code),
                emoji.short_code.to_uppercase(),
                emoji.unicode.to_lowercase(),
            ] {
                assert_eq!(Emoji::find(&form), Some(emoji), "{form}");
            }
        }
        assert!(ALL.is_sorted_by_key(|emoji| emoji.short_code));
        assert_eq!(Emoji::find(":+1:"), Emoji::find("👍"));
        for none in ["", ":", "none", "thumbs", "U+", "U+1F44", "👍👍", "🦀"] {
            assert_eq!(Emoji::find(none), None, "{none}");
        }
    }
}
