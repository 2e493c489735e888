// Talks to the server. Errors come in one shape: {code, message, remedy, place}.

export class Unreachable extends Error {
  constructor(kind) {
    super(kind);
    this.kind = kind;
  }
}

function csrfToken() {
  return /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? "";
}

async function request(url, options) {
  let response;
  try {
    response = await fetch(url, { credentials: "same-origin", redirect: "manual", ...options });
  } catch {
    throw new Unreachable("offline");
  }
  if (response.type === "opaqueredirect") throw new Unreachable("logged-out");
  return response;
}

// {answer} or {refused}; throws `Unreachable` where trying again later makes sense.
export async function post(url, body) {
  const response = await request(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
    body: JSON.stringify(body),
  });
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
  if (!isJson || response.status >= 500) throw new Unreachable(response.status === 403 ? "logged-out" : "failed");
  const answer = await response.json();
  if (answer.code === "logged-out") throw new Unreachable("logged-out");
  return response.ok ? { answer } : { refused: answer };
}

export async function getText(url) {
  const response = await request(url, {});
  if (!response.ok) throw new Unreachable(response.status === 403 ? "logged-out" : "failed");
  return response.text();
}
