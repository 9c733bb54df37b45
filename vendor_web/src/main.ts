import { type LoopState, startBareLoop } from "./bare-loop";
import "./style.css";

const canvas = element("canvas", "viz-canvas");
const status = element("footer", "status");
const problem = element("div", "problem");
problem.setAttribute("role", "alert");

const app = document.querySelector("#app");
if (app === null) throw new Error("index.html has no #app");
app.append(canvas, problem, status);
show({ kind: "starting" });
startBareLoop(canvas, show);

function show(state: LoopState | { kind: "starting" }): void {
  document.documentElement.dataset["ready"] = String(state.kind === "running");
  problem.hidden = state.kind !== "unsupported" && state.kind !== "lost";
  switch (state.kind) {
    case "starting":
      status.replaceChildren(text("figure", "starting"));
      break;
    case "running":
      status.replaceChildren(
        text("figure", rateInWords(state.framesPerSecond)),
        text(state.isSoftware ? "badge warning" : "badge", state.isSoftware ? "software renderer" : "hardware renderer"),
        text("renderer", state.renderer),
      );
      break;
    case "lost":
      explain(
        "The graphics context was lost",
        "The GPU process died, the driver was reset, or the browser took the context back. Drawing goes on by itself as soon as the browser restores it; if it does not, reload the page.",
      );
      break;
    case "unsupported":
      explain(
        "This browser gives the page no WebGL 2",
        "Nothing can be drawn or measured here. Switch hardware acceleration on in the browser's settings; chrome://gpu says what is missing.",
      );
      break;
  }
}

function explain(headline: string, remedy: string): void {
  problem.replaceChildren(element("h1", "", headline), element("p", "", remedy));
  status.replaceChildren(text("figure", "not drawing"));
}

function rateInWords(framesPerSecond: number | "measuring"): string {
  return framesPerSecond === "measuring" ? "measuring" : `${framesPerSecond.toFixed(1)} frames/s`;
}

function text(className: string, content: string): HTMLElement {
  const span = element("span", "", content);
  span.className = className;
  return span;
}

function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  id: string,
  content = "",
): HTMLElementTagNameMap[Tag] {
  const created = document.createElement(tag);
  if (id) created.id = id;
  created.textContent = content;
  return created;
}
