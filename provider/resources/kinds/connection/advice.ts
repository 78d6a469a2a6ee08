import { holdsLogin } from "../../../../catalog/secrecy/url-login";
import type { Warning } from "../../declared-kind";
import type { Properties } from "../../declaration/values";

const MAX_SERVER_PORT = 65_535;

/** What Airflow stores without a word, whatever the type, and what hardly works. */
export function adviceFor({ host, password, port }: Properties): Warning[] {
  const found: Warning[] = [];
  if (holdsLogin(host))
    found.push({ path: ["host"], reason: "holds a login; put it into login and password", topic: "login-in-host" });
  if (typeof password === "string" && /[\r\n]$/.test(password))
    found.push({
      path: ["password"],
      reason: "ends with a newline, which becomes part of it; strip it, for example with .trimEnd()",
      topic: "password-newline",
    });
  if (typeof port === "number" && (port < 0 || port > MAX_SERVER_PORT))
    found.push({
      path: ["port"],
      reason: `is not within 0 to ${MAX_SERVER_PORT}: Airflow takes it, no server does; correct it`,
      topic: "port-range",
    });
  return found;
}
