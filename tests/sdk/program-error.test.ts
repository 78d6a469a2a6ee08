import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { ProgramError } from "../../sdk/program-error";

describe("a mistake in the program", () => {
  it("is one that Pulumi prints without a stack", () => {
    expect(pulumi.RunError.isInstance(new ProgramError('link "x": deployment: is missing'))).to.equal(true);
  });

  it("keeps its message, whatever Pulumi puts in front", () => {
    const error: Error = new ProgramError("two of one name; rename one");
    // As newer versions of Pulumi do with what an input rejects with.
    error.message = `error serializing property "owner": ${error.message}`;
    expect(error.message).to.equal("two of one name; rename one");
    expect(String(error)).to.equal("ProgramError: two of one name; rename one");
  });
});
