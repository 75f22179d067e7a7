// The teacher of test_slack_clients.py once more, on Slack's own Node SDK: the same lesson, another client.
// Arguments: base address of the fake, bot token, app token. Prints "ready" once it is connected.

import { SocketModeClient } from "@slack/socket-mode";
import { LogLevel, WebClient } from "@slack/web-api";

const [base, token, appToken] = process.argv.slice(2);
const quiet = { logLevel: LogLevel.ERROR };
const web = new WebClient(token, { slackApiUrl: `${base}/api/`, ...quiet });
const socket = new SocketModeClient({ appToken, ...quiet, clientOptions: { slackApiUrl: `${base}/api/` } });

const plain = (text) => ({ type: "plain_text", text });
const button = (label, action) => ({ type: "button", text: plain(label), action_id: action, value: label });
const say = (channel, text, blocks) => web.chat.postMessage({ channel, text, ...(blocks && { blocks }) });

const question = [
  { type: "section", text: plain("Capital of France?") },
  { type: "actions", elements: [button("Lyon", "answer_1"), button("Paris", "answer_2"), button("Type it", "type")] },
];
const several = [
  { type: "section", text: plain("Which are capitals?") },
  {
    type: "actions",
    block_id: "several",
    elements: [
      {
        type: "checkboxes",
        action_id: "chosen",
        options: ["Paris", "Lyon", "Rome"].map((name) => ({ text: plain(name), value: name })),
      },
      button("Done", "done"),
    ],
  },
];
const form = {
  type: "modal",
  callback_id: "typed",
  title: plain("Your answer"),
  submit: plain("Send"),
  blocks: [
    {
      type: "input",
      block_id: "words",
      label: plain("The capital"),
      element: { type: "plain_text_input", action_id: "text" },
    },
  ],
};

async function show(channel) {
  const done = await web.filesUploadV2({ filename: "map.png", file: Buffer.from("\x89PNG\r\n\x1a\n" + "0".repeat(40), "latin1") });
  const id = done.files[0].files[0].id;
  const blocks = [{ type: "image", alt_text: "A map of France", slack_file: { id } }];
  for (let tries = 0; ; tries += 1) {
    try {
      return await say(channel, "A map of France", blocks);
    } catch (error) {
      if (error.data?.error !== "invalid_blocks" || tries > 50) throw error; // still being processed
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

socket.on("message", async ({ ack, event }) => {
  await ack();
  if (event.bot_id || ![undefined, "file_share"].includes(event.subtype)) return; // our own words come back
  if (event.files) {
    const { file } = await web.files.info({ file: event.files[0].id });
    const got = await fetch(file.url_private_download, { headers: { Authorization: `Bearer ${token}` } });
    await say(event.channel, `Got ${(await got.text()).length} characters of ${file.name}`);
  } else await say(event.channel, "Capital of France?", question);
});
socket.on("file_shared", ({ ack }) => ack()); // the message has told it
socket.on("app_home_opened", async ({ ack, event }) => {
  await ack();
  const blocks = [{ type: "header", text: plain("Today") }, { type: "actions", elements: [button("Start", "start")] }];
  await web.views.publish({ user_id: event.user, view: { type: "home", blocks } });
});
socket.on("slash_commands", async ({ ack, body }) => {
  await ack({ text: "One moment." });
  await show(body.channel_id);
});
socket.on("interactive", async ({ ack, body }) => {
  if (body.type === "view_submission") {
    const words = body.view.state.values.words.text.value;
    if (words !== "Paris") return ack({ response_action: "errors", errors: { words: "Nearly." } });
    await ack();
    return say(body.user.id, `Typed: ${words}`);
  }
  await ack();
  const [action] = body.actions;
  const place = body.channel && { channel: body.channel.id, ts: body.message.ts };
  if (action.action_id.startsWith("answer_")) {
    const text = action.value === "Paris" ? "Right." : "Not quite. It is Paris.";
    await web.chat.update({ ...place, text });
    await say(body.channel.id, "Which are capitals?", several);
  } else if (action.action_id === "type") await web.views.open({ trigger_id: body.trigger_id, view: form });
  else if (action.action_id === "done") {
    const chosen = body.state.values.several.chosen.selected_options.map((option) => option.value);
    await web.chat.update({ ...place, text: `You chose ${chosen.join(", ")}` });
  } else if (action.action_id === "start") await say(body.user.id, "Capital of France?", question);
});

await socket.start();
console.log("ready");
process.on("SIGTERM", async () => {
  await socket.disconnect();
  process.exit(0);
});
