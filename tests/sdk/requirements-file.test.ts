import { expect } from "chai";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readRequirementsFile } from "../../sdk/requirements-file";

const SECRET = "canary-Zq7";

describe("a requirements file", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "airflow-env-requirements-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const write = (path: string, ...lines: string[]) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), lines.join("\n"));
  };
  const read = (path: string) => readRequirementsFile(join(folder, path), "Deployment");

  it("gives names, extras and versions, and nothing that may hold a login", () => {
    write(
      "all.txt",
      `\uFEFF--index-url https://u:${SECRET}@pypi.corp.com/simple`,
      `--extra-index-url=https://${SECRET}@pypi.corp.com/simple  # ours`,
      "apache-airflow[postgres,cncf.kubernetes] == 3.1.8   # pinned",
      "apache-airflow-providers-amazon \\",
      "    >=9,<10 \\",
      "    --hash=sha256:0a0a",
      `apache_airflow_providers_ssh @ https://u:${SECRET}@files.corp.com/ssh-1-py3-none-any.whl`,
      `git+https://${SECRET}@github.com/acme/ours.git@main#egg=acme-ours`,
      `https://u:${SECRET}@files.corp.com/acme_more-1.2-py3-none-any.whl`,
      `https://u:${SECRET}@files.corp.com/unknown`,
      `-e git+https://u:${SECRET}@github.com/acme/x.git#egg=acme-x`,
      `--find-links https://u:${SECRET}@files.corp.com`,
    );
    expect(read("all.txt")).to.deep.equal([
      "apache-airflow[postgres,cncf-kubernetes]==3.1.8",
      "apache-airflow-providers-amazon>=9,<10",
      "apache-airflow-providers-ssh",
      "acme-ours",
      "acme-more",
      "acme-x",
    ]);
  });

  it("is followed into the files that it includes, each from its own folder; each file once", () => {
    write("main.txt", "a", "-r parts/one.txt", "--requirement=parts/two.txt");
    write("parts/one.txt", "b", "-r two.txt", "-r deeper/three.txt");
    write("parts/two.txt", "c==1");
    write("parts/deeper/three.txt", "d", "a", "-r ../../main.txt");
    expect(read("main.txt")).to.deep.equal(["a", "b", "c==1", "d"]);
  });

  it("is not followed into constraints, which install nothing, nor to addresses", () => {
    write("constrained.txt", "a", "-c no/such.txt", `-r https://u:${SECRET}@files.corp.com/more.txt`);
    expect(read("constrained.txt")).to.deep.equal(["a"]);
  });

  it("that includes one that is not there names both", () => {
    write("broken.txt", "-r parts/gone.txt");
    expect(() => read("broken.txt")).to.throw(
      `Deployment: parts/gone.txt, which ${join(folder, "broken.txt")} includes, cannot be read (ENOENT); ` +
        `give a path relative to the folder of ${join(folder, "broken.txt")}`,
    );
  });

  it("that includes itself by ever longer paths comes to an end", () => {
    write("loop/main.txt", "-r self/main.txt");
    symlinkSync(".", join(folder, "loop/self"));
    expect(() => read("loop/main.txt")).to.throw("self/main.txt is included more than 20 files deep");
  });
});
