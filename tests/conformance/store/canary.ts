import { inspect } from "node:util";
import { expect } from "chai";
import { ProviderError } from "../../../provider/errors";

/** Stands in every document's text; must never be seen anywhere else. */
export const CANARY = "canary-9b1f6c2e7d";

/** A document's text with the canary in it. */
export function secretText(value: unknown = {}): string {
  return JSON.stringify({ password: CANARY, value });
}

/** Metadata as the model writes it: names and types, nothing secret. */
export function metadataText(name: string): string {
  return JSON.stringify({ name, connType: "postgres", linkedTo: ["prod", "dév"] });
}

/**
 * Waits for a failure, and checks that nothing printable of it holds a document's text: message, stack, causes and
 * every own property.
 */
export async function failureOf(attempt: Promise<unknown>): Promise<ProviderError> {
  let failure: unknown;
  try {
    await attempt;
  } catch (error) {
    if (!(error instanceof Error)) throw new Error(`thrown, but not an Error: ${typeof error}`);
    failure = error;
  }
  expect(failure, "should have failed").to.be.instanceOf(ProviderError);
  for (let error = failure; error instanceof Error; error = error.cause) {
    expect(`${error.message}\n${error.stack}\n${inspect(error, { depth: 10, showHidden: true })}`).not.to.contain(
      CANARY,
    );
  }
  return failure as ProviderError;
}

/** Records all that is printed while a suite runs, to find the canary in it; debug output of clients included. */
export class PrintedOutput {
  private readonly chunks: string[] = [];
  private readonly streams = [process.stdout, process.stderr].map((stream) => ({ stream, write: stream.write }));

  start(): void {
    for (const { stream, write } of this.streams) {
      stream.write = (chunk: unknown, ...rest: unknown[]): boolean => {
        this.chunks.push(typeof chunk === "string" ? chunk : Buffer.from(chunk as Uint8Array).toString("utf8"));
        return Reflect.apply(write, stream, [chunk, ...rest]) as boolean;
      };
    }
  }

  stop(): void {
    for (const { stream, write } of this.streams) stream.write = write;
    expect(this.chunks.join("").includes(CANARY), "a document's text was printed").to.equal(false);
  }
}
