"""The local web chat: one page, no build step, in any browser. It knows the bot's words, not its thoughts."""
