import type { Clock } from "../../clock";
import { assertEncrypted } from "../shared/encrypted";
import { GOOGLE_KIND } from "./capabilities";
import { isPassing, networkFailure, replyFailure, unexpected, type GoogleCall, type GoogleError } from "./failures";
import type { GoogleLogin } from "./login";
import type { GoogleOptions } from "./options";

/** One request; `path` is what follows the project and location, and begins with `/secrets`. */
export interface GoogleRequest extends GoogleCall {
  method: "GET" | "POST";
  path: string;
  body?: unknown;
}

/** Calls Secret Manager with a valid token, bounded retries, and errors that may be printed. */
export interface GoogleClient {
  /**
   * @param expects - Google's words for answers to the caller, such as NOT_FOUND.
   * @returns the answer's body, or one of the expected failures; anything else is thrown.
   */
  call(request: GoogleRequest, expects?: string[]): Promise<{ body: unknown } | { error: GoogleError }>;
}

/** Pauses between tries, in milliseconds; tests shorten them. */
export interface RetryTiming {
  firstPauseMs: number;
  clock: Clock;
}

// Together more than a minute, by which Google counts writes: a large first `up` needs the quota of several.
const LONGEST_PAUSE_MS = 16_000;
/** Tries when Google itself fails. */
const MOST_FAILING = 6;
/** Tries when there was no answer at all. */
const MOST_WITHOUT_ANSWER = 3;

/** Connects and logs in at the first call; `fetch` keeps the connections. */
export function googleClient(options: GoogleOptions, login: GoogleLogin, timing: RetryTiming): GoogleClient {
  const { project, location, endpoint, timeoutMs, maxAttempts } = options;
  const host = location === undefined ? "secretmanager.googleapis.com" : `secretmanager.${location}.rep.googleapis.com`;
  const parent = `projects/${project}${location === undefined ? "" : `/locations/${location}`}`;
  const base = `${endpoint ?? `https://${host}`}/v1/${parent}`;
  assertEncrypted(GOOGLE_KIND, new URL(base), process.env);

  async function send({ method, path, body }: GoogleRequest): Promise<{ http: number; body: unknown }> {
    const response = await fetch(base + path, {
      method,
      headers: { authorization: `Bearer ${await login.token()}`, "content-type": "application/json" },
      signal: AbortSignal.timeout(timeoutMs),
      redirect: "error",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { http: response.status, body: parseJson(await response.text()) };
  }

  return {
    async call(request, expects = []) {
      let renewed = false;
      for (let attempt = 1; ; attempt++) {
        // A login that fails is no answer of Secret Manager's, and is not tried again here.
        await login.token();
        const reply = await send(request).catch((error: unknown) => networkFailure(request, error));
        if (reply instanceof Error) {
          if (attempt >= Math.min(maxAttempts, MOST_WITHOUT_ANSWER)) throw reply;
        } else if (reply.http < 300) {
          if (typeof reply.body !== "object" || reply.body === null) throw unexpected(request);
          return { body: reply.body };
        } else {
          const error = errorOf(reply);
          if (expects.includes(error.status)) return { error };
          if (error.http === 401 && !renewed && login.renew()) {
            renewed = true;
            continue;
          }
          const most = error.http === 429 ? maxAttempts : Math.min(maxAttempts, MOST_FAILING);
          if (!isPassing(error) || attempt >= most) throw replyFailure(request, error);
        }
        await timing.clock.sleep(pauseMs(attempt, timing.firstPauseMs));
      }
    },
  };
}

/** Longer after each try; half of it is random. */
function pauseMs(attempt: number, firstPauseMs: number): number {
  return Math.min(firstPauseMs * 2 ** (attempt - 1), LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2);
}

function errorOf({ http, body }: { http: number; body: unknown }): GoogleError {
  const { error } = (body ?? {}) as { error?: { status?: unknown; message?: unknown } };
  return {
    http,
    status: typeof error?.status === "string" ? error.status : "no status",
    message: typeof error?.message === "string" ? error.message : "",
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The parser's own message quotes the text.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
