import { expect } from "chai";
import { mergeBlock } from "../../cli/env-block";
import { envFile } from "../../cli/env-file";

describe("env files", () => {
  it("have no line for what one of their readers would refuse or change", () => {
    const { names, leftOut } = envFile({
      connections: { ok: "{}", "a-b": "{}", "a.b": "{}", pg: "{}", PG: "{}", long: `{"x":"${"x".repeat(70_000)}"}` },
      variables: {
        plain: "a b=c",
        env: "",
        quote: 'a"b',
        tail: "a ",
        hash: "a #b",
        lines: "a\nb",
        back: "a\\b",
        é: "x",
      },
    });
    expect(names).to.deep.equal(["AIRFLOW_CONN_OK", "AIRFLOW_VAR_PLAIN", "AIRFLOW_VAR_ENV"]);
    expect(leftOut.map(({ id }) => id)).to.deep.equal([
      ..."a-b a.b pg PG long quote tail hash lines back é".split(" "),
    ]);
    expect(leftOut.find(({ id }) => id === "pg")?.reason).to.equal('"PG" is the same variable AIRFLOW_CONN_PG');
  });

  it("take a block at its place, whatever the line ends", () => {
    const first = mergeBlock("A=1", "B=2\n", ["B"]).text;
    expect(first).to.match(/^A=1\n# >>> airflow-env >>>.*\nB=2\n# <<< airflow-env <<<\n$/);
    expect(mergeBlock(first, "B=2\n", ["B"]).text).to.equal(first);
    const crlf = first.replaceAll("\n", "\r\n") + "C=3\r\n";
    const second = mergeBlock(crlf, "B=3\n", ["B"]).text;
    expect(mergeBlock(second, "B=3\n", ["B"]).text).to.equal(second);
    expect(second).to.match(/^A=1\r\n#.*\nB=3\n#.*\nC=3\r\n$/);
    expect(mergeBlock("", "", []).text).to.match(/^# >>>.*\n# <<<.*\n$/);
  });

  it("tell which variables stand outside of the block too", () => {
    const { setTwice } = mergeBlock("export A=1\n#B=1\nAB=1\n C =1\n", "", ["A", "B", "C"]);
    expect(setTwice).to.deep.equal(["A", "C"]);
  });
});
