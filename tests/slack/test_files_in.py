"""A pack sent as a file in the conversation: offered, brought, read."""

from pathlib import Path

from bot.events import Offered
from bot.person import Role
from tests.conversations.stage import zipped
from tests.slack.world import a_world


async def test_an_admin_sends_a_pack(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world:
        root = world.person("Ada Root")
        await world.enlist(root, "root", Role.ADMIN, "all")
        root.upload("tea.zip", zipped("tea"), text="the new one")
        await world.settled()
        offered = world.heard[0].event
        assert isinstance(offered, Offered)
        assert (offered.name, offered.size) == ("tea.zip", len(zipped("tea")))
        uploaded = [label for shown in root.messages for label in shown.buttons]
        assert uploaded, "it was brought and read, and can be published"
