"""Telegram: two pure translators and thin loops. `plug` is what whoever wires the bot calls; aiogram is imported then, and
not before."""

from adapters.parts import Parts, Plugged
from adapters.telegram.settings import TelegramSettings


def plug(settings: TelegramSettings, parts: Parts) -> Plugged:
    """The channel, built but not running. Raises Misconfigured where the token cannot be one."""
    from adapters.telegram.channel import plugged

    return plugged(settings, parts)
