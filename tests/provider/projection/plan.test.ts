import { expect } from "chai";
import fc from "fast-check";
import { bytesOf } from "../../../provider/airflow/file";
import type { SharedDocument } from "../../../provider/environment/documents";
import { objectKinds } from "../../../provider/objects/registry";
import { lineBytesOf, planDeployment, planProblemText, type Plan } from "../../../provider/projection/plan";
import { kubernetesBackendLimits } from "../../../provider/targets/kubernetes-backend/limits";
import { limitsOf } from "../../../provider/targets/limits";
import type { TargetLimits } from "../../../provider/targets/target";
import { renderConnections } from "../../fakes/effective";
import { validSets } from "./arbitraries";

const CANARY = "canary-19ab";
const UNLIMITED = limitsOf({});
const upTo = (maxBytes: number): TargetLimits => ({ ...UNLIMITED, maxBytes });

function connection(id: string, fields: object = {}, more: Partial<SharedDocument> = {}): SharedDocument {
  return {
    kind: "connection",
    id,
    owner: "o",
    base: { connType: "http", ...fields },
    sharing: "LinkedToAll",
    exclude: [],
    links: {},
    overrides: {},
    ...more,
  };
}
const variable = (id: string, value: string): SharedDocument => ({
  ...connection(id),
  kind: "variable",
  base: { value },
});
const planOf = (documents: SharedDocument[], limits = UNLIMITED): Plan =>
  planDeployment(objectKinds, "prod", documents, limits);
const textsOf = ({ problems }: Plan) => problems.map(planProblemText);

describe("the plan of a Deployment", () => {
  it("has the files that Airflow reads, of what the Deployment gets", () => {
    const { files, objects, problems } = planOf([
      variable("greeting", "hello"),
      connection("b", { host: "base" }, { links: { prod: { owner: "l", overrides: { host: "mine" } } } }),
      connection("a", { password: CANARY }),
      connection("elsewhere", {}, { exclude: ["prod"] }),
    ]);
    expect(problems).to.deep.equal([]);
    expect(objects.map(({ id }) => id)).to.deep.equal(["a", "b", "greeting"]);
    expect(files?.connections.text).to.equal(
      `{\n  "a": {"conn_type":"http","password":"${CANARY}"},\n  "b": {"conn_type":"http","host":"mine"}\n}\n`,
    );
    expect(files?.variables?.text).to.equal('{\n  "greeting": "hello"\n}\n');
  });

  it("has a connections file for a Deployment that gets nothing, and no file of Variables", () => {
    expect(planOf([]).files).to.deep.equal({ connections: { text: "{}\n", entries: {} } });
    expect(planOf([variable("v", "x")]).files?.connections.text).to.equal("{}\n");
  });

  it("is the same whatever order the documents come in", () => {
    const documents = [connection("a"), connection("B"), variable("v", "x"), variable("a", "y")];
    fc.assert(
      fc.property(fc.shuffledSubarray(documents, { minLength: documents.length }), (shuffled) => {
        expect(planOf(shuffled).files).to.deep.equal(planOf(documents).files);
      }),
    );
  });

  it("keeps the id __proto__", () => {
    const { files } = planOf([connection("__proto__"), variable("__proto__", "x")]);
    expect(files?.connections.text).to.equal('{\n  "__proto__": {"conn_type":"http"}\n}\n');
    expect(files?.variables?.text).to.equal('{\n  "__proto__": "x"\n}\n');
  });

  it("is refused for two objects of one kind and id", () => {
    expect(() => planOf([connection("a"), connection("a", {}, { deployment: "prod" })])).to.throw(
      'Deployment "prod" would get two connections "a"',
    );
  });

  describe("with problems has no files, and names objects and never a value", () => {
    it("of what Airflow would refuse", () => {
      const plan = planOf([
        connection("good"),
        connection("bad", { port: 0.5, password: `${CANARY}\ud800` }),
        variable("worse", `${CANARY}\ud800`),
      ]);
      expect(plan.files).to.equal(undefined);
      expect(plan.problems.map(({ object, path }) => [object?.kind.name, object?.id, ...path])).to.deep.equal([
        ["connection", "bad", "password"],
        ["connection", "bad", "port"],
        ["variable", "worse", "value"],
      ]);
      expect(textsOf(plan)[1]).to.equal('connection "bad": port: must be a whole number of at most 2147483647');
      expect(textsOf(plan)[2]).to.match(/^variable "worse": value: has half of a UTF-16 surrogate pair/);
      expect(JSON.stringify(textsOf(plan))).not.to.contain(CANARY);
    });

    it("of what the target could not hold, where Airflow could read it", () => {
      const plan = planOf(
        [connection("_x", { port: 0, host: CANARY }), variable("_v", CANARY)],
        kubernetesBackendLimits,
      );
      expect(plan.files).to.equal(undefined);
      expect(plan.problems.map(({ object, path }) => [object?.id, ...path])).to.deep.equal([
        ["_x", "connId"],
        ["_x", "port"],
        ["_v", "key"],
      ]);
      expect(JSON.stringify(textsOf(plan))).not.to.contain(CANARY);
    });

    it("but does not ask the target about what cannot be rendered", () => {
      const asked: string[] = [];
      const limits: TargetLimits = {
        ...UNLIMITED,
        problemsOf: (file, id, entry) => {
          asked.push(`${file} ${id} ${entry}`);
          return [];
        },
      };
      planOf([connection("bad", { port: 0.5 }), connection("good"), variable("v", "x")], limits);
      expect(asked).to.deep.equal(['connections good {"conn_type":"http"}', 'variables v "x"']);
    });
  });

  describe("of a target with a limit", () => {
    const documents = [
      connection("small"),
      connection("large", { host: "h".repeat(500), description: 'é"\n'.repeat(20) }),
    ];

    it("takes exactly the limit and refuses one byte more", () => {
      const bytes = bytesOf(planOf(documents).files!);
      expect(planOf(documents, upTo(bytes)).problems).to.deep.equal([]);
      expect(textsOf(planOf(documents, upTo(bytes - 1)))).to.have.length(1);
      expect(planOf(documents, upTo(Infinity)).problems).to.deep.equal([]);
    });

    it("counts Variables too, and names them", () => {
      const all = [...documents, variable("v", "x".repeat(900))];
      const bytes = bytesOf(planOf(all).files!);
      expect(planOf(all, upTo(bytes)).files).not.to.equal(undefined);
      const plan = planOf(all, upTo(bytes - 1));
      expect(plan.files).to.equal(undefined);
      expect(textsOf(plan)).to.have.length(1);
      expect(textsOf(plan)[0])
        .to.match(new RegExp(`^the file would have ${bytes} bytes, and the target takes at most ${bytes - 1}; `))
        .and.match(/largest: variable "v" \(902 bytes\), connection "large" /);
    });

    it("names the largest first, with sizes, without values", () => {
      const [problem, ...more] = planOf(documents, upTo(100)).problems;
      expect(more).to.deep.equal([]);
      expect([problem?.path, problem?.object]).to.deep.equal([[], undefined]);
      expect(problem?.reason).to.match(
        /largest: connection "large" \(\d+ bytes\), connection "small" \(\d+ bytes\)\. /,
      );
      expect(problem?.reason).not.to.contain("hhh");
    });

    it("names a few only", () => {
      const many = Array.from({ length: 9 }, (_, at) => connection(`c${at}`, { host: "x".repeat(at) }));
      const [text = ""] = textsOf(planOf(many, upTo(10)));
      expect(text.match(/connection "c\d"/g)).to.deep.equal(
        ["8", "7", "6", "5", "4"].map((at) => `connection "c${at}"`),
      );
    });

    it("counts what is rendered, whatever it is", () => {
      const values = fc.uniqueArray(
        fc.tuple(fc.constantFrom("a", "b", "__proto__", "10"), fc.string({ unit: "binary" })),
        {
          selector: ([id]) => id,
        },
      );
      fc.assert(
        fc.property(validSets, values, (connections, variables) => {
          const all = [
            ...connections.map(({ connId, ...fields }) => connection(connId, fields)),
            ...variables.map(([key, value]) => variable(key, value)),
          ];
          const { files, objects } = planOf(all);
          const bytes = bytesOf(files!);
          expect(planOf(all, upTo(bytes)).problems).to.deep.equal([]);
          expect(planOf(all, upTo(bytes - 1)).problems).to.have.length(1);
          const empty = Object.keys(files!).length * "{}\n".length;
          expect(objects.reduce((sum, object) => sum + lineBytesOf(object), empty)).to.equal(bytes);
          expect(files!.connections).to.deep.equal(renderConnections(connections));
        }),
      );
    });

    it("says what is wrong with an object before it says that the file is too large", () => {
      const plan = planOf([...documents, connection("bad", { port: 0.5 })], upTo(10));
      expect(plan.problems.map(({ object }) => object?.id)).to.deep.equal(["bad"]);
    });
  });
});
