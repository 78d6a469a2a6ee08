import { expect } from "chai";
import fc from "fast-check";
import { KEY, keyOf, labelsOf, objectName, selectorOf } from "../../../../provider/stores/kubernetes/names";

const segment = fc.string({
  unit: fc.constantFrom(..."ABCxyz019_.-"),
  minLength: 1,
  maxLength: 200,
});
const key = fc.array(segment, { minLength: 1, maxLength: 5 }).map((segments) => segments.join("/"));

describe("Kubernetes store, names", () => {
  // Fixed: documents of this release must be found by every later one.
  it("has the names it always had", () => {
    expect(objectName("data/connections/pg_Main")).to.equal(
      "airflow-env-data-connections-pg-main-04cd2423b75adb00f3bde5334b75fd49",
    );
    expect(objectName("-/..-")).to.match(/^airflow-env-[0-9a-f]{32}$/);
  });

  it("makes valid names and labels of every key, each its own", () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(objectName(a)).to.match(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/);
        expect(objectName(a).length).to.be.at.most(253);
        expect(objectName(a) === objectName(b)).to.equal(a === b);
        for (const value of Object.values(labelsOf(a)))
          expect(value).to.match(/^[A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?$/);
        const selector = selectorOf(`${a.split("/")[0]}/`).split(",");
        expect(Object.entries(labelsOf(a)).map(([name, value]) => `${name}=${value}`)).to.deep.equal(selector);
      }),
    );
  });

  it("knows an object of ours by labels, annotation and name together", () => {
    const ours = {
      name: objectName("w/connections/c"),
      labels: labelsOf("w/connections/c"),
      annotations: { [KEY]: "w/connections/c" },
    };
    expect(keyOf(ours)).to.equal("w/connections/c");
    expect(keyOf(undefined)).to.equal(undefined);
    expect(keyOf({ ...ours, name: "copied" })).to.equal(undefined);
    expect(keyOf({ ...ours, labels: {} })).to.equal(undefined);
    expect(keyOf({ ...ours, annotations: {} })).to.equal(undefined);
    expect(keyOf({ ...ours, annotations: { [KEY]: "w/connections/other" } })).to.equal(undefined);
  });
});
