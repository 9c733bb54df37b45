/** What lies over the picture: problems, what a sampler is doing, the figures of the 3D coupling, the diagnostics. */

import type { CoupledMode } from "../coupled/coupled";
import type { Theatre } from "../theatre";
import { make, say } from "./dom";

export class Notes {
  readonly problem = make("div", { id: "problem", role: "alert", hidden: true });
  /** What is wrong, by what it concerns. */
  readonly #problems = new Map<string, string>();
  readonly sampling = make("pre", { id: "sampling-note", hidden: true });
  readonly hud = make("pre", { id: "coupling-hud", hidden: true });
  readonly diagnostics = make("pre", { id: "diagnostics-panel", hidden: true });
  readonly element = make(
    "div",
    { id: "notes" },
    this.problem,
    make("div", { class: "left" }, this.sampling, this.diagnostics),
    make("div", { class: "right" }, this.hud),
  );

  /** The honest one: what is wrong, and what to do. Null takes away what was said of the same concern. */
  showProblem(concern: string, text: string | null): void {
    if ((this.#problems.get(concern) ?? null) === text) return;
    if (text === null) this.#problems.delete(concern);
    else this.#problems.set(concern, text);
    const close = make("button", { type: "button", "aria-label": "Close", title: "Close" }, "×");
    close.addEventListener("click", () => {
      this.#problems.clear();
      this.problem.hidden = true;
    });
    this.problem.replaceChildren(close, ...[...this.#problems.values()].map((each) => make("p", {}, each)));
    this.problem.hidden = this.#problems.size === 0;
  }

  showSampling(lines: readonly string[]): void {
    this.sampling.hidden = lines.length === 0;
    say(this.sampling, lines.join("\n"));
  }

  tick(theatre: Theatre, coupled: CoupledMode): void {
    const { coupling } = theatre.stage.mix;
    this.hud.hidden = !coupling.hud || coupling.mode === "off";
    if (!this.hud.hidden) {
      const { mode, parallax, dof, strength } = coupling;
      say(this.hud, `depth ${mode}\nparallax ${parallax.toFixed(3)}\ndof ${dof.toFixed(2)}\nstrength ${strength.toFixed(2)}`);
    }
    if (!this.diagnostics.hidden) say(this.diagnostics, diagnose(theatre, coupled));
  }
}

function diagnose({ stage, framesPerSecond }: Theatre, { pack, lastPick }: CoupledMode): string {
  const [width, height] = stage.size;
  return [
    stage.renderer,
    `${width} × ${height}, ${framesPerSecond === null ? "measuring" : `${framesPerSecond.toFixed(0)} frames/s`}, contexts lost: ${stage.contextsLost}`,
    `front ${stage.shown.fg?.hash.slice(0, 12) ?? "–"} ${stage.shown.fg?.frames ?? 0} frames`,
    `back  ${stage.shown.bg?.hash.slice(0, 12) ?? "–"} ${stage.shown.bg?.frames ?? 0} frames`,
    `manifest ${pack?.manifestHash.slice(0, 12) ?? "–"}`,
    pack?.quality ? `scores of ${pack.quality.merged} pairs, std ${pack.quality.std ?? "unknown"}` : (pack?.withoutQuality ?? "no scores"),
    `picked: ${lastPick === null ? "–" : [...new Set([lastPick.mode, lastPick.reason])].join(", ")}`,
  ].join("\n");
}
