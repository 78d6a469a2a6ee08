import { StoreUnavailableError } from "../../errors";

/** Set to 1 it lets secrets and logins travel in clear. Of the environment only: a document or an address cannot set it. */
export const ALLOW_HTTP = "AIRFLOW_ENV_ALLOW_HTTP";

/** The part of a server's URL that decides; `hostname` as `URL` writes it. */
export interface ServerUrl {
  protocol: string;
  hostname: string;
}

/**
 * Refuses to send a login or a secret in clear to another machine.
 *
 * @param kind - name of the store, for the message.
 * @throws StoreUnavailableError naming the address, the rule and the remedy.
 */
export function assertEncrypted(kind: string, server: ServerUrl, env: NodeJS.ProcessEnv): void {
  if (server.protocol !== "http:" || isLoopback(server.hostname) || env[ALLOW_HTTP] === "1") return;
  throw new StoreUnavailableError(
    "denied",
    `store "${kind}": http://${server.hostname} would get the login and the secrets in clear; use https, ` +
      `or set ${ALLOW_HTTP}=1 in the environment of whoever runs this if the network between is trusted`,
  );
}

/** True for addresses of this machine alone: 127.0.0.0/8, ::1 and localhost. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d{1,3}){3}$/.test(hostname);
}
