import { codeOf, StoreUnavailableError } from "../../errors";
import { redactedCause } from "../../redact";
import { GOOGLE_KIND } from "./capabilities";

/** Gives access tokens; asks for a new one only when the last is about to expire. */
export interface GoogleLogin {
  token(): Promise<string>;
  /** The last token was refused. @returns false when no other can be had. */
  renew(): boolean;
}

const SCOPE = "https://www.googleapis.com/auth/cloud-platform";
const INSTALL = "npm install google-auth-library";

/**
 * Google's application default credentials, by way of `google-auth-library`, which is loaded when it is needed; or the
 * access token in GOOGLE_OAUTH_ACCESS_TOKEN, as other Google tools for infrastructure as code take it.
 *
 * @see https://docs.cloud.google.com/docs/authentication/application-default-credentials
 */
export function googleLogin(env: NodeJS.ProcessEnv, project: string): GoogleLogin {
  let source: Promise<() => Promise<string | null | undefined>> | undefined;

  return {
    async token() {
      const given = env.GOOGLE_OAUTH_ACCESS_TOKEN;
      if (given) return given;
      source ??= defaultCredentials(project);
      const token = await (
        await source
      )().catch((error: unknown) => {
        throw loginFailure(error);
      });
      if (token) return token;
      throw new StoreUnavailableError("missing", `store "${GOOGLE_KIND}": Google's login gave no access token`);
    },
    renew() {
      if (env.GOOGLE_OAUTH_ACCESS_TOKEN) return false;
      source = undefined;
      return true;
    },
  };
}

async function defaultCredentials(project: string): Promise<() => Promise<string | null | undefined>> {
  let library;
  try {
    library = await import("google-auth-library");
  } catch (error) {
    if (codeOf(error) !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new StoreUnavailableError(
      "missing",
      `store "${GOOGLE_KIND}": its login needs a package that is not installed; run: ${INSTALL}`,
    );
  }
  // Without the project, the library asks another service of Google for it, which the login may not be allowed to use.
  const auth = new library.GoogleAuth({ scopes: [SCOPE], projectId: project });
  return () => auth.getAccessToken();
}

/** The library's errors hold requests with keys and tokens in them: only their first words are looked at. */
function loginFailure(error: unknown): StoreUnavailableError {
  const message = error instanceof Error ? error.message : "";
  const fail = (reason: "missing" | "expired" | "unreachable" | "failed", text: string): StoreUnavailableError =>
    new StoreUnavailableError(reason, `store "${GOOGLE_KIND}": ${text}`, {
      cause: redactedCause(new Error(`login: ${codeOf(error) ?? (error as Error).name}`)),
    });
  if (/default credentials|Unable to find credentials|credentials\.json|no such file/i.test(message)) {
    return fail(
      "missing",
      "no Google credentials found; run gcloud auth application-default login, set GOOGLE_APPLICATION_CREDENTIALS, " +
        "or run where a service account is attached",
    );
  }
  if (/invalid_grant|invalid_rapt|expired|reauth/i.test(message)) {
    return fail("expired", "the Google login has expired; run gcloud auth application-default login");
  }
  if (/ENOTFOUND|ECONNREFUSED|ECONNRESET|EAI_AGAIN|ETIMEDOUT/.test(`${codeOf(error) ?? ""} ${message}`)) {
    return fail("unreachable", "Google's login cannot be reached; check network and proxy");
  }
  return fail(
    "failed",
    "the Google login failed; check the credentials with gcloud auth application-default print-access-token",
  );
}
