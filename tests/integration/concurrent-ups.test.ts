import { expect } from "chai";
import { canary, scanForCanary } from "./canary";
import { startCluster, type Cluster } from "./cluster";
import { connection, deployment, link, override, variable, workspace } from "./declarations";
import { Engine, type ResourceSpec, type Stack } from "./engine";
import { forEachStore, type StoreUnderTest } from "./stores-under-test";

/** On each store; 8 rounds in `npm test`; `ROUNDS=20` for a longer run, `ROUNDS=2` for a quick look. */
const GIVEN = process.env["ROUNDS"];
/** The suites of these stores take longer over what is their own; `npm test` has its limits. */
const FEWER: Record<string, number> = { "google-secret-manager": 1 };
const PASSWORD = canary("concurrent");
const NAMESPACES = ["first", "second", "later"];

forEachStore((name, start) => {
  const ROUNDS = Number(GIVEN ?? FEWER[name] ?? 8);
  describe(`two stacks that run pulumi up at once on the ${name} store`, function () {
    this.timeout(120_000 * (ROUNDS + 5));
    let cluster: Cluster;
    let engine: Engine;
    let store: StoreUnderTest;
    let platform: Stack;
    let team: Stack;

    before(async () => {
      cluster = await startCluster(NAMESPACES);
      store = await start(cluster.kube);
      engine = await Engine.create();
      const env = { ...cluster.env, ...store.env };
      [platform, team] = [await engine.stack("platform", env), await engine.stack("team", env)];
      await platform.setSecret("platform:canary", PASSWORD);
    });

    after(async () => {
      await cluster?.stop();
      await store?.stop();
      engine?.dispose();
    });

    /** In each round: fields change, sharing is switched, one connection comes and one goes. */
    const platformProgram = (round: number): ResourceSpec[] => [
      workspace(store.address),
      connection("warehouse", { host: `db-${round}`, password: "$canary" }),
      connection("switched", { host: "switched", sharing: round % 2 ? "LinkedToAll" : "Restricted" }),
      variable("region", { value: `region-${round}`, sharing: "LinkedToAll" }),
      connection(`new-${round}`, { host: "new", sharing: "LinkedToAll", exclude: ["second"] }),
    ];

    /** In each round: link, override and own connection change; a Deployment and a link come or go. */
    const teamProgram = (round: number): ResourceSpec[] => {
      const reference = { name: "data", store: store.address };
      const warehouse = { connection: { workspace: reference, connId: "warehouse" } };
      const isOdd = round % 2 === 1;
      return [
        deployment("first", { workspace: reference }),
        deployment("second", { workspace: reference }),
        ...(isOdd ? [deployment("later", { workspace: reference })] : []),
        link("warehouse", "first", { ...warehouse, overrides: { schema: `schema-${round}` } }),
        override("warehouse", "first", { login: `login-${round}` }, warehouse),
        ...(isOdd ? [] : [link("warehouse", "second", warehouse)]),
        variable("own", { workspace: undefined, deployment: "$deployment:second", value: `own-${round}` }),
        connection("own", { workspace: undefined, deployment: "$deployment:second", host: `own-${round}` }),
      ];
    };

    async function expectConverged(round: number): Promise<void> {
      const isOdd = round % 2 === 1;
      const postgres = (host: string, more = {}) => ({ conn_type: "postgres", host, ...more });
      const warehouse = (more = {}) => postgres(`db-${round}`, { password: PASSWORD, ...more });
      const switched = isOdd ? { switched: postgres("switched") } : {};
      const added = { [`new-${round}`]: postgres("new") };
      const overridden = { schema: `schema-${round}`, login: `login-${round}` };
      const expected = {
        first: { warehouse: warehouse(overridden), ...switched, ...added },
        second: {
          ...(isOdd ? {} : { warehouse: warehouse() }),
          own: postgres(`own-${round}`),
          ...switched,
        },
        later: isOdd ? { ...switched, ...added } : undefined,
      };
      const actual = await Promise.all(NAMESPACES.map((one) => cluster.connections(one)));
      const region = `region-${round}`;
      const variables = [{ region }, { region, own: `own-${round}` }, isOdd ? { region } : undefined];
      expect(await Promise.all(NAMESPACES.map((one) => cluster.variables(one)))).to.deep.equal(variables);
      expect(Object.fromEntries(NAMESPACES.map((one, at) => [one, actual[at]]))).to.deep.equal(expected);
    }

    it("makes what each declares", async () => {
      [platform.resources, team.resources] = [platformProgram(0), teamProgram(0)];
      await platform.up();
      await team.up();
      await expectConverged(0);
    });

    it(`ends ${ROUNDS} rounds with all targets as both declare, nothing lost and nothing left to do`, async () => {
      for (let round = 1; round <= ROUNDS; round++) {
        [platform.resources, team.resources] = [platformProgram(round), teamProgram(round)];
        await Promise.all([platform.up("--parallel", "16"), team.up("--parallel", "16")]);
        await expectConverged(round);
      }
      expect(await Promise.all([platform.preview(), team.preview()])).to.deep.equal([[], []]);
    });

    it("leaves nothing when both are destroyed", async () => {
      const places = { files: store.files ?? [], kube: cluster.kube, namespaces: NAMESPACES };
      await scanForCanary(engine, [PASSWORD], places);
      await team.destroy();
      await platform.destroy();
      for (const namespace of NAMESPACES) expect(await cluster.secret(namespace)).to.equal(undefined);
      await scanForCanary(engine, [PASSWORD], places);
    });
  });
});
