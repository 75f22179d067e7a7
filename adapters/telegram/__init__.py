"""Telegram: two pure translators and thin loops. `plug` is what whoever wires the bot calls."""
