import type { Child } from "hono/jsx";
import { workspacePath, type Links } from "../links";
import { Fragment, jsx, raw } from "../web";

/** What surrounds what a page shows of a Workspace. */
export interface Frame {
  workspace: string;
  /** Address of the store. */
  store: string;
  links: Links;
  /** One file that stands alone: no forms, and nothing to load. */
  isReport: boolean;
}

/** Of the headings in what a page shows of one thing. */
export function headingLevel({ isReport }: Frame): 2 | 4 {
  return isReport ? 4 : 2;
}

/** A whole page of the server. */
export function Layout({ title, frame, children }: { title: string; frame?: Frame; children?: Child }) {
  const full = `${title} · ${frame === undefined ? "" : `${frame.workspace} · `}airflow-env`;
  return (
    <>
      {raw("<!doctype html>")}
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <title>{full}</title>
          <link rel="stylesheet" href="/style.css" />
          <script src="/page.js" defer></script>
        </head>
        <body>
          <a class="skip" href="#main">
            Skip to content
          </a>
          {frame && <Header frame={frame} />}
          <main id="main" tabindex={-1}>
            {children}
          </main>
        </body>
      </html>
    </>
  );
}

function Header({ frame }: { frame: Frame }) {
  const { workspace, store, links } = frame;
  return (
    <header class="top">
      <nav aria-label="Pages">
        <a class="brand" href={links.matrix}>
          {workspace}
        </a>
        <a href={links.matrix}>Who gets what</a>
        <a href={`${workspacePath(workspace)}/new`}>New connection</a>
      </nav>
      <p class="store" title="Address of the store">
        {store}
      </p>
    </header>
  );
}
