import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "./web";

/** Why a request gets nothing. */
export const REFUSALS = {
  host: "This name is not that of the page. Open the address that airflow-env ui has printed.",
  origin: "Another page has sent this request.",
  method: "The page only reads.",
  login: "Open the address that airflow-env ui has printed: it holds the way in.",
} as const;

/**
 * Who may see the page: whoever has the address that was printed, on this machine, from the page itself.
 *
 * A web site in the same browser can make it send requests here (cross-site request forgery), and can have its own name
 * lead here (DNS rebinding): hence `Host`, `Origin` and `Sec-Fetch-Site` are looked at. The token is in an address, which
 * browsers remember, so that it is changed at once into a cookie that scripts cannot read.
 */
export class Access {
  readonly #token = randomBytes(32).toString("base64url");
  readonly #session = randomBytes(32).toString("base64url");

  /** @param authority - `127.0.0.1:PORT`, once the server listens. */
  constructor(private readonly authority: () => string) {}

  /** The address to open. */
  get address(): string {
    return `http://${this.authority()}/?token=${this.#token}`;
  }

  /** Lets through what may come in; answers everything else itself. */
  readonly guard: MiddlewareHandler = async (context, next) => {
    if (context.req.header("host") !== this.authority()) return context.text(REFUSALS.host, 403);
    const { method, path } = context.req;
    const isEntry = method === "GET" && path === "/" && isSame(context.req.query("token") ?? "", this.#token);
    if (!isEntry && this.#isForeign(context)) return context.text(REFUSALS.origin, 403);
    if (!["GET", "HEAD", "POST"].includes(method)) return context.text(REFUSALS.method, 405);
    if (isEntry) {
      setCookie(context, this.#cookie, this.#session, { httpOnly: true, sameSite: "Strict", path: "/" });
      return context.redirect("/", 303);
    }
    if (!isSame(getCookie(context, this.#cookie) ?? "", this.#session)) return context.text(REFUSALS.login, 403);
    return next();
  };

  /** Cookies are shared by all ports of a host. */
  get #cookie(): string {
    return `airflow-env-${this.authority().split(":")[1] ?? ""}`;
  }

  #isForeign({ req }: Context): boolean {
    const origin = req.header("origin");
    if (origin === undefined ? req.method === "POST" : origin !== `http://${this.authority()}`) return true;
    return !["same-origin", "none"].includes(req.header("sec-fetch-site") ?? "none");
  }
}

function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}
