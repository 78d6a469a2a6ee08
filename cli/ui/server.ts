import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Server } from "node:http";
import { Access } from "./access";
import { pageApp, type PageSource } from "./app";
import { createAdaptorServer } from "./web";

/** A page that is being served. */
export interface ServedPage {
  /** To be opened once; it holds the way in. */
  address: string;
  /** Ends when nobody has asked for anything for the idle time, or after `close`. */
  ended: Promise<"idle" | "closed">;
  /** Ends the server and its connections. */
  close(): void;
}

/**
 * Serves the page to this machine alone, on a free port.
 *
 * @param idleMs - without a request for so long, the server ends.
 */
export async function servePage(source: PageSource, idleMs: number): Promise<ServedPage> {
  let authority = "";
  const access = new Access(() => authority);
  const idle = new IdleClock(idleMs);
  const app = pageApp(source, access, idle.touch);
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  authority = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  let end: (why: "idle" | "closed") => void = () => undefined;
  const ended = new Promise<"idle" | "closed">((resolve) => {
    end = (why) => {
      idle.stop();
      server.close();
      server.closeAllConnections();
      resolve(why);
    };
  });
  idle.start(() => end("idle"));
  return { address: access.address, ended, close: () => end("closed") };
}

/** Tells when nothing has happened for some time. */
class IdleClock {
  #timer: NodeJS.Timeout | undefined;
  #end: (() => void) | undefined;

  constructor(private readonly idleMs: number) {}

  start(end: () => void): void {
    this.#end = end;
    this.touch();
  }

  readonly touch = (): void => {
    if (!this.#end) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#end, this.idleMs);
  };

  stop(): void {
    clearTimeout(this.#timer);
    this.#end = undefined;
  }
}
