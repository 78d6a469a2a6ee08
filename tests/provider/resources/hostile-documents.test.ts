import { expect } from "chai";
import { ProviderError } from "../../../provider/errors";
import { isPrintable } from "../../../provider/printable";
import { inputs } from "../../fakes/world";
import { CANARY, Stack, type Resource } from "./stack";

const FULL = process.env["HOSTILE"] === "full";
/** So many of the values stand in each place of each document; all of them with HOSTILE=full. */
const PER_PLACE = FULL ? Infinity : 5;
const LONGEST_MESSAGE = 20_000;

const nested = (open: string, close: string) => `${open.repeat(20_000)}1${close.repeat(20_000)}`;
/** What a co-writer may put anywhere, as JSON. */
const VALUES = [
  '"__proto__"',
  '"constructor"',
  String.raw`"\u001b[2J\u001b]0;x\u0007second\nline\r\u202e"`,
  JSON.stringify("x".repeat(200_000)),
  String.raw`"\ud800"`,
  String.raw`"a\u0000b"`,
  '""',
  "null",
  "1e308",
  "true",
  "[]",
  "{}",
  '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
  nested("[", "]"),
  nested('{"a":', "}"),
  '"../../../etc/passwd"',
  '{"4dabf18193072939515e22adb298388d":"c44067f5952c0a294b673a41bacd8c17","path":"/etc/passwd"}',
  '{"valueFrom":{"file":"/etc/passwd"}}',
  '"04da6b54-80e4-46f7-96ec-b56ff0331ba9"',
];

type Place = string[];

function placesIn(value: unknown, place: Place = []): Place[] {
  if (typeof value !== "object" || value === null) return [place];
  return [place, ...Object.entries(value).flatMap(([key, item]) => placesIn(item, [...place, key]))];
}

/** The text of a document with JSON text in one place. */
function withValue(text: string, place: Place, value: string): string {
  const mark = "a mark that nothing else has";
  const put = (at: unknown, [key, ...more]: Place): unknown =>
    key === undefined ? mark : { ...(at as object), [key]: put((at as Record<string, unknown>)[key], more) };
  return JSON.stringify(put(JSON.parse(text), place)).replace(JSON.stringify(mark), () => value);
}

describe("a document in which somebody has put anything anywhere", () => {
  const stack = new Stack();
  const declared = inputs.connection("warehouse", {
    sharing: "LinkedToAll",
    password: CANARY,
    extra: { sslmode: "require", options: { retries: 1 } },
  });
  let resources: Resource[];
  let warehouse: Resource;

  before(async () => {
    const workspace = await stack.createWorkspace("prod", "dev");
    warehouse = await stack.create("connection", declared);
    const other = await stack.create("connection", inputs.connection("other", { password: CANARY }));
    const link = await stack.create("connection-link", inputs.link("other", "dev", { host: "a", extra: { k: 1 } }));
    const override = await stack.create("override", inputs.override("warehouse", "dev", { extra: { k: 1 } }));
    resources = [workspace, warehouse, other, link, override];
  });

  /** What others see and do who share the store: in a world of its own each time. */
  async function everythingIn(documents: Map<string, string>): Promise<unknown[]> {
    const world = stack.world.copy();
    for (const [key, text] of documents) world.backend.documents.set(key, { version: "x", metadata: "{}", text });
    const victim = new Stack(world);
    const copyOf = ({ kind, id, inputs: recorded, outputs }: Resource) =>
      Object.assign(victim.resource(kind), { id, inputs: recorded, outputs });
    const tried: (() => Promise<unknown>)[] = [
      ...resources.map((one) => () => copyOf(one).preview(one.inputs)),
      () => copyOf(warehouse).refresh(),
      async () => {
        const { handlers } = victim.process();
        const { inputs: news } = await handlers.connection.check(warehouse.inputs, { ...declared, host: "new" });
        await handlers.connection.update(warehouse.id ?? "", warehouse.outputs, news);
      },
      () => copyOf(warehouse).delete(),
    ];
    const thrown: unknown[] = [];
    for (const attempt of tried) await attempt().catch((error: unknown) => thrown.push(error));
    expect(victim.shown()).to.not.contain(CANARY);
    return thrown;
  }

  it("is refused with a sentence, or harms nobody", async () => {
    let turn = 0;
    for (const [key, { text }] of stack.world.backend.documents)
      for (const place of placesIn(JSON.parse(text))) {
        const values = FULL ? VALUES : Array.from({ length: PER_PLACE }, () => VALUES[turn++ % VALUES.length] ?? "");
        for (const value of values) {
          const what = `${key} ${place.join(".")} = ${value.slice(0, 60)}`;
          for (const error of await everythingIn(new Map([[key, withValue(text, place, value)]]))) {
            expect(error, what).to.be.instanceOf(ProviderError);
            const { message } = error as ProviderError;
            expect(isPrintable(message), `${what}: ${message.slice(0, 200)}`).to.equal(true);
            expect(message.length, what).to.be.below(LONGEST_MESSAGE);
          }
        }
      }
    expect(Object.prototype).to.not.have.property("polluted");
  }).timeout(120_000);
});
