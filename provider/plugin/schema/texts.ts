/** Names of object types, by the place of the first property that has it. */
const TYPE_NAMES: Record<string, string> = {
  workspace: "WorkspaceReference",
  target: "DeploymentTarget",
  directory: "DirectoryTarget",
  kubernetes: "KubernetesTarget",
  kubernetesBackend: "KubernetesBackendTarget",
  sharing: "Sharing",
  overrides: "ConnectionValues",
  fields: "ConnectionValues",
};

const CLUSTER = {
  namespace: "Namespace of the Airflow; it must exist.",
  context: "Context of the kubeconfig; the current one by default.",
  kubeconfig: "Path of a kubeconfig file; by default the usual places, or inside a pod its service account.",
};

const FIELDS = {
  description: "Free text for people; Airflow does not act on it.",
  host: "Name or address of the server; for some types a URL (`http`) or the path of a file (`sqlite`).",
  login: "User name, or what the type has in its place, such as the id of an access key (`aws`).",
  password: "Password.",
  schema: "Database or schema to use; other types have another meaning for it, such as the protocol (`http`: `https`).",
  port: "TCP port, a whole number; left out, the type's hook takes its own default.",
  extra: "Fields of the connection type, under Airflow's names; sensitive ones are kept as secrets.",
};

const SHARED = {
  workspace: "The Workspace, by its name and store.",
  deployment: "Name of the only Deployment that gets it; left out, it is Workspace-level and can be linked to many.",
  sharing: "`Restricted`, the default: linked Deployments only. `LinkedToAll`: all current and future ones.",
  exclude: "Names of Deployments that do not get it although it is LinkedToAll.",
  adopt: "Take over what is somebody else's.",
  deployments: "Names of the Deployments that got it when it was last written.",
};

const PAIR = {
  workspace: "The Workspace, by its name and store.",
  deployment: "Name of the Deployment.",
  adopt: "Take over what is somebody else's.",
};

const SECRET_EXTRA = "All of `extra` is one secret; by default only what names or values show to be secret is.";
const CLEAR =
  'Fields to clear in this Deployment, such as `["login", "extra.role"]`: null does not survive every language\'s way here.';

/** What each resource, type, property and function is, by its place. */
const TEXTS: Record<string, Record<string, string>> = {
  Workspace: {
    "": "A named group of Deployments and shared connections, kept in one secrets store.",
    name: "Name in the store; by default the resource's name. Another name replaces the Workspace.",
    store:
      "Store address: `local:PATH`, `kubernetes://NAMESPACE`, `aws-sm://PREFIX`, `gcp-sm://PROJECT/PREFIX` or `vault://MOUNT/PREFIX`; by default the configuration `airflow-env:store`. Credentials come from the environment, never from here.",
    secretsFetching:
      "Whether `airflow-env run` and `fetch` may write a Deployment's connections to a file for local development; false by default.",
    adopt: "Take over a Workspace that another stack created.",
    uid: "Random id of this Workspace, the same in every copy of its store.",
  },
  Deployment: {
    "": "One Airflow installation and the place that it reads its connections from.",
    workspace: "The Workspace, by its name and store.",
    name: "Name in the Workspace; by default the resource's name. Another name replaces the Deployment.",
    target:
      "Where its connections go: exactly one kind. A changed target is an update: the new place is written before the old one is cleared.",
    airflowVersion: "Its Airflow version, such as `3.1.8`.",
    runtimeVersion: "Its Astro Runtime version, where that is what you know.",
    providers: "Installed provider packages, as requirement lines; connections that need another one give a warning.",
    strict: "A missing provider package is an error.",
    secretsFetching:
      "Whether this Deployment's secrets may be fetched for local development; the Workspace's choice by default.",
    adopt: "Take over a Deployment, or a target, that is somebody else's.",
  },
  Connection: {
    "": "An Airflow connection, declared once for a Workspace or for a single Deployment.",
    connId: "Airflow's connection id; by default the resource's name. Another id replaces the connection.",
    connType: "Airflow's connection type, such as `postgres`; any type is accepted.",
    uri: "A connection as Airflow writes one, in place of the fields that it says.",
    ignoreWarnings: "Warnings to leave out for this connection, by the codes that they show.",
    secretExtra: SECRET_EXTRA,
    ...FIELDS,
    ...SHARED,
  },
  ConnectionLink: {
    "": "Makes a Workspace-level connection available in one Deployment.",
    connId: "Id of the connection.",
    overrides: "Values that replace the connection's own in this Deployment; `extra` merges key by key.",
    secretExtra: SECRET_EXTRA,
    clear: CLEAR,
    ...PAIR,
  },
  Override: {
    "": "Field values that replace a connection's own in one Deployment that gets it. Where a ConnectionLink gives it, depend on that link.",
    connId: "Id of the connection.",
    fields: "Values that replace the connection's own, and its link's, in this Deployment; `extra` merges key by key.",
    secretExtra: SECRET_EXTRA,
    clear: CLEAR,
    ...PAIR,
  },
  Variable: {
    "": "An Airflow Variable, declared once for a Workspace or for a single Deployment.",
    key: "Airflow's key; by default the resource's name. Another key replaces the Variable.",
    value: "Text, or any JSON value, which Airflow gets as JSON text; or where a text is kept.",
    description: "Free text for people; Airflow's file of Variables does not hold it.",
    secret: "The value is kept as a secret unless this is false.",
    ...SHARED,
  },
  VariableLink: {
    "": "Gives one Deployment a Workspace-level Variable.",
    key: "Key of the Variable.",
    value: "Replaces the Variable's own value in this Deployment.",
    secret: "The value is kept as a secret unless this is false.",
    ...PAIR,
  },
  getWorkspace: {
    "": "What a store holds of a Workspace, without values.",
    name: "Name of the Workspace.",
    store: "Address of its store; by default the configuration `airflow-env:store`.",
    uid: "Random id of the Workspace, the same in every copy of its store.",
    secretsFetching: "Whether secrets may be fetched for local development.",
    deployments: "Names of its Deployments.",
    connections: "Ids of its Workspace-level connections.",
    variables: "Keys of its Workspace-level Variables.",
  },
  getConnection: {
    "": "A connection as the store holds it, or as one Deployment gets it.",
    workspace: "The Workspace, by its name and store.",
    connId: "Id of the connection.",
    connType: "Airflow's connection type.",
    deployment: "Name of a Deployment: with the values that it gets.",
    ...FIELDS,
  },
  getEffectiveConnections: {
    "": "All connections that one Deployment gets, with secrets.",
    workspace: "The Workspace, by its name and store.",
    deployment: "Name of the Deployment.",
    connections: "Airflow's fields of each, by connection id.",
  },
  Settings: {
    store: "Store of a Workspace that names none.",
    liveDiff: "False: previews compare with recorded state only, for jobs without access to the store.",
    organization:
      "Pulumi organization, a part of the owner of what is stored; `organization` by default, as on self-managed backends.",
  },
  ConnectionValues: { "": "Values of one Deployment: what is left out is inherited.", ...FIELDS },
  WorkspaceReference: {
    "": "A Workspace of this program or of another stack.",
    name: "Its name.",
    store: "Address of its store; by default the configuration `airflow-env:store`.",
  },
  DeploymentTarget: {
    "": "Where a Deployment's connections go; exactly one kind.",
    directory: "Files on this machine, mode 0600.",
    kubernetes: "One Secret with `connections.json`, mounted for Airflow's LocalFilesystemBackend.",
    kubernetesBackend: "One labelled Secret per connection, for Airflow's KubernetesSecretsBackend.",
  },
  DirectoryTarget: {
    "": "Files on this machine, mode 0600.",
    path: "Folder; created if missing. Relative to the program's folder.",
    fileName: "Name of the connections' file; `connections.json` by default.",
    variablesFileName:
      "Name of the Variables' file, `variables.json` by default; there only when the Deployment gets Variables.",
  },
  KubernetesTarget: {
    "": "One Secret with `connections.json`.",
    secretName: "Name of the Secret; `airflow-connections` by default.",
    ...CLUSTER,
  },
  KubernetesBackendTarget: {
    "": "One labelled Secret per connection.",
    namePrefix: "Beginning of the Secrets' names; `airflow-connection` by default.",
    ...CLUSTER,
  },
  Sharing: {
    "": "Who gets an object of a Workspace.",
    Restricted: "Linked Deployments only.",
    LinkedToAll: "All current and future Deployments of the Workspace.",
  },
  ValueReference: {
    "": "A value that is not in the program, and so not in Pulumi's state: the provider looks it up when it needs it.",
    valueFrom: "Where it is kept; exactly one place.",
  },
  ValueSource: {
    "": "Where a value is kept; exactly one place.",
    env: "Name of an environment variable of the process that runs `pulumi`.",
    file: "Path of a text file, read without its last newline; relative to the program's folder.",
    store: "Name of a value in the Workspace's own store, written with `airflow-env value set NAME`.",
  },
};

/**
 * What something is.
 *
 * @param place - `Workspace`, or `Workspace.store`.
 */
export function describe(place: string): string {
  const [of = "", name = ""] = place.split(".");
  const text = TEXTS[of]?.[name];
  if (text === undefined) throw new Error(`schema: ${place} has no description`);
  return text;
}

/** Name of the type of a property. */
export function nameOfType(place: string): string {
  const property = place.slice(place.lastIndexOf(".") + 1);
  const name = TYPE_NAMES[property];
  if (name === undefined) throw new Error(`schema: the type of ${place} has no name`);
  return name;
}
