#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { EndableClock } from "../clock";
import { processContext } from "../context";
import { engineLog } from "./engine-log";
import { grpc } from "./protobuf";
import { NativeProvider } from "./provider";
import { service } from "./service";

/** The engine sends whole states in one message. */
const OPTIONS = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

/** Serves the provider on a free port of this machine, and tells it to the engine, which started this program. */
function main(engineAddress: string | undefined): void {
  const clock = new EndableClock();
  const context = processContext(engineLog(engineAddress), clock);
  const provider = new NativeProvider(packageVersion(__dirname), context, () => clock.endWaits());
  const server = new grpc.Server(OPTIONS);
  server.addService(ResourceProviderService, service(provider));
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    process.stdout.write(`${port}\n`);
  });
  if (engineAddress !== undefined) endWithEngine(server, provider);
}

/** The engine holds the other end of the input: it ends when the engine does, however that ends. */
function endWithEngine(server: InstanceType<typeof grpc.Server>, provider: NativeProvider): void {
  process.stdin.resume().on("end", () => {
    provider.cancel();
    server.tryShutdown(() => process.exit());
  });
}

/** The package file is some folders up, from source or from the build. */
function packageVersion(folder: string): string {
  try {
    return (JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string }).version;
  } catch (error) {
    const parent = dirname(folder);
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || parent === folder) throw error;
    return packageVersion(parent);
  }
}

main(process.argv[2]);
