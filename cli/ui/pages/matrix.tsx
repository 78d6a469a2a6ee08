import type { Checked } from "../check";
import { workspacePath } from "../links";
import { filtered, stackOf, typeOf, type Filter, type View } from "../view";
import { jsx } from "../web";
import { Layout, type Frame } from "./layout";
import { MatrixTable } from "./matrix-table";
import { Legend } from "./legend";

/** Objects by Deployments, with what narrows them down. */
export function MatrixPage(props: { frame: Frame; view: View; checks: ReadonlyMap<string, Checked>; filter: Filter }) {
  const { frame, view, checks, filter } = props;
  const shown = filtered(view, filter);
  return (
    <Layout title="Who gets what" frame={frame}>
      <h1>Who gets what</h1>
      <FilterForm frame={frame} view={view} filter={filter} />
      <div class="bar">
        <p role="status" id="count">
          {countText(shown.objects.length, view.objects.length)}, {shown.deployments.length} Deployments
        </p>
        <CheckForm frame={frame} checks={checks} />
      </div>
      <MatrixTable frame={frame} view={shown} all={view} checks={checks} />
      <Legend />
    </Layout>
  );
}

function countText(shown: number, all: number): string {
  return shown === all ? `${all} objects` : `${shown} of ${all} objects`;
}

function FilterForm({ frame, view, filter }: { frame: Frame; view: View; filter: Filter }) {
  const types = [...new Set(view.objects.map(typeOf))].sort();
  const owners = [...new Set(view.objects.map(({ owner }) => stackOf(owner)))].filter((owner) => owner !== "").sort();
  return (
    <form class="filter" method="get" action={frame.links.matrix} role="search">
      <label>
        Search
        <input type="search" name="q" value={filter.q} placeholder="part of an id" id="search" />
      </label>
      <Select label="Type" name="type" all="all types" values={types} chosen={filter.type} />
      <Select label="Deployment" name="deployment" all="all" values={view.deployments} chosen={filter.deployment} />
      <Select label="Owner" name="owner" all="all stacks" values={owners} chosen={filter.owner} />
      <button>Filter</button>
      <a href={frame.links.matrix}>Show all</a>
    </form>
  );
}

function Select(props: { label: string; name: string; all: string; values: string[]; chosen: string }) {
  const { label, name, all, values, chosen } = props;
  return (
    <label>
      {label}
      <select name={name}>
        <option value="">{all}</option>
        {values.map((value) => (
          <option value={value} selected={value === chosen}>
            {value}
          </option>
        ))}
      </select>
    </label>
  );
}

function CheckForm({ frame, checks }: { frame: Frame; checks: ReadonlyMap<string, Checked> }) {
  const at = [...checks.values()].map((checked) => checked.at.getTime());
  return (
    <form class="check" method="post" action={`${workspacePath(frame.workspace)}/check`}>
      <button>Compare with the targets</button>{" "}
      <small>
        {at.length === 0
          ? "Reads the store's documents, secrets included, and the targets, with your own rights; nothing is written, no value is shown."
          : `Compared ${new Date(Math.max(...at)).toLocaleTimeString("en-GB")}.`}
      </small>
    </form>
  );
}
