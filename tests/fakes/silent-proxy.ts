import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A way to a server on loopback that can fall silent: connections are accepted then, and never answered. */
export interface SilentProxy {
  port: number;
  /** Falls silent, and breaks what is connected. */
  silence(): void;
  /** Connections that were accepted in silence and are still waiting. */
  waiting(): number;
  /** All that were accepted in the last silence. */
  accepted(): number;
  /** Answers again, and breaks what waits. */
  speak(): void;
  stop(): Promise<void>;
}

/** @param port - of the server behind it. */
export async function startSilentProxy(port: number): Promise<SilentProxy> {
  const sockets = new Set<Socket>();
  let isSilent = false;
  let accepted = 0;
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    // Broken connections are what it is for.
    socket.on("error", () => socket.destroy());
    return socket.on("close", () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    keep(client);
    if (isSilent) {
      accepted++;
      return;
    }
    const upstream = keep(connect(port, "127.0.0.1"));
    client.pipe(upstream).pipe(client);
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const breakAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    accepted: () => accepted,
    silence() {
      isSilent = true;
      accepted = 0;
      breakAll();
    },
    waiting: () => (isSilent ? [...sockets].filter((socket) => !socket.destroyed).length : 0),
    speak() {
      isSilent = false;
      breakAll();
    },
    async stop() {
      breakAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
