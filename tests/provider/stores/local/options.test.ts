import { expect } from "chai";
import { InputError } from "../../../../provider/errors";
import { parseLocalOptions } from "../../../../provider/stores/local/options";

describe("local store, address", () => {
  for (const path of [".airflow-env", "./a/b", "/srv/airflow-env", "~/x", "C:\\stores\\x", "a b/ü"]) {
    it(`takes local:${path}`, () => expect(parseLocalOptions(`local:${path}`)).to.deep.equal({ path }));
  }

  for (const address of ["local:", "local://host/x", "local:///abs", "file:x", "local:a\0b"]) {
    it(`refuses ${JSON.stringify(address)}`, () => {
      expect(() => parseLocalOptions(address)).to.throw(InputError, /store address/);
    });
  }
});
