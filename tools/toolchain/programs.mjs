// @ts-check

/**
 * What one Go build makes.
 *
 * @typedef {object} GoProgram
 * @property {string} name file name of the program, and folder of its module under `tools/go/`
 * @property {string} package what is built
 * @property {Record<string, string>} variables set by the linker, so that the program knows its version
 *
 * A bundle is one folder of the cache: programs that belong together.
 *
 * @typedef {object} Bundle
 * @property {string} name
 * @property {string} version
 * @property {GoProgram[]} programs
 * @property {{ name: string, module: string, programName: string, path: string }[]} [scripts] files taken from a module as they are
 */

const pulumiVersion = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

/** @type {Bundle} */
export const pulumiBundle = {
  name: "pulumi",
  version: "3.250.0",
  programs: [
    {
      name: "pulumi",
      package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
      variables: { [pulumiVersion]: "3.250.0" },
    },
    {
      // The newer language host is a module of its own that not every module proxy serves; this one works with the newer engine.
      name: "pulumi-language-nodejs",
      package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
      variables: { [pulumiVersion]: "3.60.0" },
    },
  ],
  scripts: [
    {
      // The host of dynamic providers is a shell script that starts node.
      name: "pulumi-resource-pulumi-nodejs",
      programName: "pulumi",
      module: "github.com/pulumi/pulumi/sdk/v3",
      path: "nodejs/dist/pulumi-resource-pulumi-nodejs",
    },
  ],
};

/** @type {Bundle} */
export const pulumiPythonBundle = {
  name: "pulumi-python",
  version: "3.60.0",
  programs: [
    {
      // As with the host for JavaScript: the newer one is a module of its own.
      name: "pulumi-language-python",
      package: "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python",
      variables: { [pulumiVersion]: "3.60.0" },
    },
    { name: "gensdk", package: ".", variables: {} },
  ],
  scripts: [
    {
      // What the host starts programs with; of the SDK's own version.
      name: "pulumi-language-python-exec",
      programName: "gensdk",
      module: "github.com/pulumi/pulumi/sdk/v3",
      path: "python/cmd/pulumi-language-python-exec",
    },
  ],
};

/** @type {Bundle} */
export const pulumiGoBundle = {
  name: "pulumi-go",
  version: "3.60.0",
  programs: [
    {
      name: "pulumi-language-go",
      package: "github.com/pulumi/pulumi/sdk/v3/go/pulumi-language-go",
      variables: { [pulumiVersion]: "3.60.0" },
    },
  ],
};

/** @type {Bundle} */
export const pulumiYamlBundle = {
  name: "pulumi-yaml",
  version: "1.25.0",
  programs: [
    {
      name: "pulumi-language-yaml",
      package: "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
      variables: { "github.com/pulumi/pulumi-yaml/pkg/version.Version": "1.25.0" },
    },
  ],
};

/** @type {Bundle} */
export const etcdBundle = {
  name: "etcd",
  version: "3.6.16",
  programs: [{ name: "etcd", package: "go.etcd.io/etcd/server/v3", variables: {} }],
};

/** @type {Bundle} */
export const kubeApiserverBundle = {
  name: "kube-apiserver",
  version: "1.35.4",
  programs: [
    {
      name: "kube-apiserver",
      package: "k8s.io/kubernetes/cmd/kube-apiserver",
      variables: {
        "k8s.io/component-base/version.gitVersion": "v1.35.4",
        "k8s.io/component-base/version.gitMajor": "1",
        "k8s.io/component-base/version.gitMinor": "35",
      },
    },
  ],
};

/** @type {Bundle} */
export const envReadersBundle = {
  name: "env-readers",
  version: "1",
  programs: [{ name: "env-readers", package: ".", variables: {} }],
};

/** @type {Bundle} */
export const vaultBundle = {
  name: "vault",
  version: "1.14.1",
  programs: [{ name: "vault", package: ".", variables: { "main.version": "1.14.1" } }],
};
