import { listConnectionTypes, type ConnectionType } from "../../../catalog/lookup";
import { workspacePath } from "../links";
import { jsx } from "../web";
import { Layout, type Frame } from "./layout";

/** Connection types to choose from. @param q - part of a name, an id, a package or a service. */
export function ServicesPage({ frame, q }: { frame: Frame; q: string }) {
  const root = `${workspacePath(frame.workspace)}/new`;
  const all = listConnectionTypes();
  const found = all.filter((type) => textOf(type).includes(q.trim().toLowerCase()));
  return (
    <Layout title="New connection" frame={frame}>
      <h1>New connection</h1>
      <p>
        Choose what it leads to. The form writes code for your program; nothing is changed here, and no secret is typed
        here.
      </p>
      <form class="filter" method="get" action={root} role="search">
        <label>
          Search
          <input type="search" name="q" value={q} placeholder="name, type or package" />
        </label>
        <button>Find</button>
      </form>
      <p role="status">
        {found.length} of {all.length} connection types
      </p>
      <ul class="services">
        {found.map((type) => (
          <li>
            <a href={`${root}/${encodeURIComponent(type.id)}`}>{type.displayName}</a>
            <small>
              {type.id} · {type.providerPackage}
            </small>
          </li>
        ))}
      </ul>
    </Layout>
  );
}

function textOf({ id, displayName, providerName, providerPackage, services = [] }: ConnectionType): string {
  return [id, displayName, providerName, providerPackage, ...services].join("\n").toLowerCase();
}
