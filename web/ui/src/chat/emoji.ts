/** A small choice of emoji, in the order in which people reach for them. The device draws them. */
export const EMOJI: readonly string[] = [
  "👍", "🙂", "😀", "😂", "😊", "😉", "😍", "😢", "😮", "😅", "🤔", "🙏",
  "👏", "👋", "👌", "💪", "🤝", "❤️", "🎉", "🔥", "✅", "❌", "❓", "❗",
  "☕", "📅", "⏰", "📎", "💡", "⭐", "🌞", "🌧️", "🍀", "🌹", "🐣", "🚀",
];
