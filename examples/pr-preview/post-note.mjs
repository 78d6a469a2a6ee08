// Puts the comment on GitLab's merge request: one note, found again by the marker in its first line.
import { readFileSync } from "node:fs";

const { CI_API_V4_URL, CI_PROJECT_ID, CI_MERGE_REQUEST_IID, GITLAB_TOKEN } = process.env;
const body = readFileSync(process.argv[2], "utf8");
const marker = body.split("\n", 1)[0];
const notes = `${CI_API_V4_URL}/projects/${CI_PROJECT_ID}/merge_requests/${CI_MERGE_REQUEST_IID}/notes`;

async function call(method, url, content) {
  const response = await fetch(url, {
    method,
    headers: { "PRIVATE-TOKEN": GITLAB_TOKEN, "Content-Type": "application/json" },
    ...(content && { body: JSON.stringify(content) }),
  });
  if (!response.ok) throw new Error(`${method} notes: ${response.status} ${response.statusText}`);
  return response;
}

async function earlierNote() {
  for (let page = "1"; page;) {
    const response = await call("GET", `${notes}?per_page=100&page=${page}`);
    const found = (await response.json()).find((note) => note.body.startsWith(marker));
    if (found) return found;
    page = response.headers.get("x-next-page");
  }
}

const earlier = await earlierNote();
if (earlier) await call("PUT", `${notes}/${earlier.id}`, { body });
else await call("POST", notes, { body });
