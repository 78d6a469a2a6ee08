import type { Context, Hono as App } from "hono";
import { findConnectionType, type ConnectionType } from "../../catalog/lookup";
import { SecretNotFoundError } from "../../provider/errors";
import { describeFailure } from "../failure";
import type { Access } from "./access";
import { asset } from "./assets";
import type { Checked } from "./check";
import { readForm, type Filled } from "./form/draft";
import { serverLinks, workspacePath } from "./links";
import { DeploymentPage } from "./pages/deployment";
import { FormPage } from "./pages/form";
import { Layout, type Frame } from "./pages/layout";
import { MatrixPage } from "./pages/matrix";
import { ObjectPage } from "./pages/object";
import { ServicesPage } from "./pages/services";
import type { PageSource } from "./source";
import { viewOf, type View } from "./view";
import { bodyLimit, Hono, jsx, secureHeaders } from "./web";

export type { PageSource } from "./source";

/** Largest form. */
const MAX_FORM_BYTES = 256 * 1024;

const HEADERS = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    styleSrc: ["'self'"],
    scriptSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
  // With no-referrer, browsers send forms with the origin "null".
  referrerPolicy: "same-origin",
  xFrameOptions: "DENY",
  crossOriginOpenerPolicy: "same-origin",
  crossOriginResourcePolicy: "same-origin",
  // Plain http on the machine itself.
  strictTransportSecurity: false,
});

/**
 * The pages and their paths.
 *
 * @param touch - called for every request that is let in.
 */
export function pageApp(source: PageSource, access: Access, touch: () => void): App {
  const app = new Hono();
  app.use(HEADERS, async (context, next) => {
    context.header("Cache-Control", "no-store");
    await next();
  });
  app.use(access.guard);
  app.use(async (_, next) => {
    touch();
    await next();
  });
  app.use(bodyLimit({ maxSize: MAX_FORM_BYTES, onError: (context) => context.text("The form is too large.", 413) }));
  app.onError((error, context) => context.html(<FailurePage error={error} />, statusOf(error)));
  app.notFound((context) => context.html(<FailurePage error={absent("There is no such page.")} />, 404));

  app.get("/style.css", (context) =>
    context.body(asset("style.css"), 200, { "Content-Type": "text/css; charset=utf-8" }),
  );
  app.get("/page.js", (context) =>
    context.body(asset("page.js"), 200, { "Content-Type": "text/javascript; charset=utf-8" }),
  );
  app.get("/favicon.ico", (context) => context.body(null, 204));
  addWorkspacePages(app, source);
  return app;
}

function addWorkspacePages(app: App, source: PageSource): void {
  const checked = new Map<string, Map<string, Checked>>();

  const open = async (context: Context): Promise<{ view: View; frame: Frame; checks: Map<string, Checked> }> => {
    const name = context.req.param("workspace") ?? "";
    const workspace = await source.workspace(name);
    if (!workspace) throw absent(`The store has no Workspace "${name}".`);
    const frame = { workspace: name, store: source.address, links: serverLinks(name), isReport: false };
    return { view: viewOf(workspace), frame, checks: checked.get(name) ?? new Map<string, Checked>() };
  };

  app.get("/", async (context) => {
    const workspaces = await source.workspaces();
    const [only] = workspaces;
    if (only && workspaces.length === 1) return context.redirect(workspacePath(only.name), 303);
    return context.html(
      <Layout title="Workspaces">
        <h1>Workspaces</h1>
        {workspaces.length === 0 && <p>The store holds no Workspace.</p>}
        <ul>
          {workspaces.map(({ name, connections, deployments }) => (
            <li>
              <a href={workspacePath(name)}>{name}</a>: {connections.length} connections, {deployments.length}{" "}
              Deployments
            </li>
          ))}
        </ul>
      </Layout>,
    );
  });
  app.get("/w/:workspace", async (context) => {
    const { view, frame, checks } = await open(context);
    const { q = "", type = "", deployment = "", owner = "" } = context.req.query();
    return context.html(
      <MatrixPage frame={frame} view={view} checks={checks} filter={{ q, type, deployment, owner }} />,
    );
  });
  app.post("/w/:workspace/check", async (context) => {
    const { view, frame, checks } = await open(context);
    const { deployment } = await context.req.parseBody();
    const named = typeof deployment === "string" && view.deployments.includes(deployment) ? deployment : undefined;
    const found = await source.check(frame.workspace, named === undefined ? undefined : [named]);
    for (const one of found) checks.set(one.deployment, one);
    checked.set(frame.workspace, checks);
    return context.redirect(named === undefined ? frame.links.matrix : frame.links.deployment(named), 303);
  });
  app.get("/w/:workspace/new", async (context) => {
    const { frame } = await open(context);
    return context.html(<ServicesPage frame={frame} q={context.req.query("q") ?? ""} />);
  });
  app.get("/w/:workspace/new/:type", async (context) => {
    const { view, frame } = await open(context);
    const type = requireType(context);
    return context.html(<FormPage frame={frame} view={view} type={type} filled={{}} />);
  });
  app.post("/w/:workspace/new/:type", async (context) => {
    const { view, frame } = await open(context);
    const type = requireType(context);
    const filled = textsOf(await context.req.parseBody());
    const taken = view.workspace.connections.filter((one) => one.deployment === undefined).map((one) => one.connId);
    const read = readForm(type.id, filled, view.deployments, taken);
    // What looks like a secret is not sent back either.
    const shown = Object.fromEntries(Object.entries(filled).filter(([name]) => !read.withheld.has(name)));
    return context.html(<FormPage frame={frame} view={view} type={type} filled={shown} read={read} />);
  });
  app.get("/w/:workspace/deployment/:name", async (context) => {
    const { view, frame, checks } = await open(context);
    const name = context.req.param("name");
    if (!view.deployments.includes(name)) throw absent(`Workspace "${frame.workspace}" has no Deployment "${name}".`);
    return context.html(<DeploymentPage frame={frame} view={view} name={name} checked={checks.get(name)} />);
  });
  app.get("/w/:workspace/:kind{connection|variable}/:id", async (context) => {
    const { view, frame, checks } = await open(context);
    const { kind, id } = context.req.param();
    const objects = view.objects.filter((object) => object.kind === kind && object.id === id);
    if (objects.length === 0)
      throw absent(`Workspace "${frame.workspace}" has no ${kind === "variable" ? "Variable" : "connection"} "${id}".`);
    return context.html(<ObjectPage frame={frame} view={view} objects={objects} checks={checks} />);
  });
}

function requireType(context: Context): ConnectionType {
  const name = context.req.param("type") ?? "";
  const type = findConnectionType(name);
  if (!type) throw absent(`The catalog has no connection type "${name}".`);
  return type;
}

/** Files are none of ours. */
function textsOf(body: Record<string, unknown>): Filled {
  return Object.fromEntries(
    Object.entries(body).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function FailurePage({ error }: { error: Error }) {
  return (
    <Layout title="Not shown">
      <h1>This cannot be shown</h1>
      <p role="alert">{describeFailure(error).message}</p>
      <p>
        <a href="/">Back to the start</a>
      </p>
    </Layout>
  );
}

function absent(message: string): SecretNotFoundError {
  return new SecretNotFoundError(message);
}

function statusOf(error: Error): 404 | 502 {
  return error instanceof SecretNotFoundError ? 404 : 502;
}
