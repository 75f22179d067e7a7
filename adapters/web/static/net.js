// Talks to our own server. An answer is {ok, status, body, retry, after}: `retry` says that trying again may help.

let page = "";

/** Which chat this page shows; the server refuses to act for another one. */
export function setPage(key) {
  page = key;
}

export async function post(path, body, seconds = 20) {
  let response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json", "x-morsel-page": page },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(seconds * 1000),
    });
  } catch {
    return { ok: false, status: 0, body: {}, retry: true, after: 0 };
  }
  return understand(response.status, await response.text().catch(() => ""), response.headers.get("retry-after"));
}

export function understand(status, text, after) {
  let body = {};
  try {
    body = JSON.parse(text);
  } catch {
    // a proxy's page instead of our answer: only the status counts
  }
  const retry = status === 0 || status === 408 || status === 429 || status >= 500;
  return { ok: status >= 200 && status < 300, status, body, retry, after: Number(after) || 0 };
}

/** True when this browser is no longer signed in as the one this page shows; null when nobody answers. */
export async function moved() {
  try {
    const response = await fetch("/here", { signal: AbortSignal.timeout(10000) });
    if (response.status === 401) return true;
    return response.ok ? (await response.json()).key !== page : null;
  } catch {
    return null;
  }
}
export const pageHeader = () => ({ "x-morsel-page": page });
