"""Where one preset takes shape: every part of it adds its numbers and its code."""

from dataclasses import dataclass, field

from harvest.packs.milk import Preset, Shape, Wave

_DECIMALS = 4


def tidy(value: float) -> float:
    """Round to what can be seen; the digits on which two processors may differ are gone with the rest."""
    return round(value, _DECIMALS) + 0.0  # never -0.0


def number(value: float) -> str:
    """Spell a number within code."""
    return f"{tidy(value):g}"  # four decimals: never an exponent, which engines do not read


@dataclass(slots=True)
class Canvas:
    """The preset so far."""

    parameters: dict[str, float] = field(default_factory=dict[str, float])
    code: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    waves: list[Wave] = field(default_factory=list[Wave])
    shapes: list[Shape] = field(default_factory=list[Shape])

    def set(self, **parameters: float) -> None:
        """Set parameters by their lower-case names."""
        self.parameters |= _tidied(parameters)

    def per_frame(self, *lines: str) -> None:
        """Add code that runs once a frame."""
        self.code.setdefault("per_frame", []).extend(lines)

    def per_pixel(self, *lines: str) -> None:
        """Add code that runs at every point of the mesh along which the last picture flows."""
        self.code.setdefault("per_pixel", []).extend(lines)

    def shader(self, stage: str, *lines: str) -> None:
        """Set the `warp` or the `comp` shader, which MilkDrop 2 runs at every pixel."""
        self.code[stage] = ["shader_body {", *lines, "}"]
        self.parameters[f"psversion_{stage}"] = 2

    def shape(self, index: int, *lines: str, **parameters: float) -> None:
        """Add one of four custom shapes, drawn in their order; its code runs for each of its instances."""
        # Engines draw a white border that nobody asked for.
        given = {"enabled": 1.0, "border_a": 0.0} | _tidied(parameters)
        self.shapes.append(Shape(index=index, parameters=given, code={"per_frame": "\n".join(lines)}))

    def wave(self, *lines: str, **parameters: float) -> None:
        """Add the custom wave; its code runs for each of its points."""
        given = {"enabled": 1.0} | _tidied(parameters)
        self.waves.append(Wave(index=len(self.waves), parameters=given, code={"per_point": "\n".join(lines)}))

    def preset(self) -> Preset:
        """Make it a preset."""
        return Preset(
            parameters=self.parameters,
            code={block: "\n".join(lines) for block, lines in self.code.items()},
            waves=tuple(self.waves),
            shapes=tuple(sorted(self.shapes, key=lambda shape: shape.index)),
        )


def _tidied(parameters: dict[str, float]) -> dict[str, float]:
    return {name: tidy(value) for name, value in parameters.items()}
