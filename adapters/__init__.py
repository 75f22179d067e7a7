"""How Morsel touches the world: channels and the database. Knows the bot's words, not its thoughts."""
