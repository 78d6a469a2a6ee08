import axe, { type AxeResults } from "axe-core";
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from "playwright-core";
import type { Served } from "../../cli/ui/served";

const FLAGS =
  "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync";

/** Everything that what is focused may be called; an expression, since the tests are compiled without a browser's types. */
const FOCUSED = `[document.activeElement].flatMap((element) => [
  element.textContent,
  element.getAttribute("name") ?? "",
  element.ariaLabel ?? "",
  ...[...(element.labels ?? [])].map((label) => label.textContent),
]).join("\\n")`;

/** Pixels by which a page is wider than its window. */
export const OVERFLOW = "document.documentElement.scrollWidth - innerWidth";

/** Widths of a desk and of a telephone. */
export const VIEWPORTS = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } };

/** A real browser, without a window. @param flags - besides the usual. */
export async function launch(flags: string[] = []): Promise<Browser> {
  const { ensureChromium } = await import("../../../tools/toolchain.mjs");
  const { chromium: executablePath } = await ensureChromium();
  return chromium.launch({ executablePath, args: [...FLAGS.split(" "), ...flags] });
}

/** A tab on the page, with everything that must not happen there. */
export class Tab {
  /** What the console said: refusals by the Content-Security-Policy are among it. */
  readonly complaints: string[] = [];
  /** Origins that anything was asked of. */
  readonly origins = new Set<string>();

  private constructor(
    readonly page: Page,
    readonly context: BrowserContext,
  ) {
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.complaints.push(message.text());
    });
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("dialog", (dialog) => {
      this.complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("request", (request) => this.origins.add(new URL(request.url()).origin));
  }

  /** Opens the address that was printed. */
  static async open(
    browser: Browser,
    { page: { address } }: Served,
    options: BrowserContextOptions = {},
  ): Promise<Tab> {
    const context = await browser.newContext({ viewport: VIEWPORTS.wide, ...options });
    const tab = new Tab(await context.newPage(), context);
    await tab.page.goto(address);
    return tab;
  }

  /** Serious and critical findings of axe, in words; the page's policy allows no script, the debugger does. */
  async accessibility(): Promise<string[]> {
    await this.page.evaluate(axe.source);
    const { violations, passes } = await this.page.evaluate<AxeResults>(
      `axe.run(document, { resultTypes: ["violations"] })`,
    );
    if (passes.length === 0) throw new Error("axe has looked at nothing");
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(
        ({ id, nodes }) =>
          `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary ?? ""}`).join("; ")}`,
      );
  }

  /** Presses Tab until what is focused has a text or name. @throws Error when it is not reached. */
  async tabTo(wanted: string, limit = 60): Promise<void> {
    for (let pressed = 0; pressed < limit; pressed++) {
      await this.page.keyboard.press("Tab");
      const focused = await this.page.evaluate<string>(FOCUSED);
      if (focused.split("\n").some((text) => text.trim() === wanted)) return;
    }
    throw new Error(`"${wanted}" cannot be reached with the Tab key`);
  }
}
