import { request, type IncomingHttpHeaders } from "node:http";
import { expect } from "chai";
import type { CliContext } from "../../../cli/context";
import { servePage, type ServedPage } from "../../../cli/ui/server";
import { storeSource } from "../../../cli/ui/source";
import type { Document } from "../../../provider/environment/documents";
import type { SecretsStore } from "../../../provider/stores/store";
import { CANARY, fill, namedStore, sampleDocuments } from "../harness";

/** What the page answered. */
export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

/** How a request is sent; `Origin` and `Host` as a browser on the page does, unless they are given. */
export interface Asked {
  method?: string;
  headers?: Record<string, string>;
  /** Fields of a form. */
  form?: Record<string, string>;
}

/** A page over a store, and what a browser would know of it. */
export class Served {
  readonly origin: string;
  readonly token: string;
  cookie = "";

  constructor(readonly page: ServedPage) {
    const { origin, searchParams } = new URL(page.address);
    this.origin = origin;
    this.token = searchParams.get("token") ?? "";
  }

  /** Sends one request. @throws AssertionError when the answer holds a secret. */
  async ask(path: string, { method, headers = {}, form }: Asked = {}): Promise<Answer> {
    const body = form && new URLSearchParams(form).toString();
    const answer = await new Promise<Answer>((resolve, reject) => {
      const sent = request(
        `${this.origin}${path}`,
        {
          // A connection of its own: the server closes one whose form it has not read.
          agent: false,
          method: method ?? (form ? "POST" : "GET"),
          headers: {
            ...(this.cookie !== "" && { Cookie: this.cookie }),
            ...(form && { Origin: this.origin, "Content-Type": "application/x-www-form-urlencoded" }),
            ...headers,
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: Buffer.concat(chunks).toString(),
            }),
          );
        },
      );
      sent.on("error", reject);
      sent.end(body);
    });
    expect(JSON.stringify(answer)).to.not.contain(CANARY);
    return answer;
  }

  /** Opens the address that was printed, and keeps the cookie. */
  async enter(): Promise<Answer> {
    const answer = await this.ask(`/?token=${this.token}`);
    this.cookie = answer.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
    return answer;
  }
}

/** Serves a store. @param documents - a small Workspace "data" by default. */
export async function serve(options: {
  documents?: [string, Document][];
  store?: SecretsStore;
  workspace?: string;
  idleMs?: number;
}): Promise<Served> {
  const store = options.store ?? namedStore("page");
  if (!options.store) await fill(store, options.documents ?? sampleDocuments());
  const context = { openStore: () => store, environment: {} } as Partial<CliContext> as CliContext;
  return new Served(await servePage(storeSource(context, store, options.workspace), options.idleMs ?? 600_000));
}
