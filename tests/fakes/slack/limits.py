"""What Slack allows: sizes of Block Kit, block types per surface, calls per minute. Data, and nothing else.

Sizes: Block Kit reference, docs.slack.dev/reference/block-kit; every row is compared in `test_slack.py` with the limit
registry of slackblocks, which is read from the same pages by other people. Rates: docs.slack.dev/apis/web-api/rate-limits.
"""

from typing import Final

# By the names of the reference: object, field, kind of bound. Lengths are characters as sent, so `&amp;` counts five.
LIMITS: Final[dict[str, int]] = {
    "text.min_length": 1,
    "text.max_length": 3000,
    "action_id.max_length": 255,
    "block_id.max_length": 255,
    "button.text.max_length": 75,
    "button.url.max_length": 3000,
    "button.value.max_length": 2000,
    "button.accessibility_label.max_length": 75,
    "button.agent_prompt.max_length": 4000,
    "confirmation.title.max_length": 100,
    "confirmation.text.max_length": 300,
    "confirmation.confirm.max_length": 30,
    "confirmation.deny.max_length": 30,
    "option.text.max_length": 75,
    "option.value.max_length": 150,
    "option.description.max_length": 75,
    "option.url.max_length": 3000,
    "option_group.label.max_length": 75,
    "option_group.options.min_items": 1,
    "option_group.options.max_items": 100,
    "select.placeholder.max_length": 150,
    "select.options.min_items": 1,
    "select.options.max_items": 100,
    "select.option_groups.min_items": 1,
    "select.option_groups.max_items": 100,
    "select.min_query_length.min": 0,
    "overflow.options.min_items": 1,
    "overflow.options.max_items": 5,
    "checkboxes.options.min_items": 1,
    "checkboxes.options.max_items": 10,
    "radio_buttons.options.min_items": 1,
    "radio_buttons.options.max_items": 10,
    "file_input.max_files.min": 1,
    "file_input.max_files.max": 10,
    "plain_text_input.min_length.min": 0,
    "plain_text_input.min_length.max": 3000,
    "plain_text_input.max_length.min": 1,
    "plain_text_input.max_length.max": 3000,
    "plain_text_input.placeholder.max_length": 150,
    "email_input.placeholder.max_length": 150,
    "url_input.placeholder.max_length": 150,
    "number_input.placeholder.max_length": 150,
    "date_picker.placeholder.max_length": 150,
    "time_picker.placeholder.max_length": 150,
    "rich_text_input.placeholder.max_length": 150,
    "rich_text_input.min_lines.min": 1,
    "rich_text_input.min_lines.max": 100,
    "rich_text_input.max_lines.min": 1,
    "rich_text_input.max_lines.max": 100,
    "multi_select.max_selected_items.min": 1,
    "conversation_filter.include.min_items": 1,
    "dispatch_action_configuration.trigger_actions_on.min_items": 1,
    "dispatch_action_configuration.trigger_actions_on.max_items": 2,
    "actions.elements.max_items": 25,
    "alert.text.max_length": 200,
    "card.title.max_length": 150,
    "card.subtitle.max_length": 150,
    "card.body.max_length": 200,
    "card.actions.max_items": 3,
    "card.subtext.max_length": 200,
    "carousel.elements.min_items": 1,
    "carousel.elements.max_items": 10,
    "container.title.max_length": 150,
    "container.subtitle.max_length": 150,
    "container.child_blocks.min_items": 1,
    "container.child_blocks.max_items": 10,
    "context.elements.max_items": 10,
    "context_actions.elements.max_items": 5,
    "feedback_button.text.max_length": 75,
    "feedback_button.value.max_length": 2000,
    "feedback_button.accessibility_label.max_length": 75,
    "icon_button.value.max_length": 2000,
    "icon_button.accessibility_label.max_length": 75,
    "icon_button.visible_to_user_ids.max_items": 10,
    "workflow_button.text.max_length": 75,
    "workflow_button.accessibility_label.max_length": 75,
    "table.rows.max_items": 100,
    "table.columns.max_items": 20,
    "table.column_settings.max_items": 20,
    "data_table.rows.min_items": 2,
    "data_table.rows.max_items": 201,
    "data_table.columns.min_items": 1,
    "data_table.columns.max_items": 20,
    "data_table.page_size.min": 1,
    "data_table.page_size.max": 100,
    "data_table.cell_text.min_length": 1,
    "data_table.content.max_length": 20_000,
    "data_table.total_content.max_length": 20_000,
    "data_table.row_header_column_index.min": 0,
    "data_visualization.title.max_length": 50,
    "data_visualization.segments.min_items": 1,
    "data_visualization.segments.max_items": 12,
    "data_visualization.segment.label.max_length": 20,
    "data_visualization.segment.value.exclusive_min": 0,
    "data_visualization.series.min_items": 1,
    "data_visualization.series.max_items": 12,
    "data_visualization.series_name.max_length": 20,
    "data_visualization.data.min_items": 1,
    "data_visualization.data.max_items": 20,
    "data_visualization.point_label.max_length": 20,
    "data_visualization.categories.min_items": 1,
    "data_visualization.categories.max_items": 20,
    "data_visualization.category_label.max_length": 20,
    "data_visualization.axis_label.max_length": 50,
    "header.text.max_length": 150,
    "image.image_url.max_length": 3000,
    "image.alt_text.max_length": 2000,
    "image.title.max_length": 2000,
    "image_element.image_url.max_length": 3000,
    "image_element.alt_text.max_length": 2000,
    "input.label.max_length": 2000,
    "input.hint.max_length": 2000,
    "markdown.text.max_length": 12_000,
    "markdown.total_text.max_length": 12_000,
    "plan.tasks.max_items": 50,
    "rich_text_list.indent.min": 0,
    "rich_text_list.indent.max": 8,
    "rich_text_list.offset.min": 0,
    "rich_text_list.border.min": 0,
    "rich_text_list.border.max": 1,
    "rich_text_quote.border.min": 0,
    "rich_text_quote.border.max": 1,
    "rich_text_preformatted.border.min": 0,
    "rich_text_preformatted.border.max": 1,
    "section.text.max_length": 3000,
    "section.fields.max_items": 10,
    "section.fields.item_max_length": 2000,
    "video.alt_text.max_length": 2000,
    "video.title.max_length": 200,
    "video.author_name.max_length": 50,
    "video.description.max_length": 200,
    "video.provider_name.max_length": 50,
    "video.thumbnail_url.max_length": 3000,
    "video.video_url.max_length": 3000,
    "video.title_url.max_length": 2000,
    "video.provider_icon_url.max_length": 2000,
    "message.data_visualizations.max_items": 2,
    "message.channel.min_length": 1,
    "message.blocks.max_items": 50,
    "message.attachments.max_items": 100,
    "view.blocks.max_items": 100,
    "view.private_metadata.max_length": 3000,
    "view.callback_id.max_length": 255,
    "view.external_id.max_length": 255,
    "view.title.max_length": 24,
    "view.close.max_length": 24,
    "view.submit.max_length": 24,
}

# Block types by surface: each block's page in the reference names its surfaces.
_EVERYWHERE: Final = frozenset({"actions", "card", "context", "divider", "header", "image", "input", "rich_text"}) | {
    "section",
    "video",
}
_RICH: Final = frozenset({"carousel", "container", "data_table", "data_visualization", "table"})
SURFACES: Final[dict[str, frozenset[str]]] = {
    "message": _EVERYWHERE | _RICH | {"context_actions", "file", "markdown", "plan", "task_card"},
    "modal": _EVERYWHERE | {"alert"},
    "home": _EVERYWHERE | _RICH,
}

TEXT_CUT: Final = 40_000  # characters of chat.postMessage's text; what is longer is cut, without an error
UPDATE_TEXT: Final = 4_000  # characters of chat.update's text; what is longer is `msg_too_long`
BLOCKS_TEXT: Final = 13_200  # characters of all blocks of a message: undocumented, measured in slackapi/bolt-js#2509
TABLE_TEXT: Final = 10_000  # characters of all cells of a table
VIEW_BYTES: Final = 250_000
METADATA_BYTES: Final = 16_384
ALT_TXT: Final = 1_000  # characters, of an upload
FILE_BYTES: Final = 1_000_000_000

TRIGGER_LIVES: Final = 3.0  # seconds
VIEWS_DEEP: Final = 3
RESPONSE_URL_USES: Final = 5
RESPONSE_URL_LIVES: Final = 1_800.0
ACK_WITHIN: Final = 3.0
RETRIES: Final = (0.0, 60.0, 300.0)  # seconds from a failed delivery to the next try
SOCKETS: Final = 10
CODE_LIVES: Final = 600.0  # seconds from consent to oauth.v2.access
TOKEN_LIVES: Final = 43_200  # seconds, where token rotation is on

# Calls a minute by method. "special" methods have limits of their own or none that is published.
TIERS: Final[dict[str, int]] = {
    "apps.connections.open": 1,
    "apps.uninstall": 1,
    "bots.info": 3,
    "chat.delete": 3,
    "chat.postEphemeral": 4,
    "chat.update": 3,
    "conversations.history": 3,
    "conversations.open": 3,
    "files.completeUploadExternal": 4,
    "files.getUploadURLExternal": 4,
    "files.info": 4,
    "auth.revoke": 3,
    "api.test": 4,
    "team.info": 3,
    "users.info": 4,
    "views.open": 4,
    "views.publish": 4,
    "views.push": 4,
    "views.update": 4,
}
PER_MINUTE: Final = {1: 1, 2: 20, 3: 50, 4: 100}
