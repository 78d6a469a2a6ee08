import { expect } from "chai";
import { inputs, ownerOf } from "../../fakes/world";
import { Stack } from "../resources/stack";

describe("the text of a refused declaration, behind Pulumi's \"resource 'x' has a problem: \"", () => {
  const reasonsOf = async (news: object) =>
    (await new Stack().resource("connection").preview({ ...news })).checked.failures.map(({ reason }) => reason);

  it("does not say again what Pulumi has said: the resource's name", async () => {
    expect(await reasonsOf(inputs.connection("wh", { port: "x" }))).to.deep.equal([
      "port: must be a number, not a string",
    ]);
  });

  it("names the connection where its id is another one", async () => {
    expect(await reasonsOf(inputs.connection("wh", { owner: ownerOf("warehouse"), port: "x" }))).to.deep.equal([
      'connection "wh": port: must be a number, not a string',
    ]);
  });
});
