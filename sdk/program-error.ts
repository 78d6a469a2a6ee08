import * as pulumi from "@pulumi/pulumi";

/**
 * A mistake that the program alone shows. Pulumi prints the message and no stack: it names the resource.
 *
 * What a resource waits for may throw it too. Pulumi then puts words of its own in front ("error serializing property …"),
 * which say nothing about the mistake, so the message stays what it was.
 */
export class ProgramError extends pulumi.RunError {
  constructor(message: string) {
    super(message);
    this.name = "ProgramError";
    Object.defineProperty(this, "message", { get: () => message, set: () => undefined });
  }
}
