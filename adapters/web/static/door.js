// The way in: a person of the demo, or an invite code. The code is used up by a POST only, never by opening a link.
import { byId, makeId } from "./dom.js";
import { post } from "./net.js";

const problem = byId("problem");

function complain(answer) {
  problem.textContent = answer.status === 0 ? problem.dataset.offline : answer.body.say || problem.dataset.wrong;
}

byId("people")?.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-chat]");
  if (!button) return;
  problem.textContent = "";
  const answer = await post("/demo/enter", { chat: button.dataset.chat });
  if (answer.ok) location.assign("/");
  else complain(answer);
});

let trying = null; // {code, id}: the same id while the same code is tried again, so that a lost answer does no harm

byId("join")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const field = byId("code");
  const button = event.target.querySelector("button");
  const code = field.value.trim();
  problem.textContent = "";
  if (!code) {
    problem.textContent = problem.dataset.empty;
    field.focus();
    return;
  }
  if (button.disabled) return;
  if (trying?.code !== code) trying = { code, id: makeId() };
  const label = button.textContent;
  button.disabled = true;
  button.textContent = button.dataset.waiting;
  const answer = await post("/join", trying);
  button.disabled = false;
  button.textContent = label;
  if (answer.ok) location.assign("/");
  else complain(answer);
});
