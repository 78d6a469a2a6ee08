// Runs in a plain node, as a program does: tsx would rewrite the code that Pulumi serialises.
// Prints, for each kind, the text that Pulumi would store, from two resources and from a serialisation of its own.
const pulumi = require("@pulumi/pulumi");
const [, , sdk] = process.argv;

async function main() {
  const texts = [];
  const mocks = {
    newResource: ({ name, inputs }) => {
      texts.push({ kind: name.slice(0, name.indexOf(":")), text: inputs["__provider"] });
      return { id: name, state: inputs };
    },
    call: () => ({}),
  };
  await pulumi.runtime.setMocks(mocks, "project", "stack", false, "organization");
  const { providers } = require(sdk);
  for (const [kind, provider] of Object.entries(providers)) {
    for (const copy of [1, 2]) {
      const resource = new pulumi.dynamic.Resource(provider, `${kind}:${copy}`, {});
      await new Promise((resolve) => resource.urn.apply(resolve));
    }
    const { text, containsSecrets } = await pulumi.runtime.serializeFunction(() => provider, { allowSecrets: true });
    if (containsSecrets) throw new Error(`${kind}: the shell holds a Pulumi secret`);
    texts.push({ kind, text });
  }
  process.stdout.write(JSON.stringify(texts));
}

void main();
