import { existsSync } from "node:fs";
import { join } from "node:path";
import type * as nodeServer from "@hono/node-server";
import type * as hono from "hono";
import type * as bodyLimits from "hono/body-limit";
import type * as cookies from "hono/cookie";
import type * as html from "hono/html";
import type * as honoJsx from "hono/jsx";
import type { JSX as HonoJSX } from "hono/jsx/jsx-runtime";
import type * as headers from "hono/secure-headers";

/** What the page is made with; tools/bundle-clients.mjs names the same. */
type Web = Pick<typeof hono, "Hono"> &
  Pick<typeof bodyLimits, "bodyLimit"> &
  Pick<typeof cookies, "getCookie" | "setCookie"> &
  Pick<typeof html, "raw"> &
  Pick<typeof honoJsx, "Fragment" | "jsx"> &
  Pick<typeof headers, "secureHeaders"> &
  Pick<typeof nodeServer, "createAdaptorServer">;

const web = load();
export const bodyLimit: Web["bodyLimit"] = web.bodyLimit;
export const createAdaptorServer: Web["createAdaptorServer"] = web.createAdaptorServer;
export const Fragment: Web["Fragment"] = web.Fragment;
export const getCookie: Web["getCookie"] = web.getCookie;
export const Hono: Web["Hono"] = web.Hono;
export const raw: Web["raw"] = web.raw;
export const secureHeaders: Web["secureHeaders"] = web.secureHeaders;
export const setCookie: Web["setCookie"] = web.setCookie;
/** Makes an element; the compiler calls it for JSX. What is put into one is escaped. */
export const jsx: Web["jsx"] = web.jsx;

/* eslint-disable @typescript-eslint/no-namespace, @typescript-eslint/no-empty-object-type -- where and how the compiler
   looks for the types of JSX; an alias of an imported namespace is not found there */
export declare namespace jsx {
  namespace JSX {
    type Element = HonoJSX.Element;
    interface ElementChildrenAttribute extends HonoJSX.ElementChildrenAttribute {}
    interface IntrinsicElements extends HonoJSX.IntrinsicElements {}
    interface IntrinsicAttributes extends HonoJSX.IntrinsicAttributes {}
  }
}
/* eslint-enable @typescript-eslint/no-namespace, @typescript-eslint/no-empty-object-type */

/** The one file that users install, or without a build, as in the unit tests, the packages themselves. */
function load(): Web {
  const bundle = join(__dirname, "web.bundle.cjs");
  /* eslint-disable @typescript-eslint/no-require-imports -- JSX is synchronous */
  if (existsSync(bundle)) return require(bundle) as Web;
  return {
    ...(require("hono") as typeof hono),
    ...(require("hono/body-limit") as typeof bodyLimits),
    ...(require("hono/cookie") as typeof cookies),
    ...(require("hono/html") as typeof html),
    ...(require("hono/jsx") as typeof honoJsx),
    ...(require("hono/secure-headers") as typeof headers),
    ...(require("@hono/node-server") as typeof nodeServer),
  };
  /* eslint-enable @typescript-eslint/no-require-imports */
}
