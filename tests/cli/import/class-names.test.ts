import { expect } from "chai";
import { listConnectionTypes } from "../../../catalog/lookup";
import { classNameOf } from "../../../provider/plugin/typed";
import * as classes from "../../../sdk/connections/all.generated";

describe("names of the typed classes", () => {
  it("are those of the SDK, for every type of the catalog", () => {
    for (const { id } of listConnectionTypes()) expect(classes).to.have.property(classNameOf(id));
  });
});
