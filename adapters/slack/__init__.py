"""Slack: two pure translators and thin loops. `plug` is what whoever wires the bot calls."""

from adapters.parts import Parts, Plugged
from adapters.slack.settings import SlackSettings


def plug(settings: SlackSettings, parts: Parts) -> Plugged:
    """The channel, and the door that it wants. The SDK is imported here, and not before."""
    from adapters.slack.channel import SlackChannel
    from adapters.slack.http import PREFIX

    channel = SlackChannel(settings, parts)
    door = channel.door()
    return Plugged(channel, ((PREFIX, door),) if door else (), channel.off)
