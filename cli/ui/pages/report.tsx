import { createHash } from "node:crypto";
import { asset } from "../assets";
import type { Checked } from "../check";
import { deploymentAnchor, objectAnchor, reportLinks } from "../links";
import type { View } from "../view";
import { Fragment, jsx, raw } from "../web";
import { DeploymentDetails } from "./deployment";
import type { Frame } from "./layout";
import { Legend } from "./legend";
import { MatrixTable } from "./matrix-table";
import { ObjectDetails } from "./object";

/** By this a report knows its own kind again. */
export const REPORT_MARK = `<meta name="generator" content="airflow-env ui"/>`;

/** What a report shows. */
export interface ReportContent {
  view: View;
  /** Address of the store. */
  store: string;
  checks: ReadonlyMap<string, Checked>;
  at: Date;
}

/** Everything in one file that loads nothing and runs nothing. */
export async function reportText(content: ReportContent): Promise<string> {
  const html = await (<Report {...content} />);
  return html.toString();
}

function Report({ view, store, checks, at }: ReportContent) {
  const { name } = view.workspace;
  const frame: Frame = { workspace: name, store, links: reportLinks, isReport: true };
  const style = asset("style.css");
  const hash = createHash("sha256").update(style).digest("base64");
  return (
    <>
      {raw("<!doctype html>")}
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          {raw(REPORT_MARK)}
          <meta http-equiv="Content-Security-Policy" content={`default-src 'none'; style-src 'sha256-${hash}'`} />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>{`Who gets what · ${name} · airflow-env`}</title>
          <style>{raw(style)}</style>
        </head>
        <body>
          <header class="top">
            <nav aria-label="Parts">
              <span class="brand">{name}</span>
              <a href="#matrix">Who gets what</a>
              <a href="#objects">Objects</a>
              <a href="#deployments">Deployments</a>
            </nav>
            <p class="store">
              {store} · {at.toISOString().slice(0, 16).replace("T", " ")} UTC
            </p>
          </header>
          <main>
            <h1>Who gets what</h1>
            <p>
              {view.objects.length} objects, {view.deployments.length} Deployments
              {checks.size > 0 && ", compared with the targets"}
            </p>
            <MatrixTable frame={frame} view={view} all={view} checks={checks} />
            <Legend />
            <h2 id="objects">Objects</h2>
            {view.objects.map((object) => (
              // Two of one id have one place: the first.
              <div class="entry" id={isFirst(view, object) ? objectAnchor(object) : undefined}>
                <h3 class="id">{object.id}</h3>
                <ObjectDetails frame={frame} view={view} object={object} checks={checks} />
              </div>
            ))}
            <h2 id="deployments">Deployments</h2>
            {view.deployments.map((deployment) => (
              <div class="entry" id={deploymentAnchor(deployment)}>
                <h3 class="id">{deployment}</h3>
                <DeploymentDetails frame={frame} view={view} name={deployment} checked={checks.get(deployment)} />
              </div>
            ))}
          </main>
        </body>
      </html>
    </>
  );
}

function isFirst({ objects }: View, object: View["objects"][number]): boolean {
  const index = objects.indexOf(object);
  const before = objects[index - 1];
  return before === undefined || before.kind !== object.kind || before.id !== object.id;
}
