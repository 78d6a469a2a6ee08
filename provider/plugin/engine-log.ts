import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { grpc } from "./protobuf";

/**
 * Shows warnings through the engine, among what it says itself.
 *
 * @param address - of the engine; without one, as when somebody starts the plugin by hand, they go to the terminal.
 */
export function engineLog(address: string | undefined): (message: string) => void {
  const toTerminal = (message: string) => void process.stderr.write(`warning: ${message}\n`);
  if (address === undefined) return toTerminal;
  const engine = new EngineClient(address, grpc.credentials.createInsecure());
  return (message) => {
    const request = new LogRequest();
    request.setSeverity(LogSeverity.WARNING);
    request.setMessage(message);
    engine.log(request, (error) => {
      if (error) toTerminal(message);
    });
  };
}
