import { isDrifted, missingPackage, type Checked } from "../check";
import type { NamedObject } from "../../received";
import { cellsOf, typeOf, type Cell, type View } from "../view";
import { jsx, raw } from "../web";
import type { Frame } from "./layout";

/**
 * The matrix.
 *
 * @param view - what is shown of it.
 * @param all - the whole Workspace: an object that is not shown collides too.
 */
export function MatrixTable(props: { frame: Frame; view: View; all: View; checks: ReadonlyMap<string, Checked> }) {
  const { frame, view, all, checks } = props;
  const { links } = frame;
  const cell = cellsOf(all);
  const columns = columnsOf(view, checks);
  if (view.objects.length === 0) return <p class="none">Nothing to show.</p>;
  return (
    <div class="scroll" tabindex={0} role="region" aria-label="Objects by Deployments">
      <table class="matrix" id="matrix">
        <thead>
          <tr>
            <th scope="col">Object</th>
            <th scope="col">Type</th>
            {view.deployments.map((name) => (
              <th scope="col" title={name}>
                <a href={links.deployment(name)}>{name}</a>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {view.objects.map((object) => (
            <tr>
              <th scope="row" title={object.id}>
                <a href={links.object(object)}>{object.id}</a>
                {object.deployment !== undefined && <small> only {object.deployment}</small>}
              </th>
              <td title={typeOf(object)}>{typeOf(object)}</td>
              {raw(columns.map((column) => cellHtml(cell(object, column.name), object, column)).join(""))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface Column {
  name: string;
  checked: Checked | undefined;
  versions: { airflowVersion?: string; runtimeVersion?: string };
}

function columnsOf({ deployments, workspace }: View, checks: ReadonlyMap<string, Checked>): Column[] {
  return deployments.map((name) => ({
    name,
    checked: checks.get(name),
    versions: workspace.deployments.find((one) => one.name === name) ?? {},
  }));
}

/** As text, of fixed words and numbers alone: a matrix has a hundred thousand of them, and elements would take seconds. */
function cellHtml(cell: Cell, object: NamedObject, { checked, versions }: Column): string {
  if (cell.isExcluded) return `<td class="no">excluded</td>`;
  if (cell.through === undefined) return "<td></td>";
  const own = cell.ownFields.length;
  // What is wrong comes first: what does not fit into the cell is cut off.
  const wrong = [
    cell.collides && "collision",
    checked && isDrifted(checked, object.kind, object.id) && "drifted",
    checked && missingPackage(checked, versions, object.connType) !== undefined && "no package",
  ].filter((mark) => typeof mark === "string");
  const fields = own === 0 ? [] : [own === 1 ? "1 field" : `${own} fields`];
  const words = [cell.through, ...wrong, ...fields].join(", ");
  const title = wrong.length + fields.length > 1 ? ` title="${words}"` : "";
  const marks = [...wrong.map((mark) => ` <b class="bad">${mark}</b>`), ...fields.map((mark) => ` <b>${mark}</b>`)];
  return `<td class="${cell.through}"${title}>${cell.through}${marks.join("")}</td>`;
}
